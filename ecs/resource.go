package ecs

import (
	"fmt"
	"reflect"
)

// SetResource puts a value into the world: one of each type, shared by all systems. It replaces an earlier one, which
// systems may have kept; so set resources in plugins, before systems are initialised. Nil removes it.
func SetResource[T any](w *World, v *T) {
	if v == nil {
		delete(w.resources, reflect.TypeFor[T]())
		return
	}
	w.resources[reflect.TypeFor[T]()] = v
}

// Resource returns the world's value of a type, or nil if there is none.
func Resource[T any](w *World) *T {
	v, _ := w.resources[reflect.TypeFor[T]()].(*T)
	return v
}

// MustResource returns the world's value of a type. It panics if there is none.
func MustResource[T any](w *World) *T {
	v := Resource[T](w)
	if v == nil {
		typ := reflect.TypeFor[T]()
		panic(fmt.Sprintf("ecs: the world has no resource of type %v: add the plugin that provides it, "+
			"or call SetResource[%v]", typ, typ))
	}
	return v
}
