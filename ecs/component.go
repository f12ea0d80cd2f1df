package ecs

import (
	"fmt"
	"reflect"
	"unsafe"

	arche "github.com/mlange-42/arche/ecs"
)

// ID is the number that a component type has in one world. It is given in the order in which types are first used, and
// means nothing in another process; see [Component.Wire] for one that does.
type ID = arche.ID

// MaxComponents is the number of component types that a world can have. Arche takes 256, but it makes room for their
// columns 16 at a time in a uint8, which overflows when the 241st type arrives.
const MaxComponents = 240

// ComponentID returns the number of a component type in this world. The first use of a type registers it, which cannot
// be done while a query is open.
func ComponentID[T any](w *World) ID {
	typ := reflect.TypeFor[T]()
	if i, ok := w.typeIndex[typ]; ok {
		return w.types[i].id
	}
	if len(w.types) == MaxComponents {
		panic(fmt.Sprintf("ecs: %v would be component type %d of a world that takes %d: merge some that go together",
			typ, MaxComponents+1, MaxComponents))
	}
	if w.Locked() {
		panic(fmt.Sprintf("ecs: component %v is used for the first time while a query is open: "+
			"make filters, maps and spawners in Init", typ))
	}
	t := componentType{id: arche.ComponentID[T](&w.arche), typ: typ, column: new(column[T])}
	if hasPointers(typ) {
		w.pointers.Set(t.id, true)
	}
	w.typeIndex[typ] = len(w.types)
	w.types = append(w.types, t)
	return t.id
}

// componentType is what a world knows about a type of component.
type componentType struct {
	id     ID
	typ    reflect.Type
	column anyColumn
}

// TypeOf returns the Go type of a component.
func (w *World) TypeOf(id ID) reflect.Type { return w.types[Index(id)].typ }

// Copy copies a component's value from src to dst. Both point at values of its type: in the world, see [World.Pointer],
// or in memory from [World.Alloc].
func (w *World) Copy(id ID, dst, src unsafe.Pointer) { w.types[Index(id)].column.copy(dst, src) }

// Alloc returns memory for n values of a component in a row, all zero.
func (w *World) Alloc(id ID, n int) unsafe.Pointer { return w.types[Index(id)].column.alloc(n) }

// AppendIDs appends the components that an entity has to dst, in ascending order, and returns the result. A dead
// entity has none.
func (w *World) AppendIDs(dst []ID, e Entity) []ID {
	if !w.arche.Alive(e) {
		return dst
	}
	mask := w.arche.Mask(e)
	for i := range w.types {
		if id := w.types[i].id; mask.Get(id) {
			dst = append(dst, id)
		}
	}
	return dst
}

// Index returns an ID as a number from 0 to [MaxComponents]-1, for tables with an entry for each component.
func Index(id ID) int {
	// The one field of an ID, which arche keeps to itself. TestIndex watches that it stays the only one.
	return int(*(*uint8)(unsafe.Pointer(&id)))
}

// hasPointers reports whether values of a type hold pointers that the garbage collector follows.
func hasPointers(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return t.Len() > 0 && hasPointers(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if hasPointers(t.Field(i).Type) {
				return true
			}
		}
		return false
	case reflect.Pointer, reflect.UnsafePointer, reflect.String, reflect.Slice, reflect.Map, reflect.Chan,
		reflect.Func, reflect.Interface:
		return true
	default:
		return false
	}
}
