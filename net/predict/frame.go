package predict

import (
	"fmt"
	"unsafe"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/wire"
)

// frame is the predicted state at the end of one tick: which entities there
// are, which predicted components each has, and their values. Everything is
// found by an entity's place, so that copying the world into a frame and back
// is, for each of arche's tables, one loop a component.
type frame struct {
	tick    uint32
	valid   bool
	types   []*replicate.Type
	rows    []row              // by place
	used    []uint32           // places that have a row
	columns []replicate.Column // a type, then by place; nil for types that the frame does not keep
}

// row is what a frame knows of one place.
type row struct {
	id   replicate.ID   // 0: the entity was not there
	mask replicate.Mask // of the frame's types
}

// newFrame makes an empty frame for the types of keep.
func newFrame(t *replicate.Table, keep replicate.Mask) frame {
	f := frame{types: t.Types, columns: make([]replicate.Column, len(t.Types))}
	for i, typ := range t.Types {
		if keep.Has(i) {
			f.columns[i] = typ.NewColumn()
		}
	}
	return f
}

// reset makes the frame empty, with room for so many places.
func (f *frame) reset(tick uint32, places int) {
	f.tick, f.valid = tick, true
	f.used = f.used[:0]
	clear(f.rows)
	for len(f.rows) < places {
		f.rows = append(f.rows, row{})
	}
	for _, c := range f.columns {
		if c != nil {
			c.Resize(places)
		}
	}
}

// has reports whether the frame has an entity at a place.
func (f *frame) has(at uint32, id replicate.ID) bool {
	return int(at) < len(f.rows) && f.rows[at].id == id
}

// value is the value of type t at a place, nil without.
func (f *frame) value(at uint32, t int) unsafe.Pointer {
	if !f.rows[at].mask.Has(t) {
		return nil
	}
	return f.columns[t].At(int(at))
}

// simulatedTable is one of arche's tables of simulated entities.
type simulatedTable struct {
	*ecs.Cursor
	nets []replicate.Net
	at   []uint32 // places
}

// tables calls f for each table of simulated entities. It does not nest.
func (p *Predictor) tables(f func(simulatedTable)) {
	p.cursor = p.simulated.Query()
	q := &p.cursor
	for n := q.NextTable(); n > 0; n = q.NextTable() {
		f(simulatedTable{
			Cursor: &q.Cursor,
			nets:   unsafe.Slice((*replicate.Net)(q.Column(p.ids.net)), n),
			at:     unsafe.Slice(&(*tracked)(q.Column(p.ids.tracked)).place, n),
		})
	}
}

// copyTo fills a frame with what the world holds.
func (p *Predictor) copyTo(f *frame, tick uint32) {
	f.reset(tick, len(p.places.list))
	p.tables(func(s simulatedTable) {
		var mask replicate.Mask
		for t, c := range f.columns {
			if c == nil {
				continue
			}
			if values := s.Column(f.types[t].Component.ID); values != nil {
				mask |= 1 << uint(t)
				c.Scatter(values, s.at)
			}
		}
		for i, at := range s.at {
			f.rows[at] = row{s.nets[i].ID, mask}
		}
		f.used = append(f.used, s.at...)
	})
	p.settle(f, func(t int, at uint32) unsafe.Pointer { return f.columns[t].At(int(at)) })
}

// copyFrom writes a frame's values into the world, whose simulated entities are
// the frame's.
func (p *Predictor) copyFrom(f *frame) {
	p.tables(func(s simulatedTable) {
		for t, c := range f.columns {
			if c == nil {
				continue
			}
			if values := s.Column(f.types[t].Component.ID); values != nil {
				c.Gather(values, s.at)
			}
		}
	})
	p.settle(f, func(t int, at uint32) unsafe.Pointer {
		return p.world.Pointer(p.places.list[at].entity, f.types[t].Component.ID)
	})
}

// settle clears references to what the world does not have, in the values of a
// frame's rows that lie where value says.
func (p *Predictor) settle(f *frame, value func(t int, at uint32) unsafe.Pointer) {
	for t, c := range f.columns {
		if c == nil || !f.types[t].Refers() {
			continue
		}
		for _, at := range f.used {
			if !f.rows[at].mask.Has(t) {
				continue
			}
			if v := value(t, at); v != nil {
				f.types[t].Settle(v, p.entities)
			}
		}
	}
}

// read fills the frame from the own section of a snapshot. f keeps the types
// that are predicted.
func (f *frame) read(tick uint32, own []*replicate.Replica, places *places, r *wire.Reader) error {
	f.used = f.used[:0]
	for _, rep := range own {
		f.used = append(f.used, places.take(rep.Net.ID))
	}
	used := f.used
	f.reset(tick, len(places.list))
	f.used = used
	for k, rep := range own {
		at := f.used[k]
		f.rows[at].id = rep.Net.ID
		for t, c := range f.columns {
			if c == nil || !rep.Mask.Has(t) {
				continue
			}
			f.rows[at].mask |= 1 << uint(t)
			v := c.At(int(at))
			if err := rep.ReadExact(r, t, v); err != nil {
				f.valid = false
				return fmt.Errorf("%s of entity %d: %w", f.types[t].Name(), rep.Net.ID, err)
			}
			rep.Point(t, v)
		}
	}
	return nil
}

// difference finds the first entity in which the two frames differ beyond
// tolerance, and what is different: a type, or -1 for the entity itself or its
// set of components.
func (f *frame) difference(other *frame) (at uint32, t int, differ bool) {
	for _, at := range f.used {
		w := f.rows[at]
		if !other.has(at, w.id) || other.rows[at].mask != w.mask {
			return at, -1, true
		}
		for t, c := range f.columns {
			if w.mask.Has(t) && !f.types[t].Equal(c.At(int(at)), other.columns[t].At(int(at))) {
				return at, t, true
			}
		}
	}
	if len(other.used) == len(f.used) {
		return 0, 0, false
	}
	for _, at := range other.used {
		if !f.has(at, other.rows[at].id) {
			return at, -1, true
		}
	}
	return 0, 0, false
}
