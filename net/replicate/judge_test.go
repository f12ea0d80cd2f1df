package replicate_test

import (
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
)

// judge watches one client and holds what it is sent, and what it shows, against
// the truth. It keeps the first thing that is wrong.
//
// Sent: structure comes in order and says what was so at its tick; nothing is
// told that the player may not know; each value is the server's of the tick that
// it claims. Shown: exactly the entities and components of the moment shown, with
// values between two that were received. The slack is what is documented: the
// margin of sight, and that a peer looks around every few snapshots only.
type judge struct {
	where   func() (*truth, input.PlayerID)
	truth   *truth         // of the room where the client is; nil: in none
	me      input.PlayerID // that the client is there
	app     *engine.App    // of the client
	table   *replicate.Table
	witness *replicate.Witness
	all     ecs.Filter1[replicate.Net]
	every   ecs.Filter1[replicate.Net] // and those that were despawned by prediction

	batch uint32 // complete ones
	tick  uint32 // of the newest batch
	open  bool   // a batch is being read
	ended bool   // an entity ended in it
	lives map[replicate.ID][]*life
	shown float64 // newest moment shown
	told  told    // of what is in sight, by events

	seen   int // values that were compared
	poses  int // shown values that were compared
	events int // that were compared
	stays  int // rooms entered
	err    error
}

// life is an entity from a spawn to its end, as a client was told of it.
type life struct {
	id       replicate.ID
	from, to uint32 // to 0: lives
	own      bool
	net      replicate.Net // owner and mode as told last
	turned   bool          // it ended at once: the next life goes on with what it shows
	carried  bool          // it goes on with the last one's entity, whatever the moment
	shapes   []shapeAt
	values   [][]valueAt // a type, by tick
	refs     []refsAt    // newest last
	early    bool        // went with its parent, ahead of its moment
	left     bool        // it ended out of sight
	appeared bool        // and an event told of it
}

// refsAt is what an entity refers to from a tick on, a type.
type refsAt struct {
	tick uint32
	to   map[int]replicate.ID
}

type shapeAt struct {
	tick uint32
	mask replicate.Mask
}

type valueAt struct {
	tick  uint32
	value any
}

// watch makes the judge of a client that is about to be made in app. where says
// in which world its player is, and who it is there, once that is known.
func watch(app *engine.App, where func() (*truth, input.PlayerID)) *judge {
	j := &judge{app: app, where: where}
	j.witness = replicate.NewWitness(j.op, j.value, j.refs)
	ecs.SetResource(app.World(), j.witness)
	return j
}

// settle begins anew when the client is in another room: of the one before it
// must know nothing any more. Who comes back to a room is another player there.
// It is false before the first.
func (j *judge) settle() bool {
	truth, me := j.where()
	if truth == j.truth && me == j.me {
		return me != 0
	}
	j.truth, j.me = truth, me
	j.batch, j.tick, j.open, j.ended = 0, 0, false, false
	j.lives, j.shown, j.told = map[replicate.ID][]*life{}, 0, newTold()
	j.stays++
	return true
}

// inWorld reports whether the client is in a world, as it must be when it is told
// of one.
func (j *judge) inWorld() bool {
	in := j.settle()
	if !in {
		j.wrong("%w: told of no world", errStrange)
	}
	return in
}

// Init implements engine.Initer.
func (j *judge) Init(s *ecs.Sim) {
	j.table = replicate.TableOf(j.app)
	j.all = ecs.Query1[replicate.Net](ecs.NewSim(s.World()), ecs.Without[replicate.Disabled]())
	j.every = ecs.Query1[replicate.Net](ecs.NewSim(s.World()))
}

func (j *judge) wrong(format string, args ...any) {
	if j.err == nil {
		j.err = fmt.Errorf("player %d: %w", j.me, fmt.Errorf(format, args...))
	}
}

// What can be wrong.
var (
	errOrder    = errors.New("structure out of order")
	errStrange  = errors.New("structure that never was")
	errSecret   = errors.New("told of what it may not know")
	errMissing  = errors.New("not told of what it must know")
	errValue    = errors.New("a value that never was")
	errShown    = errors.New("shows what it should not")
	errDangling = errors.New("a dangling reference")
	errUnequal  = errors.New("a world that is not the server's after quiet")
)

