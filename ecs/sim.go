package ecs

import (
	"slices"

	arche "github.com/mlange-42/arche/ecs"
)

// Sim is the scope that systems work in: what this side of the network simulates. Queries and maps made from it reach
// only entities inside the scope, and what it spawns is born inside it.
type Sim struct {
	world    *World
	with     []ID // every entity in the scope has these
	without  []ID // and none of these
	include  arche.Mask
	exclude  arche.Mask
	used     bool // a filter or map exists that holds the scope as it is
	commands commands
}

// NewSim returns a scope that covers the whole world. Its deferred commands wait until whoever made it calls Flush; an
// App flushes its own.
func NewSim(w *World) *Sim {
	s := &Sim{world: w}
	s.commands.despawns.sim = s
	return s
}

// World returns the world, the scope's inside and outside.
func (s *Sim) World() *World { return s.world }

// Limit narrows the scope to entities that have all the components in with and none in without. What the Sim spawns
// gets the components in with by itself. It panics once a filter, map or spawner has been made from the Sim: they keep
// the scope that they were made with.
func (s *Sim) Limit(with, without []ID) {
	if s.used {
		panic("ecs: Sim.Limit after queries were made from it: limit the Sim in a plugin, before systems are initialised")
	}
	s.with, s.without = slices.Clone(with), slices.Clone(without)
	s.include, s.exclude = arche.All(with...), arche.All(without...)
}

// Owns reports whether the entity is alive and inside the scope.
func (s *Sim) Owns(e Entity) bool {
	if !s.world.arche.Alive(e) {
		return false
	}
	if len(s.with) == 0 && len(s.without) == 0 {
		return true
	}
	mask := s.world.arche.Mask(e)
	return mask.Contains(&s.include) && !mask.ContainsAny(&s.exclude)
}

// All is a view of every entity, inside the scope or not, that can only be read: its readers hand out values, not
// pointers. Entities that are excluded from the scope by a without component are excluded here too.
type All struct{ sim *Sim }

// All returns the read-only view of everything.
func (s *Sim) All() All { return All{s} }

// Option narrows a filter further.
type Option struct {
	id      func(*World) ID
	without bool
}

// With demands a component that the filter need not hand out.
func With[T any]() Option { return Option{id: ComponentID[T]} }

// Without excludes entities that have a component.
func Without[T any]() Option { return Option{id: ComponentID[T], without: true} }
