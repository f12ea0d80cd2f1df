package replicate

import (
	"cmp"
	"fmt"
	"slices"
	"unsafe"

	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/wire"
)

const (
	// ownPart is the size at which an own message is cut into parts, in bytes:
	// what a message of the values channel may have, less its header.
	ownPart = 16000
	// maxOwnParts bounds the parts of one own message.
	maxOwnParts = 16
)

// writeOwn sends the exact state of everything the peer predicts, first in its
// snapshot. It is one message, or several that count only together.
func (p *Peer) writeOwn(tick uint32) {
	w := &p.server.own
	w.Reset(w.Finish()[:0])
	p.Status.write(w, tick)
	w.Uvarint(uint64(len(p.known.own)))
	for i := range p.known.own {
		p.writeOwned(w, &p.known.own[i])
	}
	b := w.Finish()
	parts := (len(b) + ownPart - 1) / ownPart
	if parts > maxOwnParts && p.err == nil {
		p.err = fmt.Errorf("replicate: what player %d predicts takes %d bytes a snapshot, at most %d can be sent: let it predict fewer entities, or fewer components of them", p.player, len(b), ownPart*maxOwnParts)
	}
	if parts > maxOwnParts {
		return
	}
	for i := range parts {
		p.sendOwn(b[i*ownPart:min((i+1)*ownPart, len(b))], tick, i, parts)
	}
}

// outdate notes, of what the peer predicts, which values this scan found other than
// they were told. It goes before the structure, which tells values as of this scan.
func (p *Peer) outdate() {
	for i := range p.known.own {
		o := &p.known.own[i]
		o.asTold &^= p.server.tracker.slots[o.slot].rewritten
	}
}

// writeOwned writes the exact values of one entity. One that is what came with the
// structure takes a bit: who reads this message has read that.
func (p *Peer) writeOwned(w *wire.Writer, o *owned) {
	s := p.server
	at, _ := p.known.find(o.slot)
	mask := p.known.list[at].mask
	for t, typ := range s.table.Types {
		if !typ.Predict || !mask.Has(t) {
			continue
		}
		c, before := &s.counters.Types[t], w.BitLen()
		same := typ.recalled() && o.asTold.Has(t)
		if typ.recalled() {
			w.Bool(same)
		}
		if !same {
			writeExact(w, typ, s.tracker, o.slot)
			c.Exact++
		}
		c.ExactBits += uint64(w.BitLen() - before)
	}
}

// recalled reports whether a client keeps the exact values of the type that come
// with the structure. A tail may change where memory does not show it, and without
// lanes there is nothing to keep.
func (t *Type) recalled() bool { return t.Exact.Fixed() && t.Exact.Lanes() > 0 }

// readTold reads an exact value that comes with the structure, and keeps it.
func (r *Replica) readTold(rd *wire.Reader, t int, p unsafe.Pointer) error {
	typ := r.client.table.Types[t]
	if !typ.recalled() {
		return typ.Exact.Decode(rd, p)
	}
	if r.told == nil {
		r.told = make([][]uint32, len(r.client.table.Types))
	}
	if r.told[t] == nil {
		r.told[t] = make([]uint32, typ.Exact.Lanes())
	}
	if err := typ.Exact.ReadLanes(rd, r.told[t]); err != nil {
		return err
	}
	typ.Exact.Dequantise(p, r.told[t])
	return rd.Err()
}

// ReadExact reads the value of predicted type t from the own section of a snapshot
// into p: bit for bit what the server has, or ErrMalformed, wrapped, or what the
// reader refuses. References are not in it; see [Replica.Point].
func (r *Replica) ReadExact(rd *wire.Reader, t int, p unsafe.Pointer) error {
	typ := r.client.table.Types[t]
	if !typ.recalled() || !rd.Bool() {
		return typ.Exact.Decode(rd, p)
	}
	if r.told == nil || r.told[t] == nil {
		return fmt.Errorf("%w: a value as it was told, which it was not", ErrMalformed)
	}
	typ.Exact.Dequantise(p, r.told[t])
	return nil
}

// sendOwn sends one part of an own message.
func (p *Peer) sendOwn(part []byte, tick uint32, i, parts int) {
	s, w := p.server, &p.server.writer
	kind := uint64(kindOwn)
	if parts > 1 {
		kind = kindOwnPart
	}
	header(w, kind, tick, p.ownBatch)
	if parts > 1 {
		w.Bits(uint64(i), 8)
		w.Bits(uint64(parts), 8)
	}
	w.Bytes(part)
	b := w.Finish()
	p.bytes += uint64(len(b))
	s.counters.OwnBytes += uint64(len(b))
	// An own message that could not leave is replaced by the next snapshot's.
	_ = p.conn.Send(s.cfg.Channels.Values, b, channel.SendOptions{})
}

// ownParts collects the parts of the newest own message that comes in parts.
type ownParts struct {
	tick  uint32
	parts [][]byte // nil: has not come
	left  int
}

// readOwnPart takes a part of an own message, and the whole with its last one.
func (c *Client) readOwnPart(h valuesHeader, data []byte) error {
	if len(data) < 3 || data[1] < 2 || data[1] > maxOwnParts || data[0] >= data[1] {
		return fmt.Errorf("part of an own message")
	}
	o, i, n := &c.ownParts, int(data[0]), int(data[1])
	if o.parts == nil || int32(h.tick-o.tick) > 0 {
		*o = ownParts{tick: h.tick, parts: make([][]byte, n), left: n}
	}
	if h.tick != o.tick {
		return nil // late: a newer one is coming in
	}
	if n != len(o.parts) {
		return fmt.Errorf("an own message of %d parts and of %d", n, len(o.parts))
	}
	if o.parts[i] != nil {
		return nil
	}
	o.parts[i] = append([]byte{}, data[2:]...)
	if o.left--; o.left > 0 {
		return nil
	}
	var whole []byte
	for _, part := range o.parts {
		whole = append(whole, part...)
	}
	c.reader.Reset(whole)
	return cmp.Or(c.readOwn(&c.reader, h), c.reader.Err())
}

// readOwn reads the own message. One that was written before the newest batch
// about own entities is about another set of them: its time has passed.
func (c *Client) readOwn(r *wire.Reader, h valuesHeader) error {
	var s Status
	s.read(r, h.tick)
	count := r.Uvarint()
	if r.Err() != nil || int32(h.tick-c.statusTick) <= 0 && c.statusTick != 0 {
		return r.Err()
	}
	c.status, c.statusTick = s, h.tick
	if h.batch != c.ownBatch || c.cfg.Predictor == nil {
		return nil
	}
	if count != uint64(len(c.own)) {
		return fmt.Errorf("%d own entities, %d are known", count, len(c.own))
	}
	c.witness.sawOwn(c.own, *r, h.tick)
	return c.cfg.Predictor.Confirm(h.tick, c.own, r)
}

// Foreign appends the players, ascending, who steer what the peer predicts, the
// peer's own left out.
func (p *Peer) Foreign(dst []input.PlayerID) []input.PlayerID {
	for _, o := range p.known.own {
		owner := p.server.tracker.slots[o.slot].net.Owner
		if owner == 0 || owner == p.player {
			continue
		}
		if at, known := slices.BinarySearch(dst, owner); !known {
			dst = slices.Insert(dst, at, owner)
		}
	}
	return dst
}
