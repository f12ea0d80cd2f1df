package replicate

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/wire"
)

// Value messages, on an unreliable channel: late, lost, in any order. Each
// names the structure batch that it needs and no later one, so that what is new
// elsewhere does not hold it up.
//
//	4 bits  kind
//	4 bits  zero: the session's
//	16 bits tick       low bits
//	16 bits batch      low bits
//	kindOwn, once a snapshot, first; batch: the last that changed the receiver's
//	own entities:
//	   status            see Status
//	   uvarint count     entities that this client predicts
//	   for each of them, in slot order: exact values of its predicted types
//	kindRecords; batch: the last that spawned or reshaped an entity of the message:
//	   16 bits seq        of this message, low bits; 1, 2, 3 …
//	   8 bits skip        64: there are no references
//	   32 bits refs       bit i: the receiver has message seq-1-skip-i. Not with skip 64
//	   then one range-coded stream:
//	   uvarint first      slot from which on this message tells
//	   the slots, ascending, against the roster of the references; each with
//	      which types follow
//	      for each of them its update against the newest values in the
//	      references, and its tail: uvarint bytes, bytes
//
// The own message is worth nothing once it is late, and its fate is not asked
// for. Records are sent again when they are lost.
const (
	kindOwn     = 1
	kindRecords = 2
)

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
	at    int  // place in the peer's knowledge
	types Mask // what is unsent
	bits  int  // most that its record can take
	later bool // something else is held back by its rate

	urgency float32
}

// writeValues sends the newest unsent values.
func (p *Peer) writeValues(tick uint32) {
	p.collect(tick)
	if len(p.queue) == 0 {
		return
	}
	e := &p.server.encoder
	d := p.beginValues(tick, 0)
	for k, messages := 0, 1; k < len(p.queue); k++ {
		c := p.queue[k]
		if e.Len()+(c.bits+7)/8 > valuesMessage-recordsHeader && len(d.values) > 0 {
			p.endValues(d, tick)
			if messages++; messages > maxValueMessages {
				return
			}
			d = p.beginValues(tick, p.known.list[c.at].slot)
		}
		d.values = append(d.values, p.writeRecord(c, tick))
		p.markSent(c, tick)
	}
	p.endValues(d, tick)
}

// recordsHeader is the most that comes before the stream of a records message,
// in bytes.
const recordsHeader = 12

// beginValues begins a records message about slots from first on.
func (p *Peer) beginValues(tick, first uint32) *datagram {
	s := p.server
	d := p.record(tick)
	p.needs = 0
	p.window = window{seq: d.seq, refs: p.sent.refs(d.seq), tick: tick, most: baseSnapshots * s.cfg.Interval}
	s.expected = roster(s.expected[:0], &p.sent, d.seq, p.window.refs)
	from, _ := slices.BinarySearch(s.expected, first)
	s.encoder.Reset(s.stream)
	s.encoder.Uvarint(uint64(first))
	s.roster.Reset(s.expected[from:])
	return d
}

func header(w *wire.Writer, kind uint64, tick, batch uint32) {
	w.Reset(w.Finish()[:0])
	w.Bits(kind, 8)
	w.Bits(uint64(tick), 16)
	w.Bits(uint64(batch), 16)
}

func (p *Peer) endValues(d *datagram, tick uint32) {
	s := p.server
	s.roster.End(&s.encoder)
	s.stream = s.encoder.Finish()
	w := &s.writer
	header(w, kindRecords, tick, p.needs)
	w.Bits(uint64(d.seq), 16)
	skip := bits.TrailingZeros64(p.window.refs)
	w.Bits(uint64(skip), 8)
	if skip < refWindow {
		w.Bits(p.window.refs>>skip, refSpan)
	}
	w.Bytes(s.stream)
	b := w.Finish()
	p.bytes += uint64(len(b))
	s.counters.RecordBytes += uint64(len(b))
	s.counters.Datagrams++
	s.counters.Records += uint64(len(d.values))
	if err := p.conn.Send(s.cfg.Channels.Values, b, channel.SendOptions{Token: uint64(d.seq)}); err != nil {
		p.settle(d, false) // never left: the next snapshot carries it
	}
}

// writeOwn sends the exact state of everything the peer predicts.
func (p *Peer) writeOwn(tick uint32) {
	tr, w := p.server.tracker, &p.server.writer
	header(w, kindOwn, tick, p.ownBatch)
	p.Status.write(w, tick)
	w.Uvarint(uint64(p.ownCount))
	for i := range p.known.list {
		k := &p.known.list[i]
		if !k.own {
			continue
		}
		for t, typ := range tr.table.Types {
			if typ.Predict && k.mask.Has(t) {
				writeExact(w, typ, tr, k.slot)
			}
		}
	}
	b := w.Finish()
	p.bytes += uint64(len(b))
	p.server.counters.OwnBytes += uint64(len(b))
	// An own message that could not leave is replaced by the next snapshot's.
	_ = p.conn.Send(p.server.cfg.Channels.Values, b, channel.SendOptions{})
}

