package arena_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/replicate"
)

// shots is what became of the bullets of players.
type shots struct {
	first map[replicate.ID]uint32 // tick in which it flew first
	met   map[replicate.ID]uint32 // tick in which it met something
}

func newShots() shots {
	return shots{map[replicate.ID]uint32{}, map[replicate.ID]uint32{}}
}

// settled is the tick from which clocks have settled.
const settled = 300

// witness notes which bullets end before their time, the first time that a tick
// is run.
type witness struct {
	shots   shots
	bullets ecs.Filter3[replicate.Net, sim.Bullet, sim.Position]
	flying  map[replicate.ID]uint32 // in the tick before: when each is spent
	now     map[replicate.ID]uint32
}

// Init implements engine.Initer.
func (w *witness) Init(s *ecs.Sim) {
	w.bullets = ecs.Query3[replicate.Net, sim.Bullet, sim.Position](s)
	w.flying, w.now = map[replicate.ID]uint32{}, map[replicate.ID]uint32{}
}

// Update implements engine.System.
func (w *witness) Update(t engine.Tick) {
	if t.Replay {
		return
	}
	clear(w.now)
	q := w.bullets.Query()
	for q.Next() {
		n, b, p := q.Get()
		if edge := float32(sim.Half - 40); b.Pilot < sim.FirstBot && max(p.X, -p.X, p.Y, -p.Y) < edge { // the fence ends the others
			w.now[n.ID] = b.Dies
			if _, known := w.shots.first[n.ID]; !known {
				w.shots.first[n.ID] = t.Number
			}
		}
	}
	for id, dies := range w.flying {
		if _, on := w.now[id]; !on && t.Number < dies {
			w.shots.met[id] = t.Number
		}
	}
	w.flying, w.now = w.now, w.flying
}

// TestShotsHitWhatShootersSaw plays over lines of several lengths without loss:
// what a player's client saw hit is what the server counts, in the same tick. One
// game of a minute has few shots; that it is 99 % in the mean is what the netplay
// bench measures.
func TestShotsHitWhatShootersSaw(t *testing.T) {
	if testing.Short() {
		t.Skip("minutes under the race detector, for a game in one goroutine")
	}
	eachWay(t, func(t *testing.T, hosted bool) {
		for _, rtt := range []time.Duration{0, 80, 150} {
			rtt *= time.Millisecond
			t.Run(fmt.Sprint("rtt=", rtt), func(t *testing.T) {
				t.Parallel()
				counted, seen := newShots(), newShots()
				g := newGame(t, *firstSeed, hosted, setup{
					players: 6, line: &netsim.Profile{Delay: rtt / 2}, skill: 1,
					onServer: func(app *engine.App) { app.Simulate(&witness{shots: counted}) },
					onClient: func(app *engine.App) { app.Simulate(&witness{shots: seen}) },
				})
				g.run(time.Minute)
				hits, same := agreement(counted, seen, g.server.App().Tick()-60)
				shots := len(counted.first)
				t.Logf("%d shots and %d hits: the same on both sides %.2f%% and %.2f%%", shots, hits,
					100-100*float64(hits-same)/float64(shots), 100*float64(same)/float64(hits))
				require.Greater(t, hits, 100)
				require.Greater(t, float64(same), 0.97*float64(hits))
				require.Less(t, float64(hits-same), 0.02*float64(shots))
				g.calm = true
				g.run(5 * time.Second)
				g.requireEqual()
			})
		}
	})
}

// agreement counts the bullets that met something on one side or the other, and
// those that did so in the same tick on both.
func agreement(counted, seen shots, until uint32) (hits, same int) {
	for id, tick := range counted.met {
		if counted.first[id] < settled {
			continue
		}
		if hits++; seen.met[id] == tick {
			same++
		}
	}
	for id, tick := range seen.met {
		if _, both := counted.met[id]; !both && seen.first[id] >= settled && tick < until {
			hits++
		}
	}
	return hits, same
}
