package session_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/replicate"
)

// TestPredictedSightEvents: what a client predicts appears once, however often
// its spawn is replayed, and vanishes once.
func TestPredictedSightEvents(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64) {
		game, bombs := bombers, 0
		game.Client = func(app *engine.App) {
			seen := map[replicate.ID]bool{}
			appeared, vanished := ecs.EventsOf[replicate.Appeared](app.World()), ecs.EventsOf[replicate.Vanished](app.World())
			app.Send(systemFunc(func(tick engine.Tick) {
				for _, v := range vanished.Read() {
					require.True(t, seen[v.ID], "tick %d: %+v was not there", tick.Number, v)
					delete(seen, v.ID)
				}
				for _, a := range appeared.Read() {
					require.False(t, seen[a.ID], "tick %d: %+v is there", tick.Number, a)
					seen[a.ID] = true
					if a.ID.Predicted() {
						bombs++
					}
				}
				all := ecs.Query1[replicate.Net](ecs.NewSim(app.World()))
				q := all.Query()
				require.Equal(t, len(seen), q.Count(), "tick %d", tick.Number)
				q.Close()
			}))
		}
		m := newMatchOf(t, game, seed, internet)
		for range 3 {
			m.join()
		}
		m.run(15 * time.Second)
		m.quiet = true
		m.run(8 * time.Second)
		m.requireEqual()
		require.Greater(t, bombs, 20)
	})
}
