package predict

import (
	"math"
	"slices"
	"unsafe"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/replicate"
)

// forgotten is the size, in the component's own units, from which on a visible
// error is dropped: 20 half-lives after an error of 1000.
const forgotten = 1e-3

// smoother hides corrections: what a rollback moved is drawn where it was and
// slides to where it is. Only views are touched.
type smoother struct {
	types  int
	errors []offsets // by place, then type; empty: none
	active []uint32  // places that have errors
	has    []bool    // by place: it is in active
	was    frame     // values before the rollback
	spare  []float64

	carried []uint32           // places whose views go on from where they are
	views   []replicate.Column // a type: one value, of a view before the frame
}

// offsets is the visible error of one component: one number a float field.
type offsets []float64

func newSmoother(t *replicate.Table) smoother {
	var moving replicate.Mask
	for i, typ := range t.Types {
		if typ.Predict && typ.Moves() {
			moving |= 1 << uint(i)
		}
	}
	s := smoother{types: len(t.Types), was: newFrame(t, moving)}
	for _, typ := range t.Types {
		s.views = append(s.views, typ.NewColumn())
		s.views[len(s.views)-1].Resize(1)
	}
	return s
}

func (s *smoother) forget(at uint32) {
	if int(at) < len(s.has) && s.has[at] {
		i := slices.Index(s.active, at)
		s.active = slices.Delete(s.active, i, i+1)
		s.clear(at)
	}
}

func (s *smoother) clear(at uint32) {
	s.has[at] = false
	for t := range s.types {
		e := &s.errors[int(at)*s.types+t]
		*e = (*e)[:0]
	}
}

// before notes the values that a rollback is about to change.
func (s *smoother) before(p *Predictor) { p.copyTo(&s.was, 0) }

// after adds what the rollback moved to the visible errors.
func (s *smoother) after(p *Predictor) {
	s.grow(p)
	p.tables(func(tab simulatedTable) {
		s.compare(tab)
	})
}

// grow makes room for all places.
func (s *smoother) grow(p *Predictor) {
	for len(s.errors) < len(p.places.list)*s.types {
		s.errors = append(s.errors, nil)
	}
	for len(s.has) < len(p.places.list) {
		s.has = append(s.has, false)
	}
}

// compare adds what the rollback moved of a table.
func (s *smoother) compare(tab simulatedTable) {
	for t, c := range s.was.columns {
		if c == nil {
			continue
		}
		now, typ := tab.Column(s.was.types[t].Component.ID), s.was.types[t]
		if now == nil {
			continue
		}
		size := typ.Size()
		for i, at := range tab.at {
			v := unsafe.Add(now, uintptr(i)*size)
			if !s.was.has(at, tab.nets[i].ID) || !s.was.rows[at].mask.Has(t) || typ.Same(c.At(int(at)), v) {
				continue
			}
			s.spare = typ.Difference(s.spare[:0], c.At(int(at)), v)
			s.add(at, t, typ)
		}
	}
}

func (s *smoother) add(at uint32, t int, typ *replicate.Type) {
	most := largest(s.spare)
	if most == 0 {
		return
	}
	errs := &s.errors[int(at)*s.types+t]
	if snap := typ.SnapDistance(); snap > 0 && most > snap {
		*errs = (*errs)[:0] // too far to slide: a teleport
		return
	}
	if len(*errs) == 0 {
		*errs = append(*errs, s.spare...)
	} else {
		for i, d := range s.spare {
			(*errs)[i] += d
		}
	}
	if !s.has[at] {
		s.active, s.has[at] = append(s.active, at), true
	}
}

func largest(o offsets) float64 {
	most := 0.0
	for _, d := range o {
		most = max(most, math.Abs(d))
	}
	return most
}

// decay shrinks all errors by the time since the last frame.
func (s *smoother) decay(dt float64) {
	s.active = slices.DeleteFunc(s.active, func(at uint32) bool {
		most := 0.0
		for t := range s.types {
			o := s.errors[int(at)*s.types+t]
			if len(o) == 0 {
				continue
			}
			f := s.was.types[t].Decay(o, dt)
			for i := range o {
				o[i] *= f
			}
			most = max(most, largest(o))
		}
		if most < forgotten {
			s.clear(at)
		}
		return most < forgotten
	})
}

// of is the visible error of a component, empty for none.
func (s *smoother) of(at uint32, t int) offsets {
	if i := int(at)*s.types + t; i < len(s.errors) {
		return s.errors[i]
	}
	return nil
}

// Present writes the views of predicted entities: between the last two ticks,
// plus the visible error.
func (p *Predictor) Present(f engine.Frame) {
	p.smooth.decay(float64(f.Dt))
	for _, e := range p.events.list {
		e.frame()
	}
	if len(p.smooth.carried) > 0 {
		p.smooth.grow(p)
		defer func() { p.smooth.carried = p.smooth.carried[:0] }()
	}
	last := p.frameAt(p.app.Tick() - 1)
	p.tables(func(tab simulatedTable) {
		for t, typ := range p.table.Types {
			id, shown := typ.ViewID()
			if !shown {
				continue
			}
			if now, view := tab.Column(typ.Component.ID), tab.Column(id); now != nil && view != nil {
				p.present(tab, t, now, view, last, float64(f.Alpha))
			}
		}
	})
}

// present writes the views of one type for a table: the values stand side by
// side at now, their views at view.
func (p *Predictor) present(tab simulatedTable, t int, now, view unsafe.Pointer, last *frame, alpha float64) {
	typ := p.table.Types[t]
	size := typ.Size()
	for i, at := range tab.at {
		to, from := unsafe.Add(view, uintptr(i)*size), unsafe.Add(now, uintptr(i)*size)
		carried := len(p.smooth.carried) > 0 && slices.Contains(p.smooth.carried, at)
		if carried {
			p.smooth.views[t].Copy(p.smooth.views[t].At(0), to)
		}
		typ.Copy(to, from)
		if !typ.Predict {
			continue
		}
		if last != nil && last.has(at, tab.nets[i].ID) {
			if then := last.value(at, t); then != nil {
				typ.Lerp(to, then, from, alpha)
			}
		}
		if carried && typ.Moves() {
			errs := &p.smooth.errors[int(at)*p.smooth.types+t]
			*errs = (*errs)[:0] // of what was never shown
			p.smooth.spare = typ.Difference(p.smooth.spare[:0], p.smooth.views[t].At(0), to)
			p.smooth.add(at, t, typ)
		}
		if o := p.smooth.of(at, t); len(o) > 0 {
			typ.Offset(to, o)
		}
	}
}