// op takes a structure change off the wire.
func (j *judge) op(op uint64, batch, tick uint32, n replicate.Net, mask replicate.Mask) {
	if !j.inWorld() {
		return
	}
	if op == replicate.OpEnd {
		if batch != j.batch+1 {
			j.wrong("%w: batch %d ends after %d", errOrder, batch, j.batch)
		}
		if j.batch = batch; j.open {
			j.open = false
			j.complete()
		}
		return
	}
	if batch != j.batch+1 || j.open && tick != j.tick || !j.open && tick <= j.tick {
		j.wrong("%w: batch %d of tick %d after batch %d of tick %d", errOrder, batch, tick, j.batch, j.tick)
		return
	}
	j.tick, j.open = tick, true
	m := j.truth.moments[tick]
	if m == nil {
		j.wrong("%w: tick %d had no snapshot", errStrange, tick)
		return
	}
	f, l := m.facts[n.ID], j.living(n.ID)
	switch op {
	case replicate.OpSpawn:
		j.spawn(tick, m, f, l, n, mask)
	case replicate.OpDespawn, replicate.OpLeave:
		j.end(op, tick, m, f, l, n)
	case replicate.OpTurn:
		j.turn(tick, f, l, n, mask)
	case replicate.OpReshape:
		j.reshape(tick, m, f, l, n, mask)
		if j.err != nil {
			return
		}
		l.shapes = append(l.shapes, shapeAt{tick, mask})
		l.unrefer(tick, func(t int, _ replicate.ID) bool { return !mask.Has(t) })
	}
}

// reshape takes a new set of types off the wire. What goes out of sight as it
// turns may be told to be without what only its owner knows.
func (j *judge) reshape(tick uint32, m *moment, f *fact, l *life, n replicate.Net, mask replicate.Mask) {
	switch {
	case f != nil && l != nil && !m.must(j.me, f) && mask == l.shapes[len(l.shapes)-1].mask&^j.truth.secret():
	case f == nil || l == nil || mask&^f.mask != 0:
		j.wrong("%w: entity %d is %x at tick %d", errStrange, n.ID, mask, tick)
	case mask&^j.truth.mask(j.me, f) != 0:
		j.wrong("%w: entity %d with %x at tick %d", errSecret, n.ID, mask, tick)
	case mask != j.truth.mask(j.me, f):
		j.wrong("%w: entity %d is %x at tick %d", errStrange, n.ID, mask, tick)
	}
}

func (j *judge) spawn(tick uint32, m *moment, f *fact, l *life, n replicate.Net, mask replicate.Mask) {
	switch {
	case l != nil:
		j.wrong("%w: entity %d is spawned twice", errOrder, n.ID)
	case f == nil || f.net.Owner != n.Owner || f.net.Mode != n.Mode:
		j.wrong("%w: spawn of %+v at tick %d", errStrange, n, tick)
	case mask&^f.mask != 0:
		j.wrong("%w: entity %d is spawned with %x, it has %x", errStrange, n.ID, mask, f.mask)
	case !m.may(j.me, f, 0) || mask != j.truth.mask(j.me, f):
		j.wrong("%w: entity %d with %x at tick %d", errSecret, n.ID, mask, tick)
	default:
		j.lives[n.ID] = append(j.lives[n.ID], &life{
			id: n.ID, from: tick, own: n.PredictedFor(j.me), net: n,
			shapes: []shapeAt{{tick, mask}}, values: make([][]valueAt, len(j.truth.table.Types)),
		})
	}
}

// turn takes another owner or mode off the wire. A client that begins or ceases
// to predict an entity by that is told all of it anew, as of another life.
func (j *judge) turn(tick uint32, f *fact, l *life, n replicate.Net, mask replicate.Mask) {
	switch own := n.PredictedFor(j.me); {
	case l == nil || f == nil || f.net.Owner != n.Owner || f.net.Mode != n.Mode || f.net == l.net:
		j.wrong("%w: turn of %+v at tick %d", errStrange, n, tick)
	case own == l.own:
		l.net = n // a reshape may follow
	case mask&^f.mask != 0:
		j.wrong("%w: entity %d turns with %x, it has %x", errStrange, n.ID, mask, f.mask)
	case mask != j.truth.mask(j.me, f):
		j.wrong("%w: entity %d turns with %x at tick %d", errSecret, n.ID, mask, tick)
	default:
		l.to, l.turned = tick, true
		j.lives[n.ID] = append(j.lives[n.ID], &life{
			id: n.ID, from: tick, own: own, net: n, carried: true,
			shapes: []shapeAt{{tick, mask}}, values: make([][]valueAt, len(j.truth.table.Types)),
		})
	}
}

