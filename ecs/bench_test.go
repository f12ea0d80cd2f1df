package ecs_test

import (
	"testing"

	"github.com/tandem-engine/tandem/ecs"
)

// BenchmarkSpawnDespawn spawns and despawns an entity of three components, by deferred commands, among a thousand.
func BenchmarkSpawnDespawn(b *testing.B) {
	s := ecs.NewSim(ecs.NewWorld(0))
	spawner := ecs.NewSpawner3[position, velocity, owned](s)
	filter := ecs.Query1[owned](s)
	for range 1000 {
		spawner.Spawn(position{}, velocity{}, owned{})
	}
	s.Flush()
	b.ReportAllocs()
	for b.Loop() {
		spawner.Spawn(position{}, velocity{}, owned{})
		q := filter.Query()
		q.Next()
		s.Despawn(q.Entity())
		q.Close()
		s.Flush()
	}
}

// BenchmarkAddRemove adds a component to an entity and removes it, at once; then the same with a component beside it that
// holds a pointer.
func BenchmarkAddRemove(b *testing.B) {
	for name, pointers := range map[string]bool{"plain": false, "pointers": true} {
		b.Run(name, func(b *testing.B) {
			s := ecs.NewSim(ecs.NewWorld(0))
			positions, labels, tags := ecs.NewMap1[position](s), ecs.NewMap1[label](s), ecs.NewMap1[owned](s)
			var e ecs.Entity
			for range 1000 {
				e = positions.NewEntity(position{})
				if pointers {
					labels.Add(e, label{"name"})
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				tags.Add(e, owned{})
				tags.Remove(e)
			}
		})
	}
}

// BenchmarkMapGet reaches components of single entities, inside a scope that is all and one that is limited.
func BenchmarkMapGet(b *testing.B) {
	for name, limited := range map[string]bool{"all": false, "limited": true} {
		b.Run(name, func(b *testing.B) {
			w := ecs.NewWorld(0)
			s := ecs.NewSim(w)
			if limited {
				s.Limit([]ecs.ID{ecs.ComponentID[owned](w)}, []ecs.ID{ecs.ComponentID[disabled](w)})
			}
			bodies := ecs.NewMap2[position, velocity](s)
			var list [1024]ecs.Entity
			for i := range list {
				list[i] = bodies.NewEntity(position{}, velocity{1, 1})
			}
			i := 0
			for b.Loop() {
				p, v := bodies.Get(list[i%len(list)])
				p.X += v.X
				i++
			}
		})
	}
}
