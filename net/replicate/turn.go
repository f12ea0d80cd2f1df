package replicate

import (
	"fmt"
	"math"
	"slices"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/wire"
)

// An entity's owner and mode may change while it lives: a driver gets into a car.
// Each peer is told; to one that begins or ceases to predict the entity all of it
// is told anew, in the other form, and its client keeps the entity as it is.

// turn notes an entity's new owner and mode.
func (tr *tracker) turn(i uint32, s *slot, n *Net) {
	if n.Owner != s.net.Owner {
		letGo(tr.world, s.entity)
		if s.net.Owner != 0 {
			list := tr.owned[s.net.Owner]
			at, _ := slices.BinarySearch(list, i)
			tr.owned[s.net.Owner] = slices.Delete(list, at, at+1)
		}
		if n.Owner != 0 {
			list := tr.owned[n.Owner]
			at, _ := slices.BinarySearch(list, i)
			tr.owned[n.Owner] = slices.Insert(list, at, i)
		}
	}
	tr.turned, tr.before = append(tr.turned, i), append(tr.before, s.net)
	s.net.Owner, s.net.Mode, s.turned = n.Owner, n.Mode, tr.scans
}

// turnFamilies turns the children of what has turned, and theirs.
func (tr *tracker) turnFamilies() {
	for k := 0; k < len(tr.turned); k++ { // grows
		i := tr.turned[k]
		for _, c := range tr.refs.from[i] {
			if tr.isChild(c, i) {
				tr.turnChild(c, tr.before[k], &tr.slots[i])
			}
		}
	}
}

// turnChild lets a child turn with its parent if it had the same owner and mode. Any
// other that was predicted as far as its parent let it is so now.
func (tr *tracker) turnChild(c uint32, before Net, parent *slot) {
	s := &tr.slots[c]
	if s.born == tr.scans || s.turned == tr.scans {
		return // who predicts it was decided just now
	}
	wish, n := Net{Owner: s.net.Owner, Mode: s.wish}, (*Net)(tr.world.Pointer(s.entity, tr.netID))
	switch {
	case s.net.Owner == before.Owner && s.wish == before.Mode:
		s.wish, n.Owner, n.Mode = parent.wish, parent.net.Owner, parent.net.Mode
	case s.net.Mode == within(before, wish):
		n.Mode = within(parent.net, wish)
	}
	if *n != s.net {
		tr.turn(c, s, n)
	}
}

// within is the mode of a child that is predicted at most where its parent is.
func within(parent, child Net) Mode {
	switch {
	case parent.Mode == ByAll:
		return child.Mode
	case parent.Mode == ByOwner && child.Owner == parent.Owner:
		return min(child.Mode, ByOwner)
	}
	return Interpolated
}

// writeTurns tells of what has another owner or mode. What a peer saw only because
// its player owned or predicted it goes out of sight by that: a turn would tell of
// its values.
func (p *Peer) writeTurns(w *wire.Writer, tick uint32) {
	in := looking(p.server.tracker.world)
	for _, i := range p.server.tracker.turned {
		at, ok := p.known.find(i)
		switch {
		case !ok || p.server.tracker.slots[i].entity.IsZero():
		case p.known.frozen.has(i):
			p.dispossess(w, at, tick)
		case in != nil && !p.sees(in, i, true):
			p.forsake(w, in, at, tick)
		default:
			p.writeTurn(w, at, tick)
		}
	}
}

// forsake takes out of sight what has turned. What the peer keeps goes without new
// values, and without what only owners know.
func (p *Peer) forsake(w *wire.Writer, in *Interest, at int, tick uint32) {
	k := &p.known.list[at]
	n := &p.server.tracker.slots[k.slot].net
	if k.own || n.PredictedFor(p.player) || n.Life == WhileSeen {
		p.drop(w, at, opLeave, tick)
		return
	}
	p.dispossess(w, at, tick)
	p.lookAgain(w, in, at, tick)
}

