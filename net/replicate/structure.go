package replicate

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/wire"
)

// Structure messages, in order on a reliable channel. One batch is everything
// that came, went or changed shape since the last snapshot; a large one is
// cut into several messages, of which all but the last have more set. The
// client applies a batch whole.
//
//	uvarint batch      1, 2, 3 …
//	32 bits tick       the tick whose state the batch brings
//	ops     3 bits op, uvarint slot, then
//	   despawn  –       the entity is no more
//	   leave    –       it has left the receiver's sight
//	   spawn    uvarint ID (predicted IDs: 1 bit, 64 bits), uvarint owner, 2 bits mode,
//	            1 bit: it came into being since the last snapshot,
//	            mask, the values of the mask's types
//	   reshape  mask, the values of the types that are new
//	   refer    for each field of type ID of its types: uvarint 1 + slot, 0 for none
//	   sight    1 bit: whether the receiver sees it, which has it in any case
//	   turn     uvarint owner, 2 bits mode; if the receiver begins or ceases to
//	            predict it: mask, the values of the mask's types
//	   end      (no slot)
//	8 bits, aligned    1 when more messages of the batch follow; otherwise 0 when the
//	                   receiver knows all that it should, 2 to 255 how far it is
//
// The values of types that the receiver predicts are exact, all others
// quantised.
const (
	opEnd = iota
	opDespawn
	opSpawn
	opReshape
	opLeave
	opRefer
	opSight
	opTurn
)

// opBits is the width of an op.
const opBits = 3

// moreFollow ends a message of a batch that is not its last; greater numbers say
// how far the receiver is, in progressSteps.
const (
	moreFollow    = 1
	progressSteps = 253
)

// structureMessage is the size at which a batch is cut, in bytes.
const structureMessage = 8 << 10

// writeStructure sends the batch of this snapshot, if there is one.
func (p *Peer) writeStructure(tick uint32) {
	w := &p.server.writer
	p.batch++
	p.beginStructure(w, tick)
	begun, first := p.known.version, p.batch == 1
	p.allow()
	if in := looking(p.server.tracker.world); in != nil {
		p.look(in)
	}
	p.met, p.dropped = p.met[:0], false
	p.writeDespawns(w, tick)
	p.writeAdopted(w, tick)
	p.writeTurns(w, tick)
	p.writeReshapes(w, tick)
	p.joined = p.writeSightings(w, tick)
	p.writeReferences(w, tick)
	if !first && p.known.version == begun {
		p.batch-- // nothing has happened
		return
	}
	p.endStructure(w, false)
}

func (p *Peer) writeDespawns(w *wire.Writer, tick uint32) {
	for _, i := range p.server.tracker.despawned {
		if at, ok := p.known.find(i); ok {
			p.drop(w, at, opDespawn, tick)
		}
	}
}

// drop writes the end of a known entity.
func (p *Peer) drop(w *wire.Writer, at int, op uint64, tick uint32) {
	if op == opLeave && p.server.table.parent >= 0 {
		slot := p.known.list[at].slot
		p.dropChildren(w, slot, tick)
		at, _ = p.known.find(slot)
	}
	p.cut(w, tick)
	k := &p.known.list[at]
	p.touchOwn(k)
	w.Bits(op, opBits)
	w.Uvarint(uint64(k.slot))
	p.known.forget(at)
	p.dropped = true
}

// writeReshapes tells of what changed shape. What has gone out of sight since
// the last look around is told nothing of until the next; but what the peer
// predicts goes whole until then.
func (p *Peer) writeReshapes(w *wire.Writer, tick uint32) {
	tr, in := p.server.tracker, looking(p.server.tracker.world)
	for _, i := range tr.reshaped {
		at, ok := p.known.find(i)
		if !ok || p.known.frozen.has(i) || tr.slots[i].entity.IsZero() {
			continue
		}
		if in != nil && (!p.known.list[at].own || !p.joined || p.turn == 0) && !p.sees(in, i, true) {
			p.known.frozen.put(i)
			continue
		}
		p.writeReshape(w, at, tick)
	}
}

// writeReshape tells of a known entity's new set of types, if it is new to
// this peer.
func (p *Peer) writeReshape(w *wire.Writer, at int, tick uint32) {
	p.reshapeTo(w, at, p.maskFor(p.known.list[at].slot), tick)
}

// reshapeTo tells of a set of types.
func (p *Peer) reshapeTo(w *wire.Writer, at int, mask Mask, tick uint32) {
	k := &p.known.list[at]
	if mask == k.mask {
		return
	}
	p.cut(w, tick)
	fresh := mask &^ k.mask
	k.mask, k.batch = mask, p.batch
	p.known.version++
	p.known.pending.put(k.slot)
	p.touchOwn(k)
	w.Bits(opReshape, opBits)
	w.Uvarint(uint64(k.slot))
	p.writeMask(w, mask)
	p.writeSpawnValues(w, k.slot, fresh, k.own)
	p.known.retell(k.slot, fresh)
	p.known.begin(at, fresh&^p.server.table.Hidden, tick)
	refs := p.known.references(at)
	for f, field := range p.server.table.refs {
		if !mask.Has(field.typ) {
			refs[f] = 0
		}
	}
	if fresh&p.server.table.referring != 0 {
		p.met = append(p.met, k.slot)
	}
}

