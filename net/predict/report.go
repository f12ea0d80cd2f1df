package predict

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"

	"github.com/tandem-engine/tandem/net/replicate"
)

// Misprediction names the first difference between what the client predicted
// for a tick and what the server says.
type Misprediction struct {
	Tick      uint32
	Entity    replicate.ID
	Component string // empty: the entity itself, or its set of components
	Field     string // as in Go: Trail[2].X; empty: see Component
	Predicted string // value of the field, or what was predicted about the entity
	Confirmed string // the same, as the server says
}

// String is one line for logs and graphs; of the zero value, that of [Stats]
// without any: "none".
func (m Misprediction) String() string {
	if m == (Misprediction{}) {
		return "none"
	}
	what := "the entity"
	if m.Component != "" {
		what = m.Component + "." + m.Field
	}
	return fmt.Sprintf("%s of %x at tick %d: predicted %s, is %s", what, uint64(m.Entity), m.Tick, m.Predicted, m.Confirmed)
}

// Blame is how often a component was the first to differ.
type Blame struct {
	Component string // empty: the entity itself, or its set of components
	Count     uint64
}

// reports keeps what is told of mispredictions: counters, and the last one, of
// which the text is made when somebody asks.
type reports struct {
	table  *replicate.Table
	counts []uint64 // a type; the last is of entities
	last   Misprediction
	fresh  bool // last has no texts yet
	typ    int  // of last; -1: the entity
	was    row  // of the ring
	is     row  // of the snapshot
	values []replicate.Column
	logged uint32 // tick
	muted  uint64 // since then

	orphanLogged uint32 // tick
	orphansMuted uint64 // since then
}

func newReports(t *replicate.Table) reports {
	r := reports{table: t, counts: make([]uint64, len(t.Types)+1), values: make([]replicate.Column, len(t.Types))}
	for i, typ := range t.Types {
		if typ.Predict {
			r.values[i] = typ.NewColumn()
			r.values[i].Resize(2)
		}
	}
	return r
}

// note files the difference at a place: predicted is the ring's frame, confirmed
// the snapshot's.
func (r *reports) note(predicted, confirmed *frame, at uint32, t int) {
	r.was, r.is = row{}, row{}
	if int(at) < len(predicted.rows) {
		r.was = predicted.rows[at]
	}
	if int(at) < len(confirmed.rows) {
		r.is = confirmed.rows[at]
	}
	r.typ, r.fresh = t, true
	r.last = Misprediction{Tick: confirmed.tick, Entity: r.is.id}
	if r.is.id == 0 {
		r.last.Entity = r.was.id
	}
	if t < 0 {
		r.counts[len(r.counts)-1]++
		return
	}
	r.counts[t]++
	r.last.Component = r.table.Types[t].Name()
	c := r.values[t]
	c.Copy(c.At(0), predicted.columns[t].At(int(at)))
	c.Copy(c.At(1), confirmed.columns[t].At(int(at)))
}

// report is the last misprediction, with texts.
func (r *reports) report() Misprediction {
	if !r.fresh {
		return r.last
	}
	r.fresh = false
	if r.typ >= 0 {
		c := r.values[r.typ]
		field, was, is := r.table.Types[r.typ].FirstDifference(c.At(0), c.At(1))
		r.last.Field, r.last.Predicted, r.last.Confirmed = field, fmt.Sprint(was), fmt.Sprint(is)
		return r.last
	}
	r.last.Predicted, r.last.Confirmed = r.describe(r.was), r.describe(r.is)
	if r.was.id != 0 && r.was.id != r.is.id {
		r.last.Predicted = "no entity"
	}
	return r.last
}

func (r *reports) describe(w row) string {
	if w.id == 0 {
		return "no entity"
	}
	var names []string
	for t, typ := range r.table.Types {
		if w.mask.Has(t) {
			names = append(names, typ.Name())
		}
	}
	return fmt.Sprintf("one with %v", names)
}

// blame lists the counters, greatest first.
func (r *reports) blame() []Blame {
	var list []Blame
	for t, n := range r.counts {
		if n == 0 {
			continue
		}
		b := Blame{Count: n}
		if t < len(r.table.Types) {
			b.Component = r.table.Types[t].Name()
		}
		list = append(list, b)
	}
	slices.SortFunc(list, func(a, b Blame) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Component, b.Component))
	})
	return list
}

// log writes the last misprediction, at most once a second, if anybody listens
// at that level.
func (r *reports) log(l *slog.Logger, tick, rate uint32) {
	if !l.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	if r.logged != 0 && tick-r.logged < rate {
		r.muted++
		return
	}
	m := r.report()
	l.Debug("misprediction", "tick", m.Tick, "entity", m.Entity, "component", m.Component, "field", m.Field,
		"predicted", m.Predicted, "confirmed", m.Confirmed, "unlogged", r.muted)
	r.logged, r.muted = tick, 0
}

// orphan warns of a predicted spawn that nothing has come of, at most once a
// second: rules that spawn on a client and not on its server are a mistake more
// often than the line's fault.
func (r *reports) orphan(l *slog.Logger, id replicate.ID, why string, tick, rate uint32) {
	if r.orphanLogged != 0 && tick-r.orphanLogged < rate {
		r.orphansMuted++
		return
	}
	l.Warn("predicted spawn died", "why", why, "entity", fmt.Sprintf("%x", uint64(id)),
		"owner", id.SpawnOwner(), "spawned", id.SpawnTick(), "kind", id.SpawnKind(), "tick", tick, "unlogged", r.orphansMuted)
	r.orphanLogged, r.orphansMuted = tick, 0
}