// dispossess tells a player who owned what is out of sight and does no more: it loses
// what only owners know. To others nothing of it is news.
func (p *Peer) dispossess(w *wire.Writer, at int, tick uint32) {
	k := &p.known.list[at]
	n := &p.server.tracker.slots[k.slot].net
	if k.owner != p.player || n.Owner == p.player {
		return
	}
	if n.PredictedFor(p.player) { // out of sight it cannot be
		p.drop(w, at, opLeave, tick)
		return
	}
	p.writeOwner(w, k, tick)
	p.reshapeTo(w, at, k.mask&^p.server.table.OwnerOnly, tick)
}

// writeOwner begins a turn.
func (p *Peer) writeOwner(w *wire.Writer, k *known, tick uint32) {
	n := &p.server.tracker.slots[k.slot].net
	p.cut(w, tick)
	p.known.version++
	p.touchOwn(k)
	w.Bits(opTurn, opBits)
	w.Uvarint(uint64(k.slot))
	w.Uvarint(uint64(n.Owner))
	w.Bits(uint64(n.Mode), 2)
	k.owner, k.mode = n.Owner, n.Mode
}

// writeTurn tells of a known entity's owner and mode, if they are new to this
// peer.
func (p *Peer) writeTurn(w *wire.Writer, at int, tick uint32) {
	k := &p.known.list[at]
	n, own := &p.server.tracker.slots[k.slot].net, k.own
	if k.owner == n.Owner && k.mode == n.Mode {
		return
	}
	p.writeOwner(w, k, tick)
	if n.PredictedFor(p.player) == own {
		p.writeReshape(w, at, tick) // what only an owner is told of
		return
	}
	slot := k.slot
	p.known.forget(at)
	fresh := p.sighted(slot)
	p.known.learn(fresh, recordTypes(p.server.table, fresh.mask, fresh.own), tick)
	p.met = append(p.met, slot)
	p.touchOwn(&fresh)
	p.writeMask(w, fresh.mask)
	p.writeSpawnValues(w, slot, fresh.mask, fresh.own)
}

// sighted is what a peer is to know of an entity that it is told of now.
func (p *Peer) sighted(slot uint32) known {
	n := &p.server.tracker.slots[slot].net
	return known{
		slot: slot, id: n.ID, owner: n.Owner, mode: n.Mode,
		mask: p.maskFor(slot), own: n.PredictedFor(p.player), batch: p.batch,
	}
}

// turn reads an entity's new owner and mode.
func (c *Client) turn(r *wire.Reader, old *Replica, batch, tick uint32) error {
	owner, mode := r.Uvarint(), Mode(r.Bits(2))
	if r.Err() != nil || owner > 1<<16-1 || mode >= modes {
		return fmt.Errorf("%w: owner %d, mode %d", ErrMalformed, owner, mode)
	}
	n := old.Net
	n.Owner, n.Mode = input.PlayerID(owner), mode
	own := c.cfg.Predictor != nil && n.PredictedFor(c.player)
	if old.Own || own {
		c.ownTouched = true
	}
	if own == old.Own {
		c.witness.sawOp(opTurn, batch, tick, n, old.Mask)
		old.Net = n
		c.rename(old)
		return nil
	}
	rep := &Replica{
		Net: n, Entity: old.Entity, Own: own, slot: old.slot, client: c, spawned: tick, Mask: c.readMask(r),
		hidden: old.hidden, isNew: old.isNew, carried: true,
	}
	c.witness.sawOp(opTurn, batch, tick, n, rep.Mask)
	rep.samples = make([]samples, len(c.table.Types))
	for t, typ := range c.table.Types {
		rep.samples[t].stride = typ.Quantised.Lanes()
	}
	rep.shapes = append(rep.shapes, shape{batch, rep.Mask})
	old.gone, c.rewire = true, true
	c.replace(rep)
	if own {
		return c.take(r, old, rep, tick)
	}
	return c.leave(r, old, rep, tick)
}

