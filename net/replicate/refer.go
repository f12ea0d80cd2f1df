package replicate

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/tandem-engine/tandem/net/wire"
)

// refer reads an entity's references: all those that it has, by type and field.
func (c *Client) refer(r *wire.Reader, rep *Replica, tick uint32) error {
	if len(c.table.refs) == 0 {
		return fmt.Errorf("%w: references of entity %d, and no type has any", ErrMalformed, rep.Net.ID)
	}
	if len(rep.events) >= maxEvents {
		return fmt.Errorf("%w: more than %d changes of one entity", ErrMalformed, maxEvents)
	}
	refs := make([]ID, len(c.table.refs))
	for f, field := range c.table.refs {
		if !rep.Mask.Has(field.typ) {
			continue
		}
		v := r.Uvarint()
		if v == 0 {
			continue
		}
		if v > uint64(len(c.slots)) || c.slots[v-1] == nil || c.slots[v-1].gone {
			return fmt.Errorf("%w: entity %d refers to slot %d, which is free", ErrMalformed, rep.Net.ID, v-1)
		}
		refs[f] = c.slots[v-1].Net.ID
	}
	c.witness.sawRefs(rep.Net.ID, tick, refs)
	c.setReferences(rep, refs, tick)
	return r.Err()
}

// setReferences takes new references. Those of an interpolated entity wait for
// the timeline.
func (c *Client) setReferences(rep *Replica, refs []ID, tick uint32) {
	rep.refs = refs
	if rep.Own {
		c.ownTouched, c.rewire = true, true
		rep.shown, rep.newRefs = refs, rep.newRefs || tick == rep.spawned && !rep.adopted
		return
	}
	if n := len(rep.events); n > 0 && rep.events[n-1].tick == tick {
		rep.events[n-1].refs = refs
		return
	}
	rep.events = append(rep.events, shapeEvent{tick: tick, mask: rep.Mask, refs: refs})
}

// forgetTargets clears the references to entities that are gone as of tick,
// and those of types that are. The server does the same by itself.
func (c *Client) forgetTargets(tick uint32) {
	for _, rep := range c.slots {
		if rep == nil || rep.gone || rep.refs == nil {
			continue
		}
		var refs []ID
		for f, id := range rep.refs {
			if id != 0 && !c.alive(id) {
				if refs == nil {
					refs = slices.Clone(rep.refs)
				}
				refs[f] = 0
			}
		}
		if refs != nil {
			c.setReferences(rep, refs, tick)
		}
	}
}

// dropReferences clears the references of types that an entity no longer has.
func (c *Client) dropReferences(rep *Replica) {
	if rep.refs == nil {
		return
	}
	rep.refs = slices.Clone(rep.refs)
	for f, field := range c.table.refs {
		if !rep.Mask.Has(field.typ) {
			rep.refs[f] = 0
		}
	}
}

// point sets the references of a value of type t to what is shown, or to none
// where the target is not in the world.
func (r *Replica) point(t int, p unsafe.Pointer, to []ID) {
	if to == nil {
		return
	}
	c := r.client
	for f, field := range c.table.refs {
		if field.typ != t {
			continue
		}
		id := to[f]
		if id != 0 {
			if _, ok := c.entities.Lookup(id); !ok {
				id = 0
			}
		}
		*(*ID)(unsafe.Add(p, field.off)) = id
	}
}

// Point sets the references of a value of type t, which came in the own section
// of a snapshot, to what the server says of that snapshot.
func (r *Replica) Point(t int, p unsafe.Pointer) { r.point(t, p, r.refs) }

// rewireAll sets all references after something came into the world, left it,
// or has other references. What the client simulates is only kept from referring
// to what is not there: its other references are the simulation's.
func (c *Client) rewireAll() {
	if !c.rewire || len(c.table.refs) == 0 {
		return
	}
	c.rewire = false
	for _, rep := range c.shown {
		c.rewireOne(rep)
	}
	for _, rep := range c.own {
		c.rewireOne(rep)
		rep.newRefs = false
	}
}

func (c *Client) rewireOne(rep *Replica) {
	if rep.Entity.IsZero() || !rep.Own && rep.shown == nil {
		return
	}
	for t, typ := range c.table.Types {
		if !typ.Refers() {
			continue
		}
		p := c.world.Pointer(rep.Entity, typ.Component.ID)
		if p == nil {
			continue
		}
		if rep.Own && typ.Predict && !rep.newRefs {
			typ.Settle(p, c.entities)
		} else {
			rep.point(t, p, rep.shown)
		}
		if !rep.Own {
			if view := typ.ViewOf(c.world, rep.Entity); view != nil {
				rep.point(t, view, rep.shown)
			}
		}
	}
}
