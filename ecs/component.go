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

// MaxComponents is the number of component types that a world can have. Arche takes 256, but its column layouts grow
// by 16 in a uint8, which overflows when the 241st type arrives.
const MaxComponents = 240

// column describes how values of one component type are kept.
type column struct {
	id       ID
	typ      reflect.Type
	pointers bool // the type contains Go pointers, of which the garbage collector must hear
}

// ComponentID returns the number of a component type in this world. The first use of a type registers it.
func ComponentID[T any](w *World) ID {
	typ := reflect.TypeFor[T]()
	if len(w.storage) >= MaxComponents && !w.known(typ) {
		panic(fmt.Sprintf("ecs: %v would be component type %d: a world takes %d; merge some that always go together",
			typ, len(w.storage)+1, MaxComponents))
	}
	id := arche.ComponentID[T](&w.arche)
	if index(id) == len(w.storage) {
		w.storage = append(w.storage, column{id: id, typ: typ, pointers: hasPointers(typ)})
	}
	return id
}

func (w *World) known(typ reflect.Type) bool {
	for i := range w.storage {
		if w.storage[i].typ == typ {
			return true
		}
	}
	return false
}

// Type returns the Go type of a component.
func (w *World) Type(id ID) reflect.Type { return w.storage[index(id)].typ }

// AppendIDs appends the components that an entity has to dst, in ascending order, and returns the result. A dead
// entity has none.
func (w *World) AppendIDs(dst []ID, e Entity) []ID {
	if !w.arche.Alive(e) {
		return dst
	}
	mask := w.arche.Mask(e)
	for i := range w.storage {
		if id := w.storage[i].id; mask.Get(id) {
			dst = append(dst, id)
		}
	}
	return dst
}

// Index returns an ID as a number from 0 to [MaxComponents]-1, for tables indexed by component.
func Index(id ID) int { return index(id) }

// index reads the one field of an ID, which arche keeps to itself; TestIndex watches that it stays the only one.
func index(id ID) int { return int(*(*uint8)(unsafe.Pointer(&id))) }

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
