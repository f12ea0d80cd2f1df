package ecs

import (
	"slices"

	arche "github.com/mlange-42/arche/ecs"
)

// access is what maps, spawners and adders of every arity have in common.
type access struct {
	sim     *Sim
	ids     []ID // the components in question, each once
	birth   []ID // what an entity with them is born with: them, and the scope's own
	scratch []ID
}

func (s *Sim) access(ids ...ID) access {
	s.used = true
	a := access{sim: s}
	for _, id := range ids {
		a.ids = appendNew(a.ids, id)
	}
	a.birth = slices.Clone(a.ids)
	for _, id := range s.with {
		a.birth = appendNew(a.birth, id)
	}
	a.scratch = make([]ID, 0, len(a.ids))
	return a
}

func appendNew(ids []ID, id ID) []ID {
	if slices.Contains(ids, id) {
		return ids
	}
	return append(ids, id)
}

// has reports whether the entity is in the scope and has all the components.
func (a *access) has(e Entity) bool {
	if !a.sim.Owns(e) {
		return false
	}
	for _, id := range a.ids {
		if !a.sim.world.arche.HasUnchecked(e, id) {
			return false
		}
	}
	return true
}

// spawn makes an entity with the components, all zero.
func (a *access) spawn() Entity {
	e := a.sim.world.NewEntity(a.birth...)
	if c := &a.sim.commands; c.onSpawn != nil {
		c.born = append(c.born, e)
	}
	return e
}

// ensure gives the entity those of the components that it lacks, and reports whether it is in the scope.
func (a *access) ensure(e Entity) bool {
	if !a.sim.Owns(e) {
		return false
	}
	if lacking := a.only(e, false); len(lacking) > 0 {
		a.sim.world.Exchange(e, lacking, nil)
	}
	return true
}

// remove takes those of the components that the entity has, if it is in the scope.
func (a *access) remove(e Entity) {
	if !a.sim.Owns(e) {
		return
	}
	if present := a.only(e, true); len(present) > 0 {
		a.sim.world.Exchange(e, nil, present)
	}
}

// only returns the components that the entity has, or those that it lacks. The result is valid until the next call.
func (a *access) only(e Entity, has bool) []ID {
	a.scratch = a.scratch[:0]
	for _, id := range a.ids {
		if a.sim.world.arche.HasUnchecked(e, id) == has {
			a.scratch = append(a.scratch, id)
		}
	}
	return a.scratch
}

// set writes a component that the entity is known to have.
func set[T any](w *arche.World, e Entity, id ID, v *T) { *(*T)(w.GetUnchecked(e, id)) = *v }

// view is what maps for reading have in common.
type view struct {
	sim *Sim
	ids []ID
}

func (a All) view(ids ...ID) view {
	a.sim.used = true
	return view{sim: a.sim, ids: ids}
}

// has reports whether the entity is alive, not excluded from the view, and has all the components.
func (v *view) has(e Entity) bool {
	w := &v.sim.world.arche
	if !w.Alive(e) {
		return false
	}
	for _, id := range v.sim.without {
		if w.HasUnchecked(e, id) {
			return false
		}
	}
	for _, id := range v.ids {
		if !w.HasUnchecked(e, id) {
			return false
		}
	}
	return true
}
