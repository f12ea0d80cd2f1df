package replicate_test

import "github.com/tandem-engine/tandem/net/replicate"

// refersAsItShould compares an entity's references with the truth: to what the
// client has, or to nothing.
func (j *judge) refersAsItShould(l *life, f *fact, has replicate.Mask) {
	for _, t := range replicate.RefTypes(j.truth.table) {
		var got replicate.ID
		if len(l.refs) > 0 {
			got = l.refs[len(l.refs)-1].to[t]
		}
		want := f.refs[t]
		if !has.Has(t) || j.living(want) == nil {
			want = 0
		}
		if got != want {
			j.wrong("%w: %s of entity %d to %d at tick %d, told %d", errMissing, j.truth.table.Types[t].Name(), l.id, want, j.tick, got)
		}
	}
}

// unrefer forgets references from a tick on.
func (l *life) unrefer(tick uint32, drop func(t int, to replicate.ID) bool) {
	if len(l.refs) == 0 {
		return
	}
	kept := map[int]replicate.ID{}
	for t, to := range l.refs[len(l.refs)-1].to {
		if !drop(t, to) {
			kept[t] = to
		}
	}
	if len(kept) < len(l.refs[len(l.refs)-1].to) {
		l.refs = append(l.refs, refsAt{tick, kept})
	}
}

// refs takes an entity's references off the wire.
func (j *judge) refs(id replicate.ID, tick uint32, to []replicate.ID) {
	if !j.inWorld() {
		return
	}
	m, l := j.truth.moments[tick], j.living(id)
	if batchless := !j.open && tick <= j.tick; batchless || j.open && tick != j.tick {
		j.wrong("%w: references of tick %d after tick %d", errOrder, tick, j.tick)
	}
	j.tick, j.open = tick, true
	if m == nil || m.facts[id] == nil || l == nil {
		j.wrong("%w: references of entity %d at tick %d", errStrange, id, tick)
		return
	}
	now := refsAt{tick, map[int]replicate.ID{}}
	for f, t := range replicate.RefTypes(j.truth.table) {
		switch {
		case to[f] == 0:
		case j.living(to[f]) == nil:
			j.wrong("%w: %s of entity %d to %d on the wire", errDangling, j.truth.table.Types[t].Name(), id, to[f])
		case m.facts[id].refs[t] != to[f]:
			j.wrong("%w: %s of entity %d refers to %d, told %d", errValue, j.truth.table.Types[t].Name(), id, m.facts[id].refs[t], to[f])
		default:
			now.to[t] = to[f]
		}
	}
	l.refs = append(l.refs, now)
}

// refersTo is what a type's reference is at a moment.
func (l *life) refersTo(t int, x float64) (to replicate.ID) {
	for _, r := range l.refs {
		if float64(r.tick) <= x {
			to = r.to[t]
		}
	}
	return to
}

// points compares what an entity on display refers to with what was told, as
// far as the target is on display too.
func (j *judge) points(l *life, t int, got replicate.ID, x float64) {
	want := l.refersTo(t, x)
	if _, ok := replicate.EntitiesOf(j.app.World()).Lookup(got); got != 0 && !ok {
		j.wrong("%w: %s of entity %d to %d at moment %.2f", errDangling, j.table.Types[t].Name(), l.id, got, x)
	}
	if _, ok := replicate.EntitiesOf(j.app.World()).Lookup(want); !ok {
		want = 0
	}
	if got != want {
		j.wrong("%w: %s of entity %d to %d at moment %.2f, not %d", errShown, j.table.Types[t].Name(), l.id, got, x, want)
	}
}
