package ecs_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
)

type position struct{ X, Y float32 }

type velocity struct{ X, Y float32 }

type label struct{ Text string } // has a pointer in it

type owned struct{} // a tag that marks a scope

type disabled struct{} // a tag that excludes from it

func TestCommandsApplyInOrder(t *testing.T) {
	w := ecs.NewWorld(0)
	s := ecs.NewSim(w)
	positions, labels := ecs.NewMap1[position](s), ecs.NewMap1[label](s)
	label1, spawner := ecs.NewAdder1[label](s), ecs.NewSpawner1[position](s)
	e := positions.NewEntity(position{})

	label1.Add(e, label{"first"})
	label1.Remove(e)
	label1.Add(e, label{"second"})
	label1.Add(e, label{"third"})
	s.Flush()
	require.Equal(t, "third", labels.Get(e).Text)

	label1.Add(e, label{"too late"})
	s.Despawn(e)
	label1.Add(e, label{"to the dead"})
	s.Despawn(e)
	spawner.Spawn(position{7, 7})
	s.Flush()
	require.False(t, w.Alive(e))
	require.Equal(t, 1, w.Len(), "the spawned one lives, though it may have the dead one's number")

	s.Flush()
	require.Equal(t, 1, w.Len(), "a command applies once")
}

func TestOnDespawn(t *testing.T) {
	w := ecs.NewWorld(0)
	s := ecs.NewSim(w)
	positions := ecs.NewMap1[position](s)
	adder := ecs.NewAdder1[disabled](s)
	kept, gone := positions.NewEntity(position{X: 1}), positions.NewEntity(position{X: 2})
	s.OnDespawn(func(e ecs.Entity) bool {
		if positions.Get(e).X == 1 {
			adder.Add(e, disabled{}) // joins the commands of the Flush that is running
			return true
		}
		return false
	})
	s.Despawn(kept)
	s.Despawn(gone)
	s.Flush()
	require.True(t, w.Alive(kept))
	require.True(t, w.Has(kept, ecs.ComponentID[disabled](w)))
	require.False(t, w.Alive(gone))
}

func TestOnSpawn(t *testing.T) {
	w := ecs.NewWorld(0)
	s := ecs.NewSim(w)
	positions, spawner := ecs.NewMap1[position](s), ecs.NewSpawner1[position](s)
	positions.NewEntity(position{X: 9})
	var told []float32
	s.OnSpawn(func(e ecs.Entity) {
		x := positions.Get(e).X
		told = append(told, x)
		switch x {
		case 1:
			w.Despawn(e)
		case 2:
			positions.NewEntity(position{X: 4})
		}
	})
	spawner.Spawn(position{X: 1})
	spawner.Spawn(position{X: 2})
	positions.NewEntity(position{X: 3})
	s.Despawn(positions.NewEntity(position{X: 5})) // does not live to be told of
	s.Flush()
	require.Equal(t, []float32{3, 1, 2, 4}, told, "with their values, those of the hook too, and none from before")
	require.Equal(t, 4, w.Len())
	s.Flush()
	require.Len(t, told, 4, "each once")
	s.OnSpawn(nil)
	spawner.Spawn(position{X: 6})
	s.Flush()
	require.Len(t, told, 4)
}

func TestCloseTwiceLeavesOtherQueriesOpen(t *testing.T) {
	w := ecs.NewWorld(0)
	s := ecs.NewSim(w)
	positions, filter := ecs.NewMap1[position](s), ecs.Query1[position](s)
	positions.NewEntity(position{})

	ended := filter.Query()
	for ended.Next() {
		require.True(t, w.Locked())
	}
	left := filter.Query()
	left.Next()
	left.Close()
	require.False(t, w.Locked())

	open := filter.Query()
	ended.Close()
	left.Close()
	require.True(t, w.Locked(), "the open query still protects the world")
	open.Close()
	require.False(t, w.Locked())
}

func TestEvents(t *testing.T) {
	type shot struct{ By int }
	w := ecs.NewWorld(0)
	shots := ecs.EventsOf[shot](w)
	require.Same(t, shots, ecs.EventsOf[shot](w))
	shots.Emit(shot{1})
	shots.Emit(shot{2})
	require.Equal(t, []shot{{1}, {2}}, shots.Read())

	w.SetEventsAside()
	require.Empty(t, shots.Read())
	shots.Emit(shot{3})
	w.RestoreEvents()
	require.Equal(t, []shot{{1}, {2}}, shots.Read())

	w.ClearEvents()
	require.Empty(t, shots.Read())
}

func TestResources(t *testing.T) {
	type rules struct{ Lives int }
	w := ecs.NewWorld(0)
	require.Nil(t, ecs.Resource[rules](w))
	r := &rules{3}
	ecs.SetResource(w, r)
	require.Same(t, r, ecs.MustResource[rules](w))
	ecs.SetResource[rules](w, nil)
	require.Nil(t, ecs.Resource[rules](w))
}

func TestRegistry(t *testing.T) {
	w := ecs.NewWorld(0)
	v := ecs.Register[velocity](w, "velocity")
	p := ecs.Register[position](w, "position")
	require.Same(t, v, ecs.Register[velocity](w, "velocity"))
	r := w.Registry()
	r.Freeze()
	r.Freeze()
	require.True(t, r.Frozen())
	require.Equal(t, []*ecs.Component{p, v}, r.Components(), "in the order of names, not of registration")
	require.Equal(t, uint16(1), v.Wire)
	require.Equal(t, uintptr(8), v.Size)
	require.Equal(t, ecs.ComponentID[velocity](w), v.ID)
	require.Same(t, v, ecs.Register[velocity](w, "velocity"), "asking again is no change")

	found, ok := r.ByName("position")
	require.True(t, ok)
	require.Same(t, p, found)
	found, ok = r.ByWire(1)
	require.True(t, ok)
	require.Same(t, v, found)
	_, ok = r.ByName("nothing")
	require.False(t, ok)
	_, ok = r.ByWire(2)
	require.False(t, ok)
}

// TestDeterminism does the same in two worlds and finds the same entities in the same order.
func TestDeterminism(t *testing.T) {
	order := func() (list []ecs.Entity) {
		s := ecs.NewSim(ecs.NewWorld(0))
		spawner, adder := ecs.NewSpawner2[position, label](s), ecs.NewAdder1[velocity](s)
		filter := ecs.Query1[position](s)
		state := uint32(7)
		for range 200 {
			spawner.Spawn(position{}, label{})
			q := filter.Query()
			for q.Next() {
				state = state*1664525 + 1013904223
				switch e := q.Entity(); state >> 29 {
				case 0:
					s.Despawn(e)
				case 1:
					adder.Add(e, velocity{})
				case 2:
					adder.Remove(e)
				}
			}
			s.Flush()
			q = filter.Query()
			for q.Next() {
				list = append(list, q.Entity())
			}
		}
		return list
	}
	first := order()
	require.NotEmpty(t, first)
	require.Equal(t, first, order())
}
