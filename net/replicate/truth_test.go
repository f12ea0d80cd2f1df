package replicate_test

import (
	"math"
	"reflect"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
)

// truth is what the server's world was at every snapshot, and who might know
// what of it: worked out the slow way, from the world and the game's own rules.
type truth struct {
	gen      *generator
	app      *engine.App
	table    *replicate.Table
	interval uint32
	all      ecs.Filter1[replicate.Net]
	groupID  ecs.ID
	spotID   ecs.ID
	moments  map[uint32]*moment
	last     uint32
}

// moment is the world at one snapshot.
type moment struct {
	facts  map[replicate.ID]*fact
	sights map[input.PlayerID]sight
}

// fact is an entity at one snapshot.
type fact struct {
	entity    ecs.Entity
	net       replicate.Net
	mask      replicate.Mask
	groups    uint64
	banned    input.PlayerID
	placed    bool
	x, y      float64
	quantised []any          // a type, as the wire rounds it; nil: it has none
	exact     []any          // a type
	refs      []replicate.ID // a type: what it refers to
	parent    *fact          // nil: none
}

// sight is what a player sees by.
type sight struct {
	groups uint64
	eyes   []physics.Circle // from one of these; none: from nowhere
	sure   bool             // and not from where it saw before
}

// watchTruth records the app's world after each snapshot.
func watchTruth(app *engine.App, gen *generator, interval uint32) *truth {
	tr := &truth{gen: gen, app: app, interval: interval, moments: map[uint32]*moment{}}
	app.Send(tr)
	return tr
}

// Init implements engine.Initer.
func (tr *truth) Init(s *ecs.Sim) {
	w := s.World()
	tr.table = replicate.TableOf(tr.app)
	tr.all = ecs.Query1[replicate.Net](ecs.NewSim(w))
	tr.groupID, tr.spotID = ecs.ComponentID[replicate.Groups](w), ecs.ComponentID[spot](w)
}

// Update records a snapshot.
func (tr *truth) Update(t engine.Tick) {
	if t.Number%tr.interval != 0 {
		return
	}
	m := &moment{facts: observe(tr.app, tr.table, &tr.all), sights: map[input.PlayerID]sight{}}
	w := tr.app.World()
	for _, f := range m.facts {
		f.banned = tr.gen.banned[f.entity]
		if g := w.Pointer(f.entity, tr.groupID); g != nil {
			f.groups = (*replicate.Groups)(g).Mask
		}
		if p := (*spot)(w.Pointer(f.entity, tr.spotID)); p != nil {
			f.placed, f.x, f.y = true, float64(p.X), float64(p.Y)
		}
	}
	m.families(tr.table)
	before := tr.moments[tr.last]
	for _, p := range tr.gen.players {
		m.sights[p.id] = m.sight(p, before)
	}
	tr.moments[t.Number], tr.last = m, t.Number
}

// observe writes down every networked entity of a world.
func observe(app *engine.App, table *replicate.Table, all *ecs.Filter1[replicate.Net]) map[replicate.ID]*fact {
	w, facts := app.World(), map[replicate.ID]*fact{}
	q := all.Query()
	for q.Next() {
		f := &fact{entity: q.Entity(), net: *q.Get(), quantised: make([]any, len(table.Types)), exact: make([]any, len(table.Types)), refs: make([]replicate.ID, len(table.Types))}
		facts[f.net.ID] = f
		for t, typ := range table.Types {
			p := w.Pointer(f.entity, typ.Component.ID)
			if p == nil {
				continue
			}
			f.mask |= 1 << uint(t)
			if typ.Hidden {
				continue
			}
			c := typ.NewColumn()
			c.Append(p)
			rounded, lanes := c.AppendZero(), make([]uint32, typ.Quantised.Lanes())
			typ.Copy(rounded, p)
			typ.Quantised.Quantise(lanes, p)
			typ.Quantised.Dequantise(rounded, lanes)
			f.exact[t], f.quantised[t] = keep(c.Value(0)), keep(c.Value(1))
			f.refs[t] = refOf(c.Value(0))
		}
	}
	return facts
}

// families finds parents. Children are, for eyes, where the eldest of their
// ancestors is.
func (m *moment) families(table *replicate.Table) {
	for t, typ := range table.Types {
		if typ.Name() == "replicate.Parent" {
			for _, f := range m.facts {
				f.parent = m.facts[f.refs[t]]
			}
		}
	}
	for _, f := range m.facts {
		if f.parent != nil {
			e := f.eldest()
			f.placed, f.x, f.y = e.placed && e.net.Life != replicate.Always, e.x, e.y
		}
	}
}

// eldest is the first ancestor of an entity, itself if it has no parent.
func (f *fact) eldest() *fact {
	for f.parent != nil {
		f = f.parent
	}
	return f
}

// isKin reports whether an entity had the same ancestors at two moments.
func (f *fact) isKin(o *fact) bool {
	for f.parent != nil && o.parent != nil && f.parent.net.ID == o.parent.net.ID {
		f, o = f.parent, o.parent
	}
	return f.parent == nil && o.parent == nil
}