func (j *judge) end(op uint64, tick uint32, m *moment, f *fact, l *life, n replicate.Net) {
	switch {
	case l == nil:
		j.wrong("%w: entity %d ends and was not there", errOrder, n.ID)
	case op == replicate.OpDespawn && f != nil:
		j.wrong("%w: entity %d despawns at tick %d and lives", errStrange, n.ID, tick)
	case op == replicate.OpLeave && (f == nil || j.hasElders(f) && m.rules(j.me, f) && m.sights[j.me].sure && m.near(j.me, f, genMargin-hair, true)):
		j.wrong("%w: entity %d leaves at tick %d and is in sight", errStrange, n.ID, tick)
	default:
		l.to, l.left = tick, op == replicate.OpLeave
		j.ended = true
	}
}

// hasElders reports whether the client has all ancestors of an entity.
func (j *judge) hasElders(f *fact) bool {
	for f = f.parent; f != nil; f = f.parent {
		if j.living(f.net.ID) == nil {
			return false
		}
	}
	return true
}

// living is the life of an entity that has not ended on the wire.
func (j *judge) living(id replicate.ID) *life {
	if all := j.lives[id]; len(all) > 0 && all[len(all)-1].to == 0 {
		return all[len(all)-1]
	}
	return nil
}

// complete holds what the client knows after a batch against what it may, and
// what it must.
func (j *judge) complete() {
	tick, me := j.tick, j.me
	now := j.truth.moments[tick]
	for id := range j.lives {
		l := j.living(id)
		if l == nil {
			continue
		}
		if j.ended {
			l.unrefer(tick, func(_ int, to replicate.ID) bool { return j.living(to) == nil })
		}
		f := now.facts[id]
		if f == nil {
			j.wrong("%w: entity %d is known at tick %d", errStrange, id, tick)
			continue
		}
		allowed := j.truth.since(tick, func(m *moment) bool { f := m.facts[id]; return f != nil && m.may(me, f, genMargin) })
		steady := !j.truth.since(tick, func(m *moment) bool {
			f := m.facts[id]
			return f == nil || !m.must(me, f) && !(m.rules(me, f) && m.sights[me].sure && m.near(me, f, genMargin-hair, true))
		})
		switch has := l.shapes[len(l.shapes)-1].mask; {
		case !allowed && (l.own || !j.truth.since(tick, func(m *moment) bool { f := m.facts[id]; return f != nil && f.net.Life != replicate.WhileSeen })):
			j.wrong("%w: entity %d is still known at tick %d", errSecret, id, tick)
		case has&j.truth.secret() != 0 && f.net.Owner != me:
			j.wrong("%w: secrets of entity %d", errSecret, id)
		case steady && (l.net.Owner != f.net.Owner || l.net.Mode != f.net.Mode):
			j.wrong("%w: entity %d is known as %+v at tick %d, and is %+v", errMissing, id, l.net, tick, f.net)
		case steady && has != j.truth.mask(me, f):
			j.wrong("%w: entity %d has %x, is known with %x at tick %d", errMissing, id, j.truth.mask(me, f), has, tick)
		case f.parent != nil && j.living(f.parent.net.ID) == nil:
			j.wrong("%w: entity %d is known at tick %d, its parent %d is not", errStrange, id, tick, f.parent.net.ID)
		case steady:
			j.refersAsItShould(l, f, has)
		}
	}
	j.ended = false
	for id, f := range now.facts {
		if j.living(id) == nil && now.must(me, f) && j.hasElders(f) && !j.truth.since(tick, func(m *moment) bool {
			was := m.facts[id]
			_, plays := m.sights[me]
			return !plays || was != nil && !(m.must(me, was) && was.isKin(f))
		}) {
			j.wrong("%w: entity %d at tick %d", errMissing, id, tick)
		}
	}
}

