package ecs_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tandem-engine/tandem/ecs"
)

// TestWorldIsItsModel takes random steps on a world and on a plain table, and compares the two after each.
func TestWorldIsItsModel(t *testing.T) {
	for name, limited := range map[string]bool{"everything in scope": false, "limited scope": true} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { t.Repeat(newMachine(limited).steps()) })
		})
	}
}

// check compares the world with the model, through every kind of access.
func (m *machine) check(t *rapid.T) {
	require.Equal(t, len(m.rows), m.world.Len())
	require.False(t, m.world.Locked())
	for _, n := range sortedKeys(m.rows) {
		m.checkEntity(t, n, m.rows[n])
	}
	for _, e := range m.dead {
		require.False(t, m.world.Alive(e))
		require.False(t, m.sim.Owns(e))
		require.Empty(t, m.world.AppendIDs(nil, e))
		require.Nil(t, m.plain.Get(e))
	}
	m.checkQueries(t)
}

func (m *machine) checkEntity(t *rapid.T, n int, r *row) {
	e, w := r.entity, m.world
	require.True(t, w.Alive(e))
	require.Equal(t, m.owns(n), m.sim.Owns(e))

	ids := []ecs.ID{}
	for _, c := range []struct {
		id  ecs.ID
		has bool
	}{
		{ecs.ComponentID[owned](w), r.owned},
		{ecs.ComponentID[disabled](w), r.disabled},
		{ecs.ComponentID[serial](w), true},
		{ecs.ComponentID[position](w), r.position != nil},
		{ecs.ComponentID[label](w), r.label != nil},
		{ecs.ComponentID[velocity](w), r.velocity != nil},
	} {
		require.Equal(t, c.has, w.Has(e, c.id))
		require.Equal(t, c.has, w.Pointer(e, c.id) != nil)
		if c.has {
			ids = append(ids, c.id)
		}
	}
	require.ElementsMatch(t, ids, w.AppendIDs(nil, e))
	known, ok := m.serials.Get(e)
	require.True(t, ok)
	require.Equal(t, serial{n}, known)

	s, p, l := m.placed.Get(e)
	q, v := m.moving.Get(e)
	require.Equal(t, m.owns(n) && r.position != nil && r.velocity != nil, m.moving.Has(e))
	if !m.owns(n) {
		require.True(t, s == nil && p == nil && l == nil && q == nil && v == nil, "out of scope, out of reach")
		return
	}
	require.Equal(t, &serial{n}, s)
	require.Equal(t, r.position, p)
	require.Equal(t, r.position, q)
	require.Equal(t, r.label, l)
	require.Equal(t, r.velocity, v)
}

func (m *machine) checkQueries(t *rapid.T) {
	inScope, still, everywhere := map[int]position{}, map[int]bool{}, map[int]position{}
	for n, r := range m.rows {
		if r.position == nil {
			continue
		}
		if m.owns(n) {
			inScope[n] = *r.position
			if r.velocity == nil {
				still[n] = true
			}
		}
		if r.label == nil && !(m.limited && r.disabled) {
			everywhere[n] = *r.position
		}
	}

	got := map[int]position{}
	q := m.withPosition.Query()
	require.Equal(t, len(inScope), q.Count())
	require.True(t, m.world.Locked())
	for q.Next() {
		n, p := q.Get()
		require.Equal(t, m.rows[n.N].entity, q.Entity())
		got[n.N] = *p
	}
	require.Equal(t, inScope, got)

	gotStill := map[int]bool{}
	s := m.still.Query()
	for s.Next() {
		gotStill[s.Get().N] = true
	}
	require.Equal(t, still, gotStill)

	got = map[int]position{}
	r := m.all.Query()
	for r.Next() {
		n, p := r.Get()
		got[n.N] = p
	}
	require.Equal(t, everywhere, got)
}
