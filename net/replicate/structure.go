package replicate

import (
	"errors"

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
//	ops     2 bits op, uvarint slot, then
//	   despawn  –
//	   spawn    uvarint ID (predicted IDs: 1 bit, 64 bits), uvarint owner, 2 bits mode,
//	            mask, the values of the mask's types
//	   reshape  mask, the values of the types that are new
//	   end      (no slot)
//	8 bits, aligned    1 when more messages of the batch follow
//
// The values of types that the receiver predicts are exact, all others
// quantised.
const (
	opEnd = iota
	opDespawn
	opSpawn
	opReshape
)

// structureMessage is the size at which a batch is cut, in bytes.
const structureMessage = 8 << 10

// writeStructure sends the batch of this snapshot, if there is one.
func (p *Peer) writeStructure(tick uint32) {
	tr := p.server.tracker
	if p.joined && len(tr.despawned)+len(tr.spawned)+len(tr.reshaped) == 0 {
		return
	}
	p.batch++
	w := &p.server.writer
	p.beginStructure(w, tick)
	if !p.joined {
		p.joined = true
		for i := range tr.slots {
			if tr.slots[i].entity.IsZero() {
				continue
			}
			p.writeSpawn(w, uint32(i), tick)
		}
	} else {
		p.writeChanges(w, tick)
	}
	p.endStructure(w, false)
}

func (p *Peer) writeChanges(w *wire.Writer, tick uint32) {
	tr := p.server.tracker
	for _, i := range tr.despawned {
		if !p.known[i].has {
			continue
		}
		p.touchOwn(i)
		p.known[i] = known{}
		w.Bits(opDespawn, 2)
		w.Uvarint(uint64(i))
	}
	for _, c := range tr.reshaped {
		if !p.known[c.slot].has || tr.slots[c.slot].entity.IsZero() {
			continue
		}
		p.cut(w, tick)
		s := &tr.slots[c.slot]
		p.known[c.slot].batch = p.batch
		p.touchOwn(c.slot)
		w.Bits(opReshape, 2)
		w.Uvarint(uint64(c.slot))
		p.writeMask(w, s.mask)
		p.writeSpawnValues(w, c.slot, s.mask&^c.before)
		for t := range p.sent {
			if (s.mask &^ c.before).Has(t) {
				p.sent[t][c.slot], p.acked[t][c.slot] = tick, tick
			}
		}
	}
	for _, i := range tr.spawned {
		p.writeSpawn(w, i, tick)
	}
}

func (p *Peer) beginStructure(w *wire.Writer, tick uint32) {
	w.Reset(w.Finish()[:0])
	w.Uvarint(uint64(p.batch))
	w.Bits(uint64(tick), 32)
}

func (p *Peer) endStructure(w *wire.Writer, more bool) {
	w.Bits(opEnd, 2)
	w.Align()
	w.Bool(more)
	b := w.Finish()
	p.bytes += uint64(len(b))
	// The channel is reliable; an error means the connection is going down or
	// the peer has stopped reading, and the connection's owner ends it then.
	_ = p.conn.Send(p.server.cfg.Channels.Structure, b, channel.SendOptions{})
}

// cut sends what has been written when the message is large enough.
func (p *Peer) cut(w *wire.Writer, tick uint32) {
	if w.BitLen() >= structureMessage*8 {
		p.endStructure(w, true)
		p.beginStructure(w, tick)
	}
}

func (p *Peer) writeSpawn(w *wire.Writer, i, tick uint32) {
	p.cut(w, tick)
	s := &p.server.tracker.slots[i]
	p.learn(i, tick)
	w.Bits(opSpawn, 2)
	w.Uvarint(uint64(i))
	writeNet(w, s.net)
	p.writeMask(w, s.mask)
	p.writeSpawnValues(w, i, s.mask)
}

func (p *Peer) writeMask(w *wire.Writer, m Mask) { w.Bits(uint64(m), uint(len(p.server.table.Types))) }

func (p *Peer) writeSpawnValues(w *wire.Writer, i uint32, m Mask) {
	tr := p.server.tracker
	for t, typ := range tr.table.Types {
		if !m.Has(t) || typ.Hidden {
			continue
		}
		if p.known[i].own && typ.Predict {
			writeExact(w, typ, tr, i)
		} else {
			tr.writeValue(w, t, i)
		}
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
