package ecs_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
)

// TestSteadyStateAllocatesNothing runs a tick of everything that systems do each tick.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	type hit struct{ Target ecs.Entity }
	type marked struct{}
	w := ecs.NewWorld(0)
	s := ecs.NewSim(w)
	s.Limit([]ecs.ID{ecs.ComponentID[owned](w)}, []ecs.ID{ecs.ComponentID[disabled](w)})
	spawner := ecs.NewSpawner3[position, velocity, label](s)
	adder := ecs.NewAdder2[velocity, label](s)
	marker := ecs.NewAdder1[marked](s)
	bodies := ecs.NewMap2[position, velocity](s)
	reader := ecs.NewReadMap1[position](s.All())
	filter, all := ecs.Query2[position, velocity](s), ecs.Read1[position](s.All())
	hits := ecs.EventsOf[hit](w)
	ids := make([]ecs.ID, 0, 8)

	tick := func() {
		w.ClearEvents()
		for range 20 {
			spawner.Spawn(position{}, velocity{1, 1}, label{"x"})
		}
		s.Flush()
		q := filter.Query()
		for q.Next() {
			p, v := q.Get()
			p.X += v.X
			e := q.Entity()
			hits.Emit(hit{e})
			adder.Remove(e)
			adder.Add(e, velocity{2, 2}, label{"y"})
			ids = w.AppendIDs(ids[:0], e)
		}
		s.Flush()
		for _, h := range hits.Read() {
			_, _ = reader.Get(h.Target)
			if p, _ := bodies.Get(h.Target); p.X > 3 {
				bodies.Remove(h.Target)
				bodies.Add(h.Target, position{}, velocity{})
				s.Despawn(h.Target)
			}
		}
		s.Flush()
		r := all.Query()
		for r.Next() {
			if r.Get().X > 2 {
				marker.Add(r.Entity(), marked{})
				marker.Remove(r.Entity())
			}
		}
		s.Flush()
	}
	for range 20 {
		tick()
	}
	require.Positive(t, w.Len())
	require.Zero(t, testing.AllocsPerRun(100, tick))
	require.Equal(t, 40, w.Len(), "as many die as are born")
}
