package arena_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/net/message"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
)

// ghosts looks for bullets of others that a client simulates, after the game's
// systems in each tick and each replay, while it predicts their ships.
type ghosts struct {
	local       *session.Local
	wish        message.Outbox[sim.Foresight]
	bullets     ecs.Filter1[sim.Bullet]
	ships       ecs.Filter2[replicate.Net, sim.Ship]
	others, own int // bullets, a tick each
	predicted   int // ships of others, a tick each
}

func (g *ghosts) Init(to *ecs.Sim) {
	g.local = ecs.MustResource[session.Local](to.World())
	g.wish = message.To[sim.Foresight](to)
	g.bullets, g.ships = ecs.Query1[sim.Bullet](to), ecs.Query2[replicate.Net, sim.Ship](to)
}

func (g *ghosts) Update(t engine.Tick) {
	if t.Number%60 == 0 {
		g.wish.Server(sim.Foresight{Wanted: true})
	}
	bullets := g.bullets.Query()
	for bullets.Next() {
		if bullets.Get().Pilot == g.local.Player {
			g.own++
		} else {
			g.others++
		}
	}
	ships := g.ships.Query()
	for ships.Next() {
		if _, ship := ships.Get(); ship.Pilot != g.local.Player {
			g.predicted++
		}
	}
}

// TestNoGhosts: the ships of others, which a client predicts, fire nothing there, not
// even for the rest of the tick.
func TestNoGhosts(t *testing.T) {
	var all []*ghosts
	g := newGame(t, *firstSeed, false, setup{
		players: 4, line: &netsim.Profile{Delay: 40 * time.Millisecond}, skill: 1, onServer: func(*engine.App) {},
		onClient: func(app *engine.App) {
			all = append(all, &ghosts{})
			app.Simulate(all[len(all)-1])
		},
	})
	g.run(10 * time.Second)
	for _, s := range all {
		require.Zero(t, s.others)
		require.Greater(t, s.own, 100)
		require.Greater(t, s.predicted, 1000)
	}
}
