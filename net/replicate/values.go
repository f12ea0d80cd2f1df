package replicate

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/wire"
)

// Value messages, on an unreliable channel: late, lost, in any order. Each
// names the structure batch that it needs and no later one, so that what is new
// elsewhere does not hold it up.
//
//	8 bits  kind
//	16 bits tick       low bits
//	16 bits batch      low bits
//	kindOwn, once a snapshot, first; batch: the last that changed the receiver's
//	own entities:
//	   status            see Status
//	   uvarint count     entities that this client predicts
//	   for each of them, in slot order: exact values of its predicted types
//	kindRecords, slots ascending; batch: the last that spawned or reshaped an
//	entity of the message:
//	   uvarint slot - last slot (the first: slot + 1); 0 ends the message
//	   1 bit for each type of the entity that can come here: its value follows
//	   values, quantised
//
// The own message is worth nothing once it is late, and its fate is not asked
// for. Records are sent again when they are lost.
const (
	kindOwn     = 1
	kindRecords = 2
)

// batchAt is where the batch stands in a message, in bytes.
const batchAt = 3

const (
	// valuesMessage is the size a values message may reach, in bytes: with all
	// headers it fits a datagram of 1200.
	valuesMessage = 1100
	// maxValueMessages bounds the datagrams of one snapshot to one peer; what
	// does not fit waits for the next, oldest first.
	maxValueMessages = 8
)

// candidate is an entity with something to send.
type candidate struct {
	slot  uint32
	age   uint32 // ticks since its stalest value was sent
	types Mask   // what is unsent
	bits  int    // most that its record can take
}

// writeValues sends the newest unsent values.
func (p *Peer) writeValues(tick uint32) {
	p.collect(tick)
	if len(p.queue) == 0 {
		return
	}
	w := &p.server.writer
	d := p.beginValues(w, tick)
	last, messages := uint32(0), 1
	for k := 0; k < len(p.queue); {
		c := p.queue[k]
		mark := w.Mark()
		sv := p.writeRecord(w, c, last, len(d.values) == 0)
		if w.BitLen() > (valuesMessage-1)*8 && len(d.values) > 0 {
			w.Rewind(mark)
			p.endValues(w, d)
			if messages++; messages > maxValueMessages {
				return
			}
			d = p.beginValues(w, tick)
			continue
		}
		d.values = append(d.values, sv)
		p.markSent(sv, tick)
		last = c.slot
		k++
	}
	p.endValues(w, d)
}

func (p *Peer) beginValues(w *wire.Writer, tick uint32) *datagram {
	header(w, kindRecords, tick, 0) // the batch is known at the end
	return p.record(tick)
}

func header(w *wire.Writer, kind uint64, tick, batch uint32) {
	w.Reset(w.Finish()[:0])
	w.Bits(kind, 8)
	w.Bits(uint64(tick), 16)
	w.Bits(uint64(batch), 16)
}

func (p *Peer) endValues(w *wire.Writer, d *datagram) {
	w.Uvarint(0)
	b := w.Finish()
	needs := uint32(0)
	for _, v := range d.values {
		needs = max(needs, p.known[v.slot].batch)
	}
	binary.LittleEndian.PutUint16(b[batchAt:], uint16(needs))
	p.bytes += uint64(len(b))
	if err := p.conn.Send(p.server.cfg.Channels.Values, b, channel.SendOptions{Token: d.token}); err != nil {
		p.settle(d, false) // never left: the next snapshot carries it
	}
}

// writeOwn sends the exact state of everything the peer predicts.
func (p *Peer) writeOwn(tick uint32) {
	tr, w := p.server.tracker, &p.server.writer
	header(w, kindOwn, tick, p.ownBatch)
	p.Status.write(w, tick)
	count := 0
	for i := range p.known {
		if p.known[i].own {
			count++
		}
	}
	w.Uvarint(uint64(count))
	for i := range p.known {
		if !p.known[i].own {
			continue
		}
		for t, typ := range tr.table.Types {
			if typ.Predict && tr.slots[i].mask.Has(t) {
				writeExact(w, typ, tr, uint32(i))
			}
		}
	}
	b := w.Finish()
	p.bytes += uint64(len(b))
	// An own message that could not leave is replaced by the next snapshot's.
	_ = p.conn.Send(p.server.cfg.Channels.Values, b, channel.SendOptions{})
}

// valueTypes is the set of types of an entity that travel in records.
func (p *Peer) valueTypes(i uint32) Mask {
	return recordTypes(p.server.table, p.server.tracker.slots[i].mask, p.known[i].own)
}

func recordTypes(t *Table, m Mask, own bool) Mask {
	m &^= t.Hidden
	if own {
		m &^= t.Predicted
	}
	return m
}

// unsent finds the types of a slot whose newest value was not sent, and the
// tick at which the stalest of them was sent last.
func (p *Peer) unsent(i uint32) (types Mask, oldest uint32) {
	oldest = ^uint32(0)
	m := p.valueTypes(i)
	for t := range p.sent {
		if m.Has(t) && p.server.tracker.values[t].changed[i] > p.sent[t][i] {
			types |= 1 << uint(t)
			oldest = min(oldest, p.sent[t][i])
		}
	}
	return types, oldest
}

func (p *Peer) writeRecord(w *wire.Writer, c candidate, last uint32, first bool) sentValues {
	tr := p.server.tracker
	if first {
		w.Uvarint(uint64(c.slot) + 1)
	} else {
		w.Uvarint(uint64(c.slot - last))
	}
	m := p.valueTypes(c.slot)
	for t := range tr.table.Types {
		if m.Has(t) {
			w.Bool(c.types.Has(t))
		}
	}
	for t := range tr.table.Types {
		if c.types.Has(t) {
			tr.writeValue(w, t, c.slot)
		}
	}
	return sentValues{slot: c.slot, id: tr.slots[c.slot].net.ID, types: c.types}
}

func (p *Peer) markSent(v sentValues, tick uint32) {
	p.known[v.slot].clean = tick
	for t := range p.sent {
		if v.types.Has(t) {
			p.sent[t][v.slot] = tick
		}
	}
}

// collect lists the entities that have unsent values, in slot order. When
// there are more than will fit, those that have waited longest are taken.
func (p *Peer) collect(tick uint32) {
	tr := p.server.tracker
	p.queue = p.queue[:0]
	total := 0
	for i := range tr.slots {
		s, k := &tr.slots[i], &p.known[i]
		if !k.has || s.dirty <= k.clean || s.entity.IsZero() {
			continue
		}
		types, oldest := p.unsent(uint32(i))
		if types == 0 {
			k.clean = tick
			continue
		}
		c := candidate{slot: uint32(i), age: tick - oldest, types: types, bits: 16}
		for t, typ := range tr.table.Types {
			if types.Has(t) {
				c.bits += typ.bits
			}
		}
		total += c.bits
		p.queue = append(p.queue, c)
	}
	if most := (maxValueMessages - 1) * valuesMessage * 8; total > most {
		p.queue = oldestThatFit(p.queue, most)
	}
}

func oldestThatFit(q []candidate, most int) []candidate {
	slices.SortFunc(q, func(a, b candidate) int { return cmp.Or(cmp.Compare(b.age, a.age), cmp.Compare(a.slot, b.slot)) })
	n := 0
	for n < len(q) && most > 0 {
		most -= q[n].bits
		n++
	}
	q = q[:n]
	slices.SortFunc(q, func(a, b candidate) int { return cmp.Compare(a.slot, b.slot) })
	return q
}
