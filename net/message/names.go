package message

import (
	"fmt"
	"reflect"
	"unsafe"

	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/wire"
)

// names says where a type holds entities' IDs.
type names struct {
	fields []uintptr // offsets of replicate.ID
	lists  []uintptr // offsets of []replicate.ID
}

var (
	idType   = reflect.TypeFor[replicate.ID]()
	listType = reflect.TypeFor[[]replicate.ID]()
)

// namesOf finds the IDs in a type's fields. It panics where they are too deep
// to be looked at for each message.
func namesOf(typ reflect.Type, c *wire.Codec) names {
	var n names
	for _, f := range c.Fields() {
		switch {
		case f.Type == idType:
			n.fields = append(n.fields, f.Offset)
		case f.Type == listType:
			n.lists = append(n.lists, f.Offset)
		case f.Type.Kind() == reflect.Slice && holdsID(f.Type.Elem()):
			panic(fmt.Sprintf("message: %v.%s: entities inside a slice of %v are not waited for: put them into a []replicate.ID beside it", typ, f.Path, f.Type.Elem()))
		}
	}
	return n
}

func holdsID(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.Tag.Get("net") != "-" && holdsID(f.Type) {
				return true
			}
		}
		return false
	case reflect.Slice, reflect.Array:
		return holdsID(t.Elem())
	default:
		return t == idType
	}
}

// known reports whether every entity that the value at p names is here.
func (h *hub) known(n *names, p unsafe.Pointer) bool {
	for _, off := range n.fields {
		if !h.here(*(*replicate.ID)(unsafe.Add(p, off))) {
			return false
		}
	}
	for _, off := range n.lists {
		for _, id := range *(*[]replicate.ID)(unsafe.Add(p, off)) {
			if !h.here(id) {
				return false
			}
		}
	}
	return true
}

// here reports whether an entity exists on this side; 0 names none.
func (h *hub) here(id replicate.ID) bool { return id == 0 || h.directory.has(id, h.steps) }
