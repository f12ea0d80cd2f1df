package session_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
)

// TestLateJoin joins a large world in which something moves, over a line of
// 10 Mbit/s and 100 ms. The bar moves from 0 to 1 and does not go back, what is
// live is not held up by what is loaded, and the server's tick never stalls.
func TestLateJoin(t *testing.T) {
	const count, live = 10000, 200
	m := newMatch(t, 1, netsim.Profile{Delay: 50 * time.Millisecond, Rate: 10e6})
	sim := m.server.App().Sim()
	things, moving := ecs.NewMap3[replicate.Net, place, tag](sim), ecs.NewMap3[replicate.Net, place, speed](sim)
	for i := range live {
		moving.NewEntity(replicate.Net{}, place{X: float32(i)}, speed{X: float32(i%7) - 3, Y: 1})
	}
	for i := range count - live {
		things.NewEntity(replicate.Net{}, place{X: float32(i % 1000), Y: float32(i / 1000)}, tag{fmt.Sprintf("%032d", i)})
	}
	m.quiet = true
	m.run(500 * time.Millisecond)
	begun := m.now
	c := m.join()
	var joined time.Duration
	var ages, structure []float64 // ms
	var fresh replicate.ID
	var since time.Duration
	bar, steps, began := 0.0, 0, time.Duration(0)
	ids := replicate.EntitiesOf(m.server.App().World())
	for m.now-begun < 8*time.Second && joined == 0 {
		if fresh == 0 && c.State() == session.Playing { // how long a spawn takes to be known
			fresh, since = ids.NewID(), m.now
			things.NewEntity(replicate.Net{ID: fresh}, place{}, tag{})
		}
		m.run(frame)
		if c.State() != session.Playing {
			continue
		}
		s := c.Stats()
		if began == 0 {
			began = m.now - begun
		}
		require.GreaterOrEqual(t, s.Progress, bar)
		if s.Progress > bar {
			bar = s.Progress
			steps++
		}
		if _, ok := replicate.EntitiesOf(c.App().World()).Lookup(fresh); ok {
			structure = append(structure, (m.now-since).Seconds()*1000)
			fresh = 0
		}
		if s.Entities > 0 {
			ages = append(ages, float64(int(m.server.App().Tick())-int(c.App().Tick())+s.Ahead)*1000/60)
		}
		if s.Progress == 1 {
			joined = m.now - begun
		}
	}
	require.NotZero(t, joined)
	slices.Sort(ages)
	slices.Sort(structure)
	t.Logf("joined %v after the welcome in %d steps; age of values: p50 %.0f ms, p99 %.0f ms, most %.0f ms; spawns shown after %.0f ms",
		joined-began, steps, ages[len(ages)/2], ages[len(ages)*99/100], ages[len(ages)-1], structure)
	require.GreaterOrEqual(t, steps, 5)
	require.Less(t, joined-began, 800*time.Millisecond)
	require.Less(t, ages[len(ages)*99/100], 200.0, "what is live is not held up")
	require.NotEmpty(t, structure, "nor what is new")
	require.Less(t, structure[0], 400.0)
	m.run(time.Second)
	require.GreaterOrEqual(t, c.Stats().Entities, count+1)
}