// keep makes a value independent of the world's memory, and takes references
// out: they travel by themselves.
func keep(v any) any {
	switch v := v.(type) {
	case cargo:
		v.Goods = append([]uint16(nil), v.Goods...)
		return v
	case bond:
		v.To = 0
		return v
	case hunt:
		return hunt{}
	case replicate.Parent:
		return replicate.Parent{}
	case tally:
		v.Leader = 0
		return v
	}
	return v
}

// refOf is what a value refers to.
func refOf(v any) replicate.ID {
	switch v := v.(type) {
	case bond:
		return v.To
	case hunt:
		return v.Prey
	case replicate.Parent:
		return v.ID
	case tally:
		return v.Leader
	}
	return 0
}

// refers reports whether a type has a reference.
func refers(typ *replicate.Type) bool {
	c := typ.NewColumn()
	c.AppendZero()
	switch c.Value(0).(type) {
	case bond, hunt, tally, replicate.Parent:
		return true
	}
	return false
}

// same compares values bit for bit as the game's types need it.
func same(a, b any) bool {
	if c, ok := a.(cargo); ok {
		d, ok := b.(cargo)
		return ok && c.Turn == d.Turn && c.Tint == d.Tint && c.Stage == d.Stage && string16(c.Goods) == string16(d.Goods)
	}
	return a != nil && a == b
}

func string16(v []uint16) string {
	b := make([]byte, 0, 2*len(v))
	for _, x := range v {
		b = append(b, byte(x), byte(x>>8))
	}
	return string(b)
}

// sight works out from where a player may see: what it looks at, or any thing of
// its own that it predicts, or else where it saw last.
func (m *moment) sight(p *genPlayer, before *moment) sight {
	s := sight{groups: p.groups}
	if p.look != nil {
		s.eyes, s.sure = []physics.Circle{*p.look}, true
		return s
	}
	for _, f := range m.facts {
		if f.net.Owner == p.id && f.placed && f.net.Mode != replicate.Interpolated {
			s.eyes = append(s.eyes, physics.Circle{X: float32(f.x), Y: float32(f.y), Radius: genRadius})
			s.sure = true
		}
	}
	if !s.sure && before != nil {
		s.eyes = before.sights[p.id].eyes
	}
	return s
}

// hair is the doubt of a distance, for single precision.
const hair = 1e-3

// rules reports whether the rules without distance allow a player to know of
// an entity, and of its parents.
func (m *moment) rules(player input.PlayerID, f *fact) bool {
	if f.net.ID.World() {
		return true
	}
	s, ok := m.sights[player]
	if f.parent != nil && !m.rules(player, f.parent) {
		return false
	}
	return f.net.Owner == player || ok && f.banned != player && (f.groups == 0 || f.groups&s.groups != 0)
}

// may reports whether a player may be told of an entity: it is in sight, or
// beyond by no more than margin. Of children that the player has the parents of
// it is told up to the margin.
func (m *moment) may(player input.PlayerID, f *fact, margin float64) bool {
	if f.parent != nil {
		margin = genMargin
	}
	return m.rules(player, f) && m.near(player, f, margin+hair, false)
}

// must reports whether a player certainly sees an entity.
func (m *moment) must(player input.PlayerID, f *fact) bool {
	s, ok := m.sights[player]
	e := f.eldest()
	return ok && m.rules(player, f) && (e.net.Owner == player || s.sure && m.near(player, e, -hair, true))
}

// near reports whether an entity is within reach of one eye, or of every eye.
func (m *moment) near(player input.PlayerID, f *fact, margin float64, every bool) bool {
	f = f.eldest()
	if f.net.Owner == player || !f.placed || f.net.Life == replicate.Always {
		return true
	}
	eyes := m.sights[player].eyes
	for _, e := range eyes {
		in := math.Hypot(f.x-float64(e.X), f.y-float64(e.Y)) <= float64(e.Radius)+margin
		if in != every {
			return in
		}
	}
	return every && len(eyes) > 0
}

// mask is what a player may know an entity to have.
func (tr *truth) mask(player input.PlayerID, f *fact) replicate.Mask {
	if f.net.Owner == player {
		return f.mask
	}
	return f.mask &^ tr.secret()
}

// secret is the set of types that the game means for owners alone.
func (tr *truth) secret() (m replicate.Mask) {
	for t, typ := range tr.table.Types {
		if typ.Name() == reflect.TypeFor[cipher]().String() {
			m |= 1 << uint(t)
		}
	}
	return m
}

// since calls f for the moments of a tick and of the snapshots before it within
// which a peer looks around.
func (tr *truth) since(tick uint32, f func(*moment) bool) bool {
	for back := range uint32(genSweep) {
		if back*tr.interval > tick {
			break
		}
		if m := tr.moments[tick-back*tr.interval]; m != nil && f(m) {
			return true
		}
	}
	return false
}
