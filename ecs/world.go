package ecs

import (
	"fmt"
	"reflect"
	"unsafe"

	arche "github.com/mlange-42/arche/ecs"
)

// Entity is a reference to an entity of one world. It is a value to be copied and compared; the zero value means no
// entity. An entity that has been despawned stays dead for ever: its number comes back, but with another generation.
type Entity = arche.Entity

// World holds entities, their components, resources and events. It belongs to one goroutine.
type World struct {
	arche     arche.World
	types     []componentType // by Index
	typeIndex map[reflect.Type]int
	pointers  arche.Mask // components whose values hold pointers; see move.go
	tables    map[arche.Mask]*arche.CachedFilter
	registry  Registry
	resources map[reflect.Type]any
	events    []eventList
}

// DefaultCapacity is the number of entities for which a new combination of components makes room if [NewWorld] is not
// told another.
const DefaultCapacity = 128

// NewWorld makes an empty world. Each combination of components that appears in it makes room for capacity entities
// at once and doubles from there; 0 means [DefaultCapacity].
func NewWorld(capacity int) *World {
	if capacity == 0 {
		capacity = DefaultCapacity
	}
	if capacity < 0 {
		panic(fmt.Sprintf("ecs: NewWorld(%d): the capacity cannot be negative; 0 chooses the default", capacity))
	}
	return &World{
		arche:     arche.NewWorld(capacity),
		typeIndex: map[reflect.Type]int{},
		tables:    map[arche.Mask]*arche.CachedFilter{},
		resources: map[reflect.Type]any{},
	}
}

// Alive reports whether the entity exists. It is false for the zero entity.
func (w *World) Alive(e Entity) bool { return w.arche.Alive(e) }

// Len returns the number of entities.
func (w *World) Len() int {
	all := arche.All()
	query := w.arche.Query(&all)
	defer query.Close()
	return query.Count()
}

// Locked reports whether a query is open. While one is, entities and components can be changed only by deferred
// commands.
func (w *World) Locked() bool { return w.arche.IsLocked() }

// NewEntity makes an entity with these components, all zero, at once. It panics while a query is open.
func (w *World) NewEntity(ids ...ID) Entity {
	w.mustBeUnlocked("NewEntity", "a Spawner")
	return w.arche.NewEntity(ids...)
}

// Despawn removes an entity and its components at once. It panics while a query is open and if the entity is dead.
func (w *World) Despawn(e Entity) {
	w.mustBeUnlocked("Despawn", "Sim.Despawn")
	w.mustBeAlive("Despawn", e)
	kept := w.keep(e)
	w.arche.RemoveEntity(e)
	w.release(kept)
}

// Pointer returns the address of an entity's component, or nil if the entity is dead or has no such component. It is
// valid until an entity or component is next added to or removed from the world.
func (w *World) Pointer(e Entity, id ID) unsafe.Pointer {
	if !w.arche.Alive(e) {
		return nil
	}
	return w.arche.GetUnchecked(e, id)
}

// Has reports whether the entity is alive and has the component.
func (w *World) Has(e Entity, id ID) bool {
	return w.arche.Alive(e) && w.arche.HasUnchecked(e, id)
}

// AddIDs adds components, all zero, at once. It panics while a query is open, if the entity is dead, and if it already
// has one of them.
func (w *World) AddIDs(e Entity, ids ...ID) { w.Exchange(e, ids, nil) }

// RemoveIDs removes components at once. It panics while a query is open, if the entity is dead, and if it lacks one of
// them.
func (w *World) RemoveIDs(e Entity, ids ...ID) { w.Exchange(e, nil, ids) }

// Exchange adds and removes components in one move. What is added is zero; what stays keeps its value. It panics while
// a query is open, if the entity is dead, already has a component to add, or lacks one to remove.
func (w *World) Exchange(e Entity, add, remove []ID) {
	w.mustBeUnlocked("adding or removing components", "an Adder")
	w.mustBeAlive("adding or removing components", e)
	kept := w.keep(e)
	w.arche.Exchange(e, add, remove)
	w.release(kept)
}

func (w *World) mustBeUnlocked(what, instead string) {
	if w.arche.IsLocked() {
		panic(fmt.Sprintf("ecs: %s while a query is open: use %s, which waits until the system is done, "+
			"or Close the query before it", what, instead))
	}
}

func (w *World) mustBeAlive(what string, e Entity) {
	if !w.arche.Alive(e) {
		panic(fmt.Sprintf("ecs: %s: entity %d.%d is dead: ask Alive first", what, e.ID(), e.Generation()))
	}
}