// value takes a component's value off the wire.
func (j *judge) value(id replicate.ID, t int, tick uint32, exact bool, p unsafe.Pointer) {
	if !j.inWorld() {
		return
	}
	me, m := j.me, j.truth.moments[tick]
	typ := j.truth.table.Types[t]
	all := j.lives[id]
	if m == nil || m.facts[id] == nil || m.facts[id].quantised[t] == nil || len(all) == 0 {
		j.wrong("%w: %s of entity %d at tick %d", errValue, typ.Name(), id, tick)
		return
	}
	f := m.facts[id]
	c := typ.NewColumn()
	c.Append(p)
	got, want := keep(c.Value(0)), f.quantised[t]
	if exact {
		want = f.exact[t]
	}
	own := f.net.PredictedFor(me) || f.net.Owner == me // goes whole, until the peer looks around
	seen := (own || m.near(me, f, genMargin+hair, false)) && j.truth.since(tick, func(m *moment) bool {
		f := m.facts[id]
		return f != nil && m.rules(me, f) && (!own || m.near(me, f, genMargin+hair, false))
	})
	switch {
	case !same(got, want):
		j.wrong("%w: %s of entity %d was %+v at tick %d, told %+v", errValue, typ.Name(), id, want, tick, got)
	case !seen, j.truth.secret().Has(t) && f.net.Owner != me:
		j.wrong("%w: %s of entity %d at tick %d: %+v, %+v", errSecret, typ.Name(), id, tick, f, m.sights[me])
	case exact != (typ.Predict && f.net.PredictedFor(me)):
		j.wrong("%w: %s of entity %d comes exact=%t", errSecret, typ.Name(), id, exact)
	}
	j.seen++
	l := all[len(all)-1]
	for i := len(all) - 2; i >= 0 && l.from > tick; i-- {
		l = all[i]
	}
	list := l.values[t]
	at, there := slices.BinarySearchFunc(list, tick, func(v valueAt, tick uint32) int { return int(v.tick) - int(tick) })
	if !there {
		l.values[t] = slices.Insert(list, at, valueAt{tick, got})
	}
}

// Update looks at what the client shows; it runs after the client's Receive
// phase and before anything is simulated again.
func (j *judge) Update(engine.Tick) {
	c := replicate.ClientOf(j.witness)
	if j.err != nil || c == nil || !j.settle() {
		return
	}
	x := c.Playhead()
	current := x >= j.shown // not set back: values of the past are gone
	j.shown = max(j.shown, x)
	found := map[replicate.ID]bool{}
	w := j.app.World()
	q := j.all.Query()
	for q.Next() {
		n := q.Get()
		if found[n.ID] {
			j.wrong("%w: entity %d twice", errShown, n.ID)
		}
		found[n.ID] = true
		if n.PredictedFor(j.me) {
			if l := j.living(n.ID); l == nil && !n.ID.Predicted() {
				j.wrong("%w: entity %d of its own that the server does not know", errShown, n.ID)
			} else if l != nil && (!l.own || n.Owner != l.net.Owner || n.Mode != l.net.Mode) {
				j.wrong("%w: entity %d predicted as %+v, told %+v", errShown, n.ID, n, l.net)
			}
			continue
		}
		l := j.at(n.ID, j.shown)
		if l == nil {
			j.wrong("%w: entity %d at moment %.2f", errShown, n.ID, j.shown)
			continue
		}
		if l.own || n.Owner != l.net.Owner || n.Mode != l.net.Mode {
			j.wrong("%w: entity %d as %+v, told %+v", errShown, n.ID, n, l.net)
		}
		if current {
			j.pose(w, q.Entity(), l, x)
		}
	}
	for id, all := range j.lives {
		if l := j.at(id, j.shown); l != nil && !l.own && !found[id] && !j.orphaned(l) {
			j.wrong("%w: entity %d is not there at moment %.2f of %d lives", errShown, id, j.shown, len(all))
		}
	}
}

