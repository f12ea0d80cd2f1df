package predict

import (
	"fmt"
	"unsafe"

	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/wire"
)

// frame is the predicted state at the end of one tick: which entities there
// are, which predicted components each has, and their values.
type frame struct {
	tick    uint32
	valid   bool
	types   []*replicate.Type
	rows    []row
	places  []int32            // a row, a type: place of the value in the type's column; -1 without
	columns []replicate.Column // a type; nil for types that are not predicted
	index   map[replicate.ID]int
}

type row struct {
	id   replicate.ID
	mask replicate.Mask // of predicted types
}

func newFrame(t *replicate.Table) frame {
	f := frame{types: t.Types, columns: make([]replicate.Column, len(t.Types)), index: map[replicate.ID]int{}}
	for i, typ := range t.Types {
		if typ.Predict {
			f.columns[i] = typ.NewColumn()
		}
	}
	return f
}

// reset makes the frame empty.
func (f *frame) reset(tick uint32) {
	f.tick, f.valid = tick, true
	f.rows, f.places = f.rows[:0], f.places[:0]
	clear(f.index)
	for _, c := range f.columns {
		if c != nil {
			c.Reset()
		}
	}
}

// add begins an entity's row.
func (f *frame) add(id replicate.ID) {
	f.index[id] = len(f.rows)
	f.rows = append(f.rows, row{id: id})
	for range f.types {
		f.places = append(f.places, -1)
	}
}

// set copies a value into the newest row and returns the copy.
func (f *frame) set(t int, p unsafe.Pointer) unsafe.Pointer {
	f.place(t)
	f.columns[t].Append(p)
	return f.columns[t].At(f.columns[t].Len() - 1)
}

func (f *frame) place(t int) {
	r := len(f.rows) - 1
	f.rows[r].mask |= 1 << uint(t)
	f.places[r*len(f.types)+t] = int32(f.columns[t].Len())
}

// value is the value of type t in row r, nil without.
func (f *frame) value(r, t int) unsafe.Pointer {
	i := f.places[r*len(f.types)+t]
	if i < 0 {
		return nil
	}
	return f.columns[t].At(int(i))
}

// read fills the frame from the own section of a snapshot.
func (f *frame) read(tick uint32, own []*replicate.Replica, predicted replicate.Mask, r *wire.Reader) error {
	f.reset(tick)
	for _, rep := range own {
		f.add(rep.Net.ID)
		for t, typ := range f.types {
			if !(rep.Mask & predicted).Has(t) {
				continue
			}
			f.place(t)
			v := f.columns[t].AppendZero()
			if err := typ.Exact.Decode(r, v); err != nil {
				f.valid = false
				return fmt.Errorf("%s of entity %d: %w", typ.Name(), rep.Net.ID, err)
			}
			rep.Point(t, v)
		}
	}
	return nil
}

// difference finds the first entity in which the two frames differ beyond
// tolerance.
func (f *frame) difference(other *frame) (Misprediction, bool) {
	for r, w := range f.rows {
		o, ok := other.index[w.id]
		if !ok {
			return Misprediction{Tick: f.tick, Entity: w.id}, true
		}
		if w.mask != other.rows[o].mask {
			return Misprediction{Tick: f.tick, Entity: w.id}, true
		}
		for t, typ := range f.types {
			if a := f.value(r, t); a != nil && !typ.Equal(a, other.value(o, t)) {
				return Misprediction{Tick: f.tick, Entity: w.id, Component: typ.Name()}, true
			}
		}
	}
	for _, w := range other.rows {
		if _, ok := f.index[w.id]; !ok {
			return Misprediction{Tick: f.tick, Entity: w.id}, true
		}
	}
	return Misprediction{}, false
}

// Misprediction names the first difference between what the client predicted
// for a tick and what the server says.
type Misprediction struct {
	Tick      uint32
	Entity    replicate.ID
	Component string // empty: the entity itself, or its set of components
}
