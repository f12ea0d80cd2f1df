package replicate

import (
	"cmp"
	"fmt"
	"slices"

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
	s, w := p.server, &p.server.own
	w.Reset(w.Finish()[:0])
	p.Status.write(w, tick)
	w.Uvarint(uint64(len(p.known.own)))
	for _, slot := range p.known.own {
		at, _ := p.known.find(slot)
		k := &p.known.list[at]
		for t, typ := range s.table.Types {
			if typ.Predict && k.mask.Has(t) {
				c, before := &s.counters.Types[t], w.BitLen()
				writeExact(w, typ, s.tracker, slot)
				c.Exact++
				c.ExactBits += uint64(w.BitLen() - before)
			}
		}
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
	for _, slot := range p.known.own {
		owner := p.server.tracker.slots[slot].net.Owner
		if owner == 0 || owner == p.player {
			continue
		}
		if at, known := slices.BinarySearch(dst, owner); !known {
			dst = slices.Insert(dst, at, owner)
		}
	}
	return dst
}