// maskFor is the set of types that the peer may know of an entity.
func (p *Peer) maskFor(i uint32) Mask {
	s := &p.server.tracker.slots[i]
	if s.net.Owner == p.player && p.player != 0 {
		return s.mask
	}
	return s.mask &^ p.server.table.OwnerOnly
}

// writeSightings spawns what the peer comes to see and drops what leaves its
// sight. Who sees everything is told of each spawn; with rules, a peer looks
// around every few snapshots, and at each spawn. It reports whether the peer
// now knows all that it should: of a large world it is told in parts, as fast
// as the connection takes them.
func (p *Peer) writeSightings(w *wire.Writer, tick uint32) (all bool) {
	tr, in := p.server.tracker, looking(p.server.tracker.world)
	if p.joined && (in == nil || p.turn > 0) {
		p.turn = max(p.turn, 1) - 1
		for _, i := range tr.spawned {
			if in == nil || p.sees(in, i, false) {
				p.writeSpawn(w, i, tick)
			}
		}
		return true
	}
	for _, i := range tr.spawned { // what is new does not wait for what was there
		if !p.writeIfSeen(w, in, i, tick) {
			break
		}
	}
	if in != nil {
		p.turn = max(in.area.Sweep, 1) - 1
		p.writeLeaves(w, in, tick)
		for _, i := range p.elders {
			p.writeChildren(w, i, tick)
		}
	}
	return p.writeAll(w, in, tick)
}

// writeLeaves drops or freezes what the peer no longer sees. What it predicts
// cannot be frozen: the client would simulate it on without ever being told.
func (p *Peer) writeLeaves(w *wire.Writer, in *Interest, tick uint32) {
	tr, k := p.server.tracker, &p.known
	p.elders = p.elders[:0]
	all := in.visible != nil || p.server.table.parent >= 0
	reach := p.reach(in, true)
	p.scratch = p.scratch[:0]
	for i, word := range k.slots {
		for plain := word; plain != 0; plain &= plain - 1 {
			slot := uint32(i*64 + bits.TrailingZeros64(plain))
			if all || tr.spots[slot].beyond(p.sight, reach) || tr.grouped.has(slot) || k.frozen.has(slot) {
				p.scratch = append(p.scratch, slot)
			}
		}
	}
	for _, slot := range p.scratch {
		if at, ok := p.known.find(slot); ok { // else it has gone with its parent
			p.lookAgain(w, in, at, tick)
		}
	}
}

// lookAgain drops or freezes what is known if it is no longer seen.
func (p *Peer) lookAgain(w *wire.Writer, in *Interest, at int, tick uint32) {
	k, tr := &p.known.list[at], p.server.tracker
	slot, was := k.slot, p.known.frozen.has(k.slot)
	if !p.sees(in, slot, true) {
		if k.own || tr.slots[slot].net.Life == WhileSeen {
			p.drop(w, at, opLeave, tick)
		} else {
			p.known.frozen.put(slot)
			p.writeSight(w, at, tick)
		}
		return
	}
	if was {
		p.known.frozen.drop(slot)
		p.writeSight(w, at, tick)
		p.writeTurn(w, at, tick)
		at, _ = p.known.find(slot)
		p.writeReshape(w, at, tick) // it may have changed while it was out of sight
		p.met = append(p.met, slot)
	}
	if p.server.table.parent >= 0 && len(tr.refs.from[slot]) > 0 {
		p.elders = append(p.elders, slot)
	}
}

// writeAll spawns everything that the peer sees and does not know, what it owns
// first. Without rules it sees everything. It reports false when it had to stop
// because the connection has enough to do.
func (p *Peer) writeAll(w *wire.Writer, in *Interest, tick uint32) bool {
	tr := p.server.tracker
	p.remaining = 0
	for _, i := range tr.owned[p.player] {
		p.writeIfSeen(w, in, i, tick)
	}
	if in == nil || tr.near == nil {
		for i := range tr.slots {
			if !p.writeIfSeen(w, in, uint32(i), tick) {
				p.remaining = len(tr.slots) - i
				return false
			}
		}
		return true
	}
	p.scratch = tr.far.all(p.scratch[:0])
	p.scratch = tr.near.within(p.scratch, p.sight, p.known.slots)
	reach := p.reach(in, false)
	p.scratch = slices.DeleteFunc(p.scratch, func(i uint32) bool { return tr.spots[i].beyond(p.sight, reach) })
	slices.Sort(p.scratch)
	for k, i := range p.scratch {
		if !p.writeIfSeen(w, in, i, tick) {
			p.remaining = len(p.scratch) - k
			return false
		}
	}
	return true
}

// writeIfSeen spawns an entity that the peer sees and does not know. It reports
// false when there is no room for more.
func (p *Peer) writeIfSeen(w *wire.Writer, in *Interest, i, tick uint32) bool {
	if p.server.tracker.slots[i].entity.IsZero() {
		return true
	}
	if _, knows := p.known.find(i); knows || in != nil && !p.sees(in, i, false) {
		return true
	}
	if !p.mayTell(w.BitLen() / 8) {
		return false
	}
	p.writeSpawn(w, i, tick)
	return true
}