// orphaned reports whether an entity that has ended on the wire may be away
// ahead of its moment: with its parent, which the client predicted, or because it
// came back to be predicted itself.
func (j *judge) orphaned(l *life) bool {
	again := false // it came back after this life
	for _, later := range j.lives[l.id] {
		again = again || later.from > l.from && !later.carried
		l.early = l.early || again && later.own
	}
	if l.early {
		return true
	}
	for t, typ := range j.table.Types {
		if to := l.refersTo(t, j.shown); to != 0 && l.to != 0 && typ.Name() == "replicate.Parent" {
			_, ok := replicate.EntitiesOf(j.app.World()).Lookup(to)
			l.early = !ok
		}
	}
	return l.early
}

// at is the life that an entity has at a moment. One that came to be predicted has
// ended those before it at once.
func (j *judge) at(id replicate.ID, x float64) *life {
	all := j.lives[id]
	for i, l := range all {
		over := slices.ContainsFunc(all[i+1:], func(later *life) bool { return later.own && !later.carried })
		if !over && !l.turned && (l.carried || float64(l.from) <= x) && (l.to == 0 || float64(l.to) > x) {
			return l
		}
	}
	return nil
}

// pose compares an interpolated entity's components with what was received.
func (j *judge) pose(w *ecs.World, e ecs.Entity, l *life, x float64) {
	var mask replicate.Mask
	told := x
	if l.carried {
		told = max(x, float64(l.from)) // what it turned to comes at once
	}
	for _, s := range l.shapes {
		if float64(s.tick) <= told {
			mask = s.mask
		}
	}
	for t, typ := range j.table.Types {
		p := w.Pointer(e, typ.Component.ID)
		if (p != nil) != mask.Has(t) {
			j.wrong("%w: entity %d with %s=%t at moment %.2f", errShown, l.id, typ.Name(), p != nil, x)
		}
		if p == nil || typ.Hidden {
			continue
		}
		c := typ.NewColumn()
		c.Append(p)
		if refers(typ) {
			j.points(l, t, refOf(c.Value(0)), x)
		}
		if why := between(keep(c.Value(0)), l.values[t], told); why != "" {
			j.wrong("%w: %s of entity %d at moment %.2f: %s", errShown, typ.Name(), l.id, x, why)
		}
		j.poses++
	}
}

// settled compares the client's world with the server's after quiet.
func (j *judge) settled() error {
	if j.err != nil {
		return j.err
	}
	me, now, known := j.me, j.truth.moments[j.truth.last], observe(j.app, j.table, &j.all)
	for id := range known {
		if now.facts[id] == nil {
			j.wrong("%w: entity %d is no more", errUnequal, id)
		}
	}
	for id, f := range now.facts {
		k := known[id]
		switch {
		case k == nil && now.must(me, f):
			j.wrong("%w: entity %d is not there", errUnequal, id)
		case k == nil:
		case !now.may(me, f, genMargin) && f.net.Life == replicate.WhileSeen:
			j.wrong("%w: entity %d after quiet", errSecret, id)
		case now.must(me, f):
			if _, sees := j.told.sees[id]; !sees && !id.World() {
				j.wrong("%w: entity %d, %+v, has not appeared after quiet", errEvents, id, f.net)
			}
			j.equal(f, k, known)
		}
	}
	ours, theirs := ecs.Resource[tally](j.app.World()), ecs.Resource[tally](j.truth.app.World())
	if ours.Points != theirs.Points || ours.Phase != theirs.Phase || *ecs.Resource[pulse](j.app.World()) != *ecs.Resource[pulse](j.truth.app.World()) {
		j.wrong("%w: resources %+v, should be %+v", errUnequal, ours, theirs)
	}
	return j.err
}

func (j *judge) equal(f, k *fact, known map[replicate.ID]*fact) {
	want := j.truth.mask(j.me, f)
	if k.mask != want {
		j.wrong("%w: entity %d has %x, should have %x", errUnequal, f.net.ID, k.mask, want)
		return
	}
	for t, typ := range j.table.Types {
		if want.Has(t) && !typ.Hidden && !same(k.quantised[t], f.quantised[t]) {
			j.wrong("%w: %s of entity %d is %+v, should be %+v", errUnequal, typ.Name(), f.net.ID, k.quantised[t], f.quantised[t])
		}
		if to := f.refs[t]; want.Has(t) && k.refs[t] != to && known[to] != nil {
			j.wrong("%w: %s of entity %d refers to %d, should to %d", errUnequal, typ.Name(), f.net.ID, k.refs[t], to)
		}
	}
}
