package wire

import "math/bits"

// Roster writes which entities a datagram is about: ids in ascending order, against a list of ids that are likely, such as those that
// were in a datagram which the client has acknowledged. What moved goes on moving and what rested rests, so an id that was expected
// costs a fraction of a bit. The zero value expects nobody.
//
// The list is ascending, without duplicates, and the same on both sides; it is not written into.
type Roster struct {
	expected []uint32
	at       int    // of expected: the next
	from     uint32 // the least id that can come
	trend    uint8  // the last four outcomes: 1 for an expected id that came
}

// What comes next in a roster.
const (
	nextCame  = 0 // the next expected id is there
	nextNot   = 1 // it is not
	nextExtra = 2 // an unexpected one is, before the next expected one
	nextEnd   = 3
)

// Reset begins a datagram that is expected to be about the given ids.
func (r *Roster) Reset(expected []uint32) { *r = Roster{expected: expected} }

// next is the next expected id, if there is one.
func (r *Roster) next() (id uint32, ok bool) {
	if r.at < len(r.expected) {
		return r.expected[r.at], true
	}
	return 0, false
}

// context returns the context of what comes next.
func (r *Roster) context() int {
	if r.at >= len(r.expected) {
		return (rowNext + 1) * surprises
	}
	return rowNext*surprises + int(r.trend)
}

// pass goes on to the next expected id: the last one, id, came or it did not.
func (r *Roster) pass(id uint32, came uint8) {
	r.trend = r.trend<<1&15 | came
	r.at, r.from = r.at+1, id+1
}

// Record writes the next id and that what follows is about it, as Put does, and which of its types there are, as Types does. In a
// datagram of pieces an expected id with the expected types is one bit.
func (r *Roster) Record(e *Encoder, id uint32, present, possible, expected uint64) {
	if e.pieces {
		if r.ascends(id); r.putPieces(e, id, present == expected) {
			return
		}
	} else {
		r.Put(e, id)
	}
	e.Types(present, possible, expected)
}

// Put writes the next id, above the last one written, and that what follows is about it. Which types there are must follow. It panics if the id is not above the last.
func (r *Roster) Put(e *Encoder, id uint32) {
	r.ascends(id)
	if e.pieces {
		r.putPieces(e, id, false)
		return
	}
	next, ok := r.next()
	for ; ok && next < id; next, ok = r.next() {
		e.symbol(contextModel[r.context()], nextNot)
		r.pass(next, 0)
	}
	if ok && next == id {
		e.symbol(contextModel[r.context()], nextCame)
		r.pass(id, 1)
		return
	}
	e.symbol(contextModel[r.context()], nextExtra)
	e.gap(id - r.from)
	r.from = id + 1
}

func (r *Roster) ascends(id uint32) {
	if id < r.from {
		panic("wire: Roster: ids must ascend; sort the records of a datagram by id")
	}
}

// End writes that no id follows.
func (r *Roster) End(e *Encoder) {
	if e.pieces {
		e.bits.Bits(pieceEnd, pieceNext)
		return
	}
	e.symbol(contextModel[r.context()], nextEnd)
}

// Next reads the next id; false after the last one, and after an error. limit bounds the ids: one not below it is ErrRange.
func (r *Roster) Next(d *Decoder, limit uint32) (id uint32, ok bool) {
	if d.pieces {
		return r.nextPieces(d, limit)
	}
	for d.err == nil {
		next, expects := r.next()
		switch d.symbol(contextModel[r.context()]) {
		case nextNot:
			if expects {
				r.pass(next, 0)
				continue
			}
		case nextCame:
			if expects {
				r.pass(next, 1)
				return r.checked(d, uint64(next), limit)
			}
		case nextExtra:
			at := uint64(r.from) + uint64(d.gap())
			if expects && at >= uint64(next) {
				break
			}
			r.from = uint32(at) + 1
			return r.checked(d, at, limit)
		case nextEnd:
			return 0, false
		}
		d.Fail(ErrRange)
	}
	return 0, false
}

func (r *Roster) checked(d *Decoder, id uint64, limit uint32) (uint32, bool) {
	if id >= uint64(limit) {
		d.Fail(ErrRange)
	}
	d.Entity()
	return uint32(id), d.err == nil
}

// gap writes a number that is small more often than not.
func (e *Encoder) gap(v uint32) {
	if v == 0 {
		e.symbol(contextModel[rowGap*surprises], symbolZero)
		return
	}
	class, width := classOf(uint64(v))
	e.symbol(contextModel[rowGap*surprises], uint8(symbolFirst+2*class))
	if class < farClass {
		e.Bits(uint64(v), width)
	} else {
		e.Uvarint(uint64(v))
	}
}

func (d *Decoder) gap() uint32 {
	sym := d.symbol(contextModel[rowGap*surprises])
	if sym <= symbolZero {
		return 0
	}
	if class := int(sym-symbolFirst) / 2; class < farClass {
		least, width := classLeast(class)
		return uint32(least + d.Bits(width))
	}
	v := d.Uvarint()
	if v > 1<<32-1 {
		d.Fail(ErrRange)
		return 0
	}
	return uint32(v)
}

// Types writes which of an entity's component types a record has, as a set of bits: present is a subset of possible, which both sides
// know, and not empty; expected, also known to both and a subset of possible, are the types that are likely, such as those of its last
// record.
func (e *Encoder) Types(present, possible, expected uint64) {
	seen := uint64(0)
	for left := possible; left != 0; left &= left - 1 {
		if left&(left-1) == 0 && seen == 0 {
			return // a record has at least one
		}
		k := bits.TrailingZeros64(left)
		there := present >> (k & 63) & 1
		e.symbol(contextModel[typeContext(expected>>(k&63)&1, seen)], uint8(there))
		seen |= there
	}
}

// Types reads what Encoder.Types wrote.
func (d *Decoder) Types(possible, expected uint64) (present uint64) {
	if d.expects {
		if d.expects = false; expected == 0 {
			d.Fail(ErrRange)
		}
		return expected
	}
	seen := uint64(0)
	for left := possible; left != 0; left &= left - 1 {
		if left&(left-1) == 0 && seen == 0 {
			return left
		}
		k := bits.TrailingZeros64(left)
		switch d.symbol(contextModel[typeContext(expected>>(k&63)&1, seen)]) {
		case 0:
		case 1:
			present |= left & -left
			seen = 1
		default:
			d.Fail(ErrRange)
		}
	}
	return present
}

// typeContext is the context of whether a type is there; expected and seen are 0 or 1.
func typeContext(expected, seen uint64) uint64 { return (rowType+expected)*surprises + seen }