func (p *Peer) beginStructure(w *wire.Writer, tick uint32) {
	w.Reset(w.Finish()[:0])
	w.Uvarint(uint64(p.batch))
	w.Bits(uint64(tick), 32)
}

func (p *Peer) endStructure(w *wire.Writer, more bool) {
	w.Bits(opEnd, opBits)
	w.Align()
	switch {
	case more:
		w.Bits(moreFollow, 8)
	case p.joined:
		w.Bits(0, 8)
	default:
		known := p.known.count()
		w.Bits(moreFollow+1+uint64(progressSteps*known/max(known+p.remaining, 1)), 8)
	}
	b := w.Finish()
	p.bytes += uint64(len(b))
	p.queued += len(b)
	p.server.joining -= len(b)
	p.server.counters.StructureBytes += uint64(len(b))
	p.keepCopy(b, more)
	if err := p.conn.Send(p.server.cfg.Channels.Structure, b, channel.SendOptions{}); err != nil && p.err == nil {
		p.err = fmt.Errorf("replicate: structure for player %d: %w", p.player, err)
	}
}

// cut sends what has been written when the message is large enough.
func (p *Peer) cut(w *wire.Writer, tick uint32) {
	if w.BitLen() >= structureMessage*8 {
		p.endStructure(w, true)
		p.beginStructure(w, tick)
	}
}

// writeSpawn spawns an entity that the peer does not know, with its parent and
// children.
func (p *Peer) writeSpawn(w *wire.Writer, i, tick uint32) {
	if _, knows := p.known.find(i); knows || p.writeElders(w, i, tick) {
		return
	}
	p.cut(w, tick)
	s := &p.server.tracker.slots[i]
	k := p.sighted(i)
	p.known.learn(k, recordTypes(p.server.table, k.mask, k.own), tick)
	p.met = append(p.met, i)
	p.touchOwn(&k)
	w.Bits(opSpawn, opBits)
	w.Uvarint(uint64(i))
	writeNet(w, s.net)
	w.Bool(s.born == p.server.tracker.scans)
	p.writeMask(w, k.mask)
	p.writeSpawnValues(w, i, k.mask, k.own)
	if p.server.table.parent >= 0 {
		p.writeChildren(w, i, tick)
	}
}

func (p *Peer) writeMask(w *wire.Writer, m Mask) { w.Bits(uint64(m), uint(len(p.server.table.Types))) }

func (p *Peer) writeSpawnValues(w *wire.Writer, i uint32, m Mask, own bool) {
	tr := p.server.tracker
	for t, typ := range tr.table.Types {
		if !m.Has(t) || typ.Hidden {
			continue
		}
		c, before := &p.server.counters.Types[t], w.BitLen()
		if own && typ.Predict {
			writeExact(w, typ, tr, i)
		} else {
			tr.writeValue(w, t, i)
		}
		c.Begun++
		c.BegunBits += uint64(w.BitLen() - before)
	}
}

// writeValue writes the quantised value of type t that the last scan found.
func (tr *tracker) writeValue(w *wire.Writer, t int, i uint32) {
	v := &tr.values[t]
	typ := tr.table.Types[t]
	typ.Quantised.WriteLanes(w, v.lanes[int(i)*v.stride:(int(i)+1)*v.stride])
	if v.tails != nil {
		// The tail travels as bits of the live value: it was encoded by the
		// scan in this same phase, so it cannot fail here.
		_ = typ.Quantised.WriteTail(w, tr.world.Pointer(tr.slots[i].entity, typ.Component.ID))
	}
}

// writeExact writes the value bit for bit, for those who predict it.
func writeExact(w *wire.Writer, typ *Type, tr *tracker, i uint32) {
	// Failing would mean a tail beyond its bound, which the scan has refused.
	_ = typ.Exact.Encode(w, tr.world.Pointer(tr.slots[i].entity, typ.Component.ID))
}

func writeNet(w *wire.Writer, n Net) {
	w.Bool(n.ID.Predicted())
	if n.ID.Predicted() {
		w.Bits(uint64(n.ID), 64)
	} else {
		w.Uvarint(uint64(n.ID))
	}
	w.Uvarint(uint64(n.Owner))
	w.Bits(uint64(n.Mode), 2)
}

// ErrMalformed is wrapped by every error about bytes that no server of this
// version writes.
var ErrMalformed = errors.New("replicate: malformed message")

func readNet(r *wire.Reader) (Net, error) {
	var n Net
	if r.Bool() {
		n.ID = ID(r.Bits(64))
	} else {
		n.ID = ID(r.Uvarint())
	}
	owner := r.Uvarint()
	n.Owner, n.Mode = input.PlayerID(owner), Mode(r.Bits(2))
	if n.ID == 0 || owner > 1<<16-1 || n.Mode >= modes {
		return n, ErrMalformed
	}
	return n, r.Err()
}
