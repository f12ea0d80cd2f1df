package ecs

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
)

// Component is a component type that has a name outside this process.
type Component struct {
	ID   ID           // number in this world
	Name string       // the same in every process
	Wire uint16       // place among all names in alphabetical order; valid once the registry is frozen
	Type reflect.Type // Go type
	Size uintptr      // bytes that one value takes in memory
}

// Registry holds the component types that have a name outside this process. The zero value is empty.
type Registry struct {
	components []*Component
	frozen     bool
}

// Registry returns the world's registry.
func (w *World) Registry() *Registry { return &w.registry }

// Register gives a component type its name. The same type with the same name again returns the same Component. It
// panics if the name or the type is taken otherwise, and once the registry is frozen.
func Register[T any](w *World, name string) *Component {
	r, typ := &w.registry, reflect.TypeFor[T]()
	if name == "" {
		panic(fmt.Sprintf("ecs: Register[%v] with an empty name: give it one that never changes", typ))
	}
	for _, c := range r.components {
		switch {
		case c.Name == name && c.Type == typ:
			return c
		case c.Name == name:
			panic(fmt.Sprintf("ecs: component name %q is taken by %v: give %v another", name, c.Type, typ))
		case c.Type == typ:
			panic(fmt.Sprintf("ecs: %v is registered as %q already: use that name instead of %q", typ, c.Name, name))
		}
	}
	if r.frozen {
		panic(fmt.Sprintf("ecs: Register[%v] after the registry was frozen: register in a plugin, before the app starts",
			typ))
	}
	c := &Component{ID: ComponentID[T](w), Name: name, Type: typ, Size: typ.Size()}
	r.components = append(r.components, c)
	return c
}

// Freeze numbers the components by the alphabetical order of their names, so that two processes that registered the
// same names agree on the numbers. Freezing again does nothing.
func (r *Registry) Freeze() {
	if r.frozen {
		return
	}
	r.frozen = true
	slices.SortFunc(r.components, func(a, b *Component) int { return cmp.Compare(a.Name, b.Name) })
	for i, c := range r.components {
		c.Wire = uint16(i) // a world has at most MaxComponents
	}
}

// Frozen reports whether the registry is complete.
func (r *Registry) Frozen() bool { return r.frozen }

// Components returns all components in the order of their wire numbers. The caller must not change the slice. It
// panics until the registry is frozen.
func (r *Registry) Components() []*Component {
	r.mustBeFrozen()
	return r.components
}

// ByName finds a component by its name.
func (r *Registry) ByName(name string) (*Component, bool) {
	for _, c := range r.components {
		if c.Name == name {
			return c, true
		}
	}
	return nil, false
}

// ByWire finds a component by its wire number. It panics until the registry is frozen.
func (r *Registry) ByWire(wire uint16) (*Component, bool) {
	r.mustBeFrozen()
	if int(wire) >= len(r.components) {
		return nil, false
	}
	return r.components[wire], true
}

func (r *Registry) mustBeFrozen() {
	if !r.frozen {
		panic("ecs: wire numbers exist only once the registry is frozen: ask after App.Start or Registry.Freeze")
	}
}
