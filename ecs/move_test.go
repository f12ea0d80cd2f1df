package ecs_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
)

// TestPointersSurviveMoves moves components that hold strings about while the garbage collector runs all the time.
func TestPointersSurviveMoves(t *testing.T) {
	const entities, rounds = 3000, 40
	w := ecs.NewWorld(1)
	s := ecs.NewSim(w)
	labels := ecs.NewMap1[label](s)
	ids := []ecs.ID{ecs.ComponentID[owned](w)}
	text := func(i int) string { return strings.Repeat(fmt.Sprintf("%06d", i), 4) }

	stop := make(chan struct{})
	var collector sync.WaitGroup
	collector.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
			}
		}
	})
	defer collector.Wait()
	defer close(stop)

	list := make([]ecs.Entity, entities)
	for i := range list {
		list[i] = labels.NewEntity(label{text(i)})
	}
	var reuse []string // what is freed by mistake is given out again
	for round := range rounds {
		for i, e := range list {
			switch {
			case (i+round)%3 == 0 && !w.Has(e, ids[0]):
				w.AddIDs(e, ids...)
			case w.Has(e, ids[0]):
				w.RemoveIDs(e, ids...)
			case (i+round)%5 == 0:
				w.Despawn(e)
				list[i] = labels.NewEntity(label{text(i)})
			default:
				reuse = append(reuse, strings.Repeat("x", 24))
			}
		}
		for i, e := range list {
			require.Equal(t, text(i), labels.Get(e).Text, "entity %d in round %d", i, round)
		}
		if len(reuse) > 1<<15 {
			reuse = nil
		}
	}
}

func TestMovingPointersAllocatesNothing(t *testing.T) {
	w := ecs.NewWorld(0)
	labels := ecs.NewMap1[label](ecs.NewSim(w))
	ids := []ecs.ID{ecs.ComponentID[owned](w)}
	e := labels.NewEntity(label{"a"})
	labels.NewEntity(label{"b"})
	move := func() {
		w.AddIDs(e, ids...)
		w.RemoveIDs(e, ids...)
	}
	move()
	require.Zero(t, testing.AllocsPerRun(100, move))
}

func TestCopyAndAlloc(t *testing.T) {
	w := ecs.NewWorld(0)
	labels := ecs.NewMap1[label](ecs.NewSim(w))
	id := ecs.ComponentID[label](w)
	e := labels.NewEntity(label{"first"})
	saved := w.Alloc(id, 1)
	w.Copy(id, saved, w.Pointer(e, id))
	labels.Get(e).Text = "second"
	w.Copy(id, w.Pointer(e, id), saved)
	require.Equal(t, "first", labels.Get(e).Text)
	require.Zero(t, testing.AllocsPerRun(100, func() { w.Copy(id, w.Pointer(e, id), saved) }))
}