// rename gives the entity its new owner and mode.
func (c *Client) rename(rep *Replica) {
	p := (*Net)(c.world.Pointer(rep.Entity, c.netID))
	if p == nil {
		return
	}
	if p.Owner != rep.Net.Owner {
		letGo(c.world, rep.Entity)
	}
	p.Owner, p.Mode = rep.Net.Owner, rep.Net.Mode
}

// letGo clears the command of an entity whose owner is another one now.
func letGo(w *ecs.World, e ecs.Entity) {
	if commands := ecs.Resource[input.Commands](w); commands != nil {
		if p := w.Pointer(e, commands.Component()); p != nil {
			commands.Clear(p)
		}
	}
}

// take begins to predict what was interpolated.
func (c *Client) take(r *wire.Reader, old, rep *Replica, tick uint32) error {
	c.shown = slices.DeleteFunc(c.shown, func(s *Replica) bool { return s == old })
	rep.newest = make([]uint32, len(c.table.Types))
	if c.world.Alive(rep.Entity) {
		c.world.AddIDs(rep.Entity, c.simulated)
		c.setShape(rep, rep.Mask, ^Mask(0))
		c.rename(rep)
	} else {
		c.materialise(rep)
	}
	c.look(rep, sightFound) // what was kept out of sight is predicted at once, too
	if err := c.readValues(r, rep, rep.Mask&^c.table.Hidden, tick); err != nil {
		return err
	}
	at, _ := slices.BinarySearchFunc(c.own, rep.slot, func(o *Replica, s uint32) int { return int(o.slot) - int(s) })
	c.own = slices.Insert(c.own, at, rep)
	c.cfg.Predictor.Taken(rep)
	return nil
}

// leave begins to interpolate what was predicted.
func (c *Client) leave(r *wire.Reader, old, rep *Replica, tick uint32) error {
	c.own = slices.DeleteFunc(c.own, func(o *Replica) bool { return o == old })
	c.cfg.Predictor.Released(old)
	rep.tracks = make([]*track, len(c.table.Types))
	if c.world.Alive(rep.Entity) {
		if c.world.Has(rep.Entity, c.simulated) {
			c.world.RemoveIDs(rep.Entity, c.simulated)
		}
		c.setShape(rep, rep.Mask, ^Mask(0))
		c.rename(rep)
	} else {
		rep.Entity = old.Entity
		rep.events = append(rep.events, shapeEvent{tick: tick, mask: rep.Mask})
	}
	c.shown = append(c.shown, rep)
	return c.readValues(r, rep, rep.Mask&^c.table.Hidden, tick)
}

// slideHalfLife is the time in which what a turn moved loses half its size, in
// seconds.
const slideHalfLife = 0.1

// slid is the size, in the component's own units, from which on it is dropped.
const slid = 1e-3

// slide shows a value near to where it was shown before the replica turned, and
// nearer to where it is with each frame: was is the view before this frame.
func (c *Client) slide(rep *Replica, t int, dt float64) {
	typ := c.table.Types[t]
	dst := typ.ViewOf(c.world, rep.Entity)
	if rep.carried {
		if rep.slides == nil {
			rep.slides = make([][]float64, len(c.table.Types))
		}
		d := typ.Difference(nil, c.scratch[t].At(0), dst)
		if far := farthest(d); typ.Moves() && far > 0 && (typ.snap == 0 || far <= typ.snap) {
			rep.slides[t] = d
		}
	} else if d := rep.slides[t]; d != nil {
		f := math.Exp2(-dt / slideHalfLife)
		for i := range d {
			d[i] *= f
		}
		if farthest(d) < slid {
			rep.slides[t] = nil
		}
	}
	if d := rep.slides[t]; d != nil {
		typ.Offset(dst, d)
	}
}

func farthest(d []float64) float64 {
	most := 0.0
	for _, x := range d {
		most = max(most, math.Abs(x))
	}
	return most
}

// sliding reports whether anything of the replica slides still.
func (r *Replica) sliding() bool {
	for _, d := range r.slides {
		if d != nil {
			return true
		}
	}
	return false
}
