package ecs

import (
	"reflect"
	"unsafe"

	arche "github.com/mlange-42/arche/ecs"
)

// filter is what filters of every arity have in common: the combinations of components that match. Arche keeps the
// list of them up to date, so that opening a query searches nothing.
type filter struct {
	world *arche.World
	match arche.CachedFilter
}

// filter compiles a filter for entities that have the components ids, inside the scope.
func (s *Sim) filter(ids []ID, opts []Option) filter {
	return s.compile(arche.All(append(ids, s.with...)...), opts)
}

// filter compiles a filter for entities that have the components ids, inside the scope or not.
func (a All) filter(ids []ID, opts []Option) filter {
	return a.sim.compile(arche.All(ids...), opts)
}

func (s *Sim) compile(include arche.Mask, opts []Option) filter {
	s.used = true
	mask := arche.MaskFilter{Include: include, Exclude: s.exclude}
	for _, o := range opts {
		if id := o.id(s.world); o.without {
			mask.Exclude.Set(id, true)
		} else {
			mask.Include.Set(id, true)
		}
	}
	w := &s.world.arche
	return filter{world: w, match: w.Cache().Register(&mask)}
}

func (f *filter) open() Cursor {
	if f.world == nil {
		panic("ecs: Query on a filter that was never made: make it in the system's Init, by ecs.Query2 or the like")
	}
	return Cursor{query: f.world.Query(&f.match)}
}

// Cursor stands on one entity of an open query after another. While it is open, entities and components can be
// changed only by deferred commands.
//
//	q := filter.Query() // outside the for: a cursor declared in it is copied each round
//	for q.Next() {
//		position, velocity := q.Get()
//	}
//
// Running to the end closes it. Whoever leaves the loop early calls Close.
type Cursor struct{ query arche.Query }

// Next moves to the next entity, the first time to the first. It returns false, and closes the query, after the last;
// then it must not be called again.
func (c *Cursor) Next() bool { return c.query.Next() } // small enough to be inlined: see TestOverhead

// Entity returns the entity that the cursor stands on.
func (c *Cursor) Entity() Entity { return c.query.Entity() }

// Pointer returns the address of a component of the entity that the cursor stands on, or nil if it has none. It is valid
// until the query ends.
func (c *Cursor) Pointer(id ID) unsafe.Pointer { return c.query.Get(id) }

// Shape is the set of components of the entity that the cursor stands on. Entities of equal shape come one after
// another.
func (c *Cursor) Shape() Shape { return c.query.Mask() }

// Shape is a set of components, to be compared with others.
type Shape = arche.Mask

// Count returns the number of entities that the query finds in all. It does not move the cursor or close the query.
func (c *Cursor) Count() int { return c.query.Count() }

// Close ends a query before its last entity. Closing it again, or after its end, does nothing.
func (c *Cursor) Close() {
	if !c.closed() {
		c.query.Close()
	}
}

// closed reports whether the query has ended. Arche knows, by an index of -2, but does not say; and closing a query twice
// would unlock the world under another one. Counting here what Next returns would cost a third of its speed.
func (c *Cursor) closed() bool {
	return *(*int32)(unsafe.Add(unsafe.Pointer(&c.query), archIndex.Offset)) == -2
}

var archIndex, _ = reflect.TypeFor[arche.Query]().FieldByName("archIndex")
