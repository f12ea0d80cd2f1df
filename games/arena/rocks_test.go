package arena_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
)

// ground looks at the asteroids that one client's systems see, in each tick and
// in each replay.
type ground struct {
	t       *testing.T
	sim     *ecs.Sim
	local   *session.Local
	all     ecs.Reader3[replicate.Net, sim.Rock, sim.Position]
	ships   ecs.Filter2[sim.Ship, sim.Position]
	bodies  ecs.ReadMap1[sim.Body]
	poses   map[replicate.ID]sim.Position // in this step, replays included
	replays int
	changed int // poses that were others in another run of the same step
	own     int // asteroids that this client simulates
	touches int // of the own ship and an asteroid
}

func (g *ground) Init(s *ecs.Sim) {
	g.sim, g.local = s, ecs.MustResource[session.Local](s.World())
	g.all = ecs.Read3[replicate.Net, sim.Rock, sim.Position](s.All())
	g.ships = ecs.Query2[sim.Ship, sim.Position](s)
	g.bodies = ecs.NewReadMap1[sim.Body](s.All())
	g.poses = map[replicate.ID]sim.Position{}
}

func (g *ground) Update(t engine.Tick) {
	if t.Replay {
		g.replays++
	}
	rocks := g.all.Query()
	for rocks.Next() {
		net, _, p := rocks.Get()
		if g.sim.Owns(rocks.Entity()) {
			g.own++
		}
		if before, seen := g.poses[net.ID]; seen && before != p {
			g.changed++
		}
		g.poses[net.ID] = p
		body, _ := g.bodies.Get(rocks.Entity())
		g.touch(p, body.Radius)
	}
	if !t.Replay {
		clear(g.poses)
	}
}

func (g *ground) touch(rock sim.Position, radius float32) {
	ships := g.ships.Query()
	for ships.Next() {
		_, p := ships.Get()
		if gap := math.Hypot(float64(p.X-rock.X), float64(p.Y-rock.Y)) - float64(radius) - sim.ShipRadius; gap < 0.1 {
			require.Greater(g.t, gap, -10.0, "a collision leaves them side by side, but for what the rock would have moved")
			g.touches++
		}
	}
}

// TestShipsMeetRocksWhereTheyAreShown plays over a bad line. The asteroids, which
// clients only show, stand still in all runs of a step, however many ticks it
// replays, and the own ship, which they predict, collides with them there.
func TestShipsMeetRocksWhereTheyAreShown(t *testing.T) {
	eachWay(t, func(t *testing.T, hosted bool) {
		var seen []*ground
		g := newGame(t, *firstSeed, hosted, setup{
			line: &netsim.Profile{Delay: 60 * time.Millisecond, Loss: 0.02}, onServer: func(*engine.App) {},
			onClient: func(app *engine.App) {
				seen = append(seen, &ground{t: t})
				app.Simulate(seen[len(seen)-1])
			},
		})
		length, least := 20*time.Second, 1000
		if testing.Short() { // under the race detector a game takes ten times as long
			length, least = 5*time.Second, 10
		}
		replays, touches := 0, 0
		for range 4 { // pilots avoid rocks: some games go well for long
			g.run(length)
			replays, touches = 0, 0
			for _, s := range seen {
				require.Zero(t, s.changed)
				require.Zero(t, s.own)
				replays, touches = replays+s.replays, touches+s.touches
			}
			if touches > 0 || testing.Short() {
				break
			}
		}
		t.Logf("%d ticks replayed, %d touches", replays, touches)
		require.Greater(t, replays, least)
		require.True(t, touches > 0 || testing.Short())
		g.calm = true
		g.run(5 * time.Second)
		g.requireEqual()
	})
}
