package ecs_test

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
)

// TestNextTable visits the same entities and values by tables as one by one, in worlds whose entities gain, lose and die.
func TestNextTable(t *testing.T) {
	type a struct{ N uint64 }
	type b struct{ N uint32 }
	type empty struct{}
	const seed = 7 // replay: go test ./ecs -run TestNextTable
	rng := rand.New(rand.NewPCG(seed, 1))
	w := ecs.NewWorld(2)
	s := ecs.NewSim(w)
	ids := []ecs.ID{ecs.ComponentID[a](w), ecs.ComponentID[b](w), ecs.ComponentID[empty](w)}
	filter := ecs.Query1[a](s)
	var alive []ecs.Entity
	for range 300 {
		switch {
		case len(alive) > 0 && rng.IntN(3) == 0:
			i := rng.IntN(len(alive))
			w.Despawn(alive[i])
			alive[i] = alive[len(alive)-1]
			alive = alive[:len(alive)-1]
		default:
			e := w.NewEntity(ids[0])
			for _, id := range ids[1:] {
				if rng.IntN(2) == 0 {
					w.AddIDs(e, id)
				}
			}
			(*a)(w.Pointer(e, ids[0])).N = rng.Uint64()
			if p := w.Pointer(e, ids[1]); p != nil {
				(*b)(p).N = rng.Uint32()
			}
			alive = append(alive, e)
		}
		type seen struct {
			entity ecs.Entity
			a, b   unsafe.Pointer
		}
		var want, got []seen
		q := filter.Query()
		for q.Next() {
			want = append(want, seen{q.Entity(), q.Column(ids[0]), q.Column(ids[1])})
		}
		q = filter.Query()
		for n := q.NextTable(); n > 0; n = q.NextTable() {
			first, second := q.Column(ids[0]), q.Column(ids[1])
			for i := range n {
				x := seen{a: unsafe.Add(first, i*int(unsafe.Sizeof(a{})))}
				if second != nil {
					x.b = unsafe.Add(second, i*int(unsafe.Sizeof(b{})))
				}
				got = append(got, x)
			}
			require.Equal(t, w.Has(q.Entity(), ids[2]), q.Column(ids[2]) != nil, "a component without size")
		}
		require.False(t, w.Locked())
		for i := range want {
			want[i].entity = ecs.Entity{}
		}
		require.Equal(t, want, got)
	}
}
