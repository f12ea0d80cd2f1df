package session_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
)

// TestOthersArePredictedFromTheirCommands lets all clients predict all players,
// on a line with loss. The client that gives no commands itself mispredicts only
// when another one changes its mind: without their commands nearly every snapshot
// would differ. After quiet all worlds are equal.
func TestOthersArePredictedFromTheirCommands(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64) {
		game := bombers
		game.Server = func(app *engine.App) {
			serverPlugin(app)
			app.Simulate(&everywhere{})
		}
		m := newMatchOf(t, game, seed, netsim.Profile{Delay: 40 * time.Millisecond, Loss: 0.02})
		for range 3 {
			m.join()
		}
		m.run(3 * time.Second)
		before := m.clients[0].Stats().Predict
		m.run(12 * time.Second)
		after := m.clients[0].Stats().Predict
		share := float64(after.Mispredictions-before.Mispredictions) / float64(after.Confirmed-before.Confirmed)
		t.Logf("%.0f %% of %d snapshots differed", share*100, after.Confirmed-before.Confirmed)
		require.Less(t, share, 0.75)
		require.Equal(t, session.Playing, m.clients[0].State())
		m.quiet = true
		m.run(10 * time.Second)
		m.requireEqual()
	})
}

// everywhere makes everybody predict everything that takes commands.
type everywhere struct {
	all ecs.Filter2[replicate.Net, push]
}

func (e *everywhere) Init(s *ecs.Sim) { e.all = ecs.Query2[replicate.Net, push](s) }

func (e *everywhere) Update(engine.Tick) {
	q := e.all.Query()
	for q.Next() {
		n, _ := q.Get()
		n.Mode = replicate.ByAll
	}
}
