package replicate

import (
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
//	   for each of them, in slot order: its predicted types, each with
//	      1 bit if it has lanes and no tail: as it came with the newest structure
//	      that brought it; otherwise the exact value follows
//	kindOwnPart, in place of kindOwn where it would be larger than 16000 bytes:
//	   8 bits part, 8 bits parts (2 to 16), then bytes that continue those of the
//	   part before: together what follows in kindOwn
//	kindCopy, batch: its number:
//	   the one message of a structure batch, once more
//	kindRecords; batch: the last that spawned or reshaped an entity of the message:
//	   16 bits seq        of this message, low bits; 1, 2, 3 …
//	   1 bit  pieces      how the stream is coded
//	   7 bits skip        64: there are no references
//	   32 bits refs       bit i: the receiver has message seq-1-skip-i. Not with skip 64
//	   then one stream, of prefix codes if it is of pieces, otherwise range-coded:
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
	kindOwnPart = 3
	kindCopy    = 4
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
	slot  uint32
	at    uint32 // place in the peer's knowledge
	can   Mask   // types of which records tell this peer
	types Mask   // what is unsent
	bits  uint32 // most that its record can take
	late  bool   // perhaps of scans before the newest
	later bool   // something else is held back by its rate

	urgency float32
}

// writeValues sends the newest unsent values.
func (p *Peer) writeValues(tick uint32) {
	s := p.server
	p.collect(tick)
	if len(s.queue) == 0 {
		return
	}
	e := &s.encoder
	took, most := s.counters.RecordBytes, 0
	defer func() { p.filled(int(s.counters.RecordBytes-took)*8, most) }()
	d := p.beginValues(tick, 0)
	for k, messages := 0, 1; k < len(s.queue); k++ {
		c := &s.queue[k]
		most += int(c.bits)
		if e.Len()+int(c.bits+7)/8 > valuesMessage-recordsHeader && len(d.slots) > 0 {
			p.endValues(d, tick)
			if messages++; messages > maxValueMessages {
				return
			}
			d = p.beginValues(tick, c.slot)
		}
		p.writeRecord(c, d)
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
	p.window = window{seq: d.seq, refs: p.sent.refs(), tick: tick, most: baseSnapshots * s.cfg.Interval}
	p.alike = alike{}
	s.meter.begin(d.seq)
	s.expected = roster(s.expected[:0], &p.sent, d.seq, p.window.refs)
	from, _ := slices.BinarySearch(s.expected, first)
	if s.tracker.pieces {
		s.encoder.ResetPieces(s.stream)
	} else {
		s.encoder.Reset(s.stream)
	}
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
	p.sent.end(d)
	w := &s.writer
	header(w, kindRecords, tick, p.needs)
	w.Bits(uint64(d.seq), 16)
	skip := bits.TrailingZeros64(p.window.refs)
	w.Bool(s.tracker.pieces)
	w.Bits(uint64(skip), 7)
	if skip < refWindow {
		w.Bits(p.window.refs>>skip, refSpan)
	}
	w.Bytes(s.stream)
	b := w.Finish()
	p.bytes += uint64(len(b))
	s.counters.RecordBytes += uint64(len(b))
	s.counters.Datagrams++
	s.counters.Records += uint64(len(d.slots))
	if err := p.conn.Send(s.cfg.Channels.Values, b, channel.SendOptions{Token: uint64(d.seq)}); err != nil {
		p.settle(d, false) // never left: the next snapshot carries it
	}
}

// recordTypes is the set of types of an entity that travel in records.
func recordTypes(t *Table, m Mask, own bool) Mask {
	m &^= t.Hidden
	if own {
		m &^= t.Predicted
	}
	return m
}

// writeRecord writes the newest values of one entity.
func (p *Peer) writeRecord(c *candidate, d *datagram) {
	s, k := p.server, &p.known.list[c.at]
	past, expected := p.bases(k, c.types)
	s.roster.Record(&s.encoder, c.slot, uint64(c.types), uint64(c.can), uint64(expected&c.can))
	s.write(s.tracker.record(c.slot, recordKey{c.types, past}, s.backs, !s.unshared))
	p.known.tell(int(c.at), c.types, d.seq, d.tick)
	if !c.later {
		p.known.pending.drop(c.slot)
	}
	p.needs = max(p.needs, k.batch)
	d.slots = append(d.slots, c.slot)
}

// bases finds what some types of an entity are coded against, and of which of its
// types the references have told. If they are not alike, s.backs is it by type.
func (p *Peer) bases(k *known, types Mask) (past pastKey, expected Mask) {
	s := p.server
	if k.first.more == 0 {
		d := &k.first
		b, direct := p.against(d.among(p.window.refs, p.window.seq), d.structure)
		if direct {
			expected = d.types
		}
		return alikePast(b), expected
	}
	var all backs // of the types, if they agree
	parts, apart := 0, false
	for d := &k.first; d != nil; d = p.known.next(d) {
		b, direct := p.against(d.among(p.window.refs, p.window.seq), d.structure)
		if direct {
			expected |= d.types
		}
		in := uint64(d.types & types)
		if in == 0 {
			continue
		}
		parts++
		apart = apart || parts > 1 && b != all
		for all = b; in != 0; in &= in - 1 {
			s.backs[bits.TrailingZeros64(in)] = b
		}
	}
	if apart {
		return pastOfTypes(types, s.backs), expected
	}
	return alikePast(all), expected
}

// newestThree is the lowest three bits of a set.
func newestThree(set uint64) uint64 {
	a := set & -set
	set ^= a
	b := set & -set
	set ^= b
	return a | b | set&-set
}

// alike is what against found in a datagram for a few sets of earlier ones: most of
// its entities were told of in the same.
type alike [8]struct {
	told uint64 // 0: free
	b    backs
}

// place is where a set is kept.
func (a *alike) place(told uint64) int { return int(told * 0x9e3779b97f4a7c15 >> 61) }

// against is what a type is coded against that the references in told have told
// of: the newest of them, then the structure's value. direct says whether the
// newest is of a reference.
func (p *Peer) against(told uint64, structure uint32) (b backs, direct bool) {
	told = newestThree(told)
	kept := &p.alike[p.alike.place(told)&7]
	if kept.told == told && told != 0 {
		return kept.b, true
	}
	w, scan, n := &p.window, p.server.tracker.scans, 0
	for left := told; left != 0 && n < len(bases{}); left &= left - 1 {
		seq := w.seq - 1 - uint32(bits.TrailingZeros64(left))
		back := scan - p.sent.ring[seq%sentRing].scan
		if back == 0 || back > baseSnapshots {
			break
		}
		b |= backs(back) << (n * backBits)
		n++
	}
	if n == len(bases{}) {
		kept.told, kept.b = told, b
	} else if structure != 0 && w.recent(structure) {
		b |= backs((w.tick-structure)/p.server.cfg.Interval) << (n * backBits)
	}
	return b, n > 0
}