// recordTypes is the set of types of an entity that travel in records.
func recordTypes(t *Table, m Mask, own bool) Mask {
	m &^= t.Hidden
	if own {
		m &^= t.Predicted
	}
	return m
}

// unsent finds the types of a known entity whose newest value was not sent,
// and the tick at which the stalest of them was sent last. later: a type is
// held back by its rate.
func (p *Peer) unsent(at int, tick uint32) (types Mask, oldest uint32, later bool) {
	k := &p.known.list[at]
	oldest = ^uint32(0)
	m := recordTypes(p.server.table, k.mask, k.own)
	state := p.known.deliveries(at)
	for t := range state {
		d := &state[t]
		if !m.Has(t) || p.server.tracker.values[t].changed[k.slot] <= d.sent {
			continue
		}
		if tick-d.sent < p.server.table.Types[t].pause {
			later = true
			continue
		}
		types |= 1 << uint(t)
		oldest = min(oldest, d.sent)
	}
	return types, oldest, later
}

// writeRecord writes the newest values of one entity.
func (p *Peer) writeRecord(c candidate, tick uint32) sentValues {
	s, tr, k := p.server, p.server.tracker, &p.known.list[c.at]
	s.roster.Put(&s.encoder, k.slot)
	can, state := recordTypes(tr.table, k.mask, k.own), p.known.deliveries(c.at)
	var expected Mask
	for t := range state {
		if can.Has(t) {
			b, direct := state[t].bases(p.window)
			s.bases[t] = b
			if direct {
				expected |= 1 << uint(t)
			}
		}
	}
	s.encoder.Types(uint64(c.types), uint64(can), uint64(expected))
	for t := range state {
		if !c.types.Has(t) {
			continue
		}
		s.encoder.Update(tr.update(t, k.slot, tick, s.bases[t], !s.unshared))
		if v := &tr.values[t]; v.tails != nil {
			s.encoder.Uvarint(uint64(len(v.tails[k.slot])))
			s.encoder.Bytes(v.tails[k.slot])
		}
	}
	return sentValues{slot: k.slot, id: k.id, types: c.types}
}

func (p *Peer) markSent(c candidate, tick uint32) {
	k := &p.known.list[c.at]
	p.needs = max(p.needs, k.batch)
	if !c.later {
		k.clean = tick
	}
	state := p.known.deliveries(c.at)
	for t := range state {
		if c.types.Has(t) {
			state[t].sent = tick
		}
	}
}

// collect lists the entities that have unsent values, in slot order. When
// there are more than will fit, those that matter most are taken.
func (p *Peer) collect(tick uint32) {
	tr, in := p.server.tracker, looking(p.server.tracker.world)
	p.queue = p.queue[:0]
	total := 0
	for at := range p.known.list {
		k := &p.known.list[at]
		if tr.slots[k.slot].dirty <= k.clean || k.frozen {
			continue
		}
		if in != nil && tr.slots[k.slot].net.Owner != p.player && !p.within(in, &tr.slots[k.slot], true) {
			continue // has just left: not a value more, and the next look around drops it
		}
		types, oldest, later := p.unsent(at, tick)
		if types == 0 {
			if !later {
				k.clean = tick
			}
			continue
		}
		c := candidate{at: at, types: types, bits: 64, later: later}
		for t, typ := range tr.table.Types {
			if types.Has(t) {
				c.bits += typ.bits
				if v := &tr.values[t]; v.tails != nil {
					c.bits += 16 + 8*len(v.tails[k.slot])
				}
			}
		}
		c.urgency = float32(tick-oldest) * p.nearness(&tr.slots[k.slot])
		total += c.bits
		p.queue = append(p.queue, c)
	}
	if most := p.room(); total > most {
		p.queue = mostUrgent(p.queue, most)
	}
}

// room is how many bits of records this snapshot may have.
func (p *Peer) room() int {
	most := (maxValueMessages - 1) * valuesMessage
	if p.Budget > 0 {
		most = min(most, max(p.Budget, valuesMessage))
	}
	return most * 8
}

// nearness weighs an entity by its distance from where the peer sees: from 1
// down to a quarter. Since urgency grows with every tick that a value waits,
// nothing waits more than four times as long as the nearest.
func (p *Peer) nearness(s *slot) float32 {
	if !s.placed || p.sight.Radius == 0 {
		return 1
	}
	c := p.sight
	dx, dy := s.x-c.X, s.y-c.Y
	far := (dx*dx + dy*dy) / (c.Radius * c.Radius)
	return 1 / (1 + 3*min(far, 1))
}

// mostUrgent takes what fits, most urgent first, and returns it in slot order.
func mostUrgent(q []candidate, most int) []candidate {
	slices.SortFunc(q, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.urgency, a.urgency), cmp.Compare(a.at, b.at))
	})
	n := 0
	for n < len(q) && most > 0 {
		most -= q[n].bits
		n++
	}
	q = q[:n]
	slices.SortFunc(q, func(a, b candidate) int { return cmp.Compare(a.at, b.at) })
	return q
}
