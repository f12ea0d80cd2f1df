package ecs

import (
	"testing"

	"github.com/stretchr/testify/require"
)

type position struct{ X, Y float32 }

type velocity struct{ X, Y float32 }

type health struct{ Points int32 }

type owned struct{} // a tag that marks a scope

type disabled struct{} // a tag that excludes from it

func TestQuerySpawnDespawn(t *testing.T) {
	w := NewWorld(0)
	s := NewSim(w)
	spawner := NewSpawner2[position, velocity](s)
	filter := Query2[position, velocity](s)

	for i := range 3 {
		spawner.Spawn(position{X: float32(i)}, velocity{Y: 1})
	}
	require.Equal(t, 0, w.Len(), "a spawn waits for Flush")
	s.Flush()
	require.Equal(t, 3, w.Len())

	q := filter.Query()
	require.Equal(t, 3, q.Count())
	for q.Next() {
		p, v := q.Get()
		p.Y += v.Y
		if p.X == 1 {
			s.Despawn(q.Entity())
			s.Despawn(q.Entity())
		}
	}
	s.Flush()

	var left []position
	q = filter.Query()
	for q.Next() {
		p, _ := q.Get()
		left = append(left, *p)
	}
	require.ElementsMatch(t, []position{{0, 1}, {2, 1}}, left)
}

func TestScope(t *testing.T) {
	w := NewWorld(0)
	s := NewSim(w)
	tag, off := ComponentID[owned](w), ComponentID[disabled](w)
	s.Limit([]ID{tag}, []ID{off})
	positions := NewMap1[position](s)
	outside := w.NewEntity(ComponentID[position](w))
	inside := positions.NewEntity(position{X: 7})
	require.True(t, w.Has(inside, tag), "what a Sim spawns gets the scope's components")

	require.Nil(t, positions.Get(outside))
	require.Equal(t, float32(7), positions.Get(inside).X)
	require.False(t, s.Owns(outside))
	require.True(t, s.Owns(inside))

	inScope, all := Query1[position](s), Read1[position](s.All())
	q, r := inScope.Query(), all.Query()
	require.Equal(t, 1, q.Count())
	require.Equal(t, 2, r.Count())
	q.Close()
	r.Close()
	r.Close() // again: does nothing

	s.Despawn(outside)
	s.Despawn(inside)
	s.Flush()
	require.True(t, w.Alive(outside))
	require.False(t, w.Alive(inside))

	w.AddIDs(outside, tag, off)
	require.False(t, s.Owns(outside), "a without component excludes")
	r = all.Query()
	require.Equal(t, 0, r.Count(), "from the view of everything too")
	r.Close()
}
