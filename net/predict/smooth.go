package predict

import (
	"math"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/replicate"
)

// halfLife is the time in which a visible correction loses half its size, in
// seconds.
const halfLife = 0.1

// smoother hides corrections: what a rollback moved is drawn where it was and
// slides to where it is. Only views are touched.
type smoother struct {
	table  *replicate.Table
	errors map[replicate.ID][]offsets
	was    frame // values before the rollback
	spare  []float64
}

// offsets is the visible error of one component: one number a float field.
type offsets []float64

func newSmoother(t *replicate.Table) smoother {
	return smoother{table: t, errors: map[replicate.ID][]offsets{}, was: newFrame(t)}
}

func (s *smoother) forget(id replicate.ID) { delete(s.errors, id) }

// before notes the values that a rollback is about to change.
func (s *smoother) before(p *Predictor) {
	s.was.reset(0)
	q := p.simulated.Query()
	for q.Next() {
		s.was.add(q.Get().ID)
		e := q.Entity()
		for t, typ := range s.table.Types {
			if !typ.Predict || !typ.Moves() {
				continue
			}
			if v := p.world.Pointer(e, typ.Component.ID); v != nil {
				s.was.set(t, v)
			}
		}
	}
}

// after adds what the rollback moved to the visible errors.
func (s *smoother) after(p *Predictor) {
	for r, w := range s.was.rows {
		e, ok := p.local[w.id]
		if !ok || p.world.Has(e, p.ids.disabled) {
			continue
		}
		for t, typ := range s.table.Types {
			old := s.was.value(r, t)
			if old == nil {
				continue
			}
			now := p.world.Pointer(e, typ.Component.ID)
			if now == nil {
				continue
			}
			s.spare = typ.Difference(s.spare[:0], old, now)
			s.add(w.id, t, typ)
		}
	}
}

func (s *smoother) add(id replicate.ID, t int, typ *replicate.Type) {
	most := 0.0
	for _, d := range s.spare {
		most = max(most, math.Abs(d))
	}
	if most == 0 {
		return
	}
	errs := s.errors[id]
	if errs == nil {
		errs = make([]offsets, len(s.table.Types))
		s.errors[id] = errs
	}
	if snap := typ.SnapDistance(); snap > 0 && most > snap {
		errs[t] = errs[t][:0] // too far to slide: a teleport
		return
	}
	if len(errs[t]) == 0 {
		errs[t] = append(errs[t], s.spare...)
		return
	}
	for i, d := range s.spare {
		errs[t][i] += d
	}
}

// decay shrinks all errors by the time since the last frame.
func (s *smoother) decay(dt float64) {
	f := math.Exp2(-dt / halfLife)
	for _, errs := range s.errors {
		for _, o := range errs {
			for i := range o {
				o[i] *= f
			}
		}
	}
}

// of is the visible error of a component, nil for none.
func (s *smoother) of(id replicate.ID, t int) offsets {
	if errs := s.errors[id]; errs != nil && len(errs[t]) > 0 {
		return errs[t]
	}
	return nil
}

// Present writes the views of predicted entities: between the last two ticks,
// plus the visible error.
func (p *Predictor) Present(f engine.Frame) {
	p.smooth.decay(float64(f.Dt))
	last := p.frameAt(p.app.Tick() - 1)
	q := p.simulated.Query()
	for q.Next() {
		p.present(q.Entity(), q.Get().ID, last, float64(f.Alpha))
	}
}

func (p *Predictor) present(e ecs.Entity, id replicate.ID, last *frame, alpha float64) {
	row, known := 0, false
	if last != nil {
		row, known = last.index[id]
	}
	for t, typ := range p.table.Types {
		now, view := p.world.Pointer(e, typ.Component.ID), typ.ViewOf(p.world, e)
		if now == nil || view == nil {
			continue
		}
		typ.Copy(view, now)
		if !typ.Predict || !known {
			continue
		}
		if then := last.value(row, t); then != nil {
			typ.Lerp(view, then, now, alpha)
		}
		if o := p.smooth.of(id, t); o != nil {
			typ.Offset(view, o)
		}
	}
}
