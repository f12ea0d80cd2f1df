package wire

import "slices"

// What comes next in a roster of a datagram of pieces, the first bit lowest.
const (
	pieceCame  = 0b0    // the next expected id, with the expected types
	pieceNot   = 0b01   // not the next expected id
	pieceOther = 0b011  // the next expected id; which types follows
	pieceExtra = 0b0111 // an id anywhere ahead; how far, and which types, follows
	pieceEnd   = 0b1111
	pieceNext  = 4 // bits of the longest
)

// mostNot is how many expected ids are passed over one by one; more are cheaper to pass at once.
const mostNot = 4

// putPieces is Put for a datagram of pieces. It reports whether that says the types, too, which are expected or not.
func (r *Roster) putPieces(e *Encoder, id uint32, expected bool) (typed bool) {
	ahead := r.expected[r.at:]
	ahead = ahead[:min(len(ahead), mostNot+1)]
	nots := 0
	for nots < len(ahead) && ahead[nots] < id {
		nots++
	}
	if nots > mostNot || nots == len(ahead) || ahead[nots] != id {
		e.bits.Bits(pieceExtra, 4)
		e.gap(id - r.from)
		r.passTo(id)
		return false
	}
	for _, not := range ahead[:nots] {
		e.bits.Bits(pieceNot, 2)
		r.pass(not, 0)
	}
	r.pass(id, 1)
	if !expected {
		e.bits.Bits(pieceOther, 3)
		return false
	}
	e.bits.Bits(pieceCame, 1)
	return true
}

// passTo goes on behind an id, past what was expected up to it.
func (r *Roster) passTo(id uint32) {
	at, found := slices.BinarySearch(r.expected[r.at:], id)
	if r.at += at; found {
		r.at++
	}
	r.from = id + 1
}

// nextPieces is Next for a datagram of pieces.
func (r *Roster) nextPieces(d *Decoder, limit uint32) (id uint32, ok bool) {
	d.expects = false
	for {
		next, expects := r.next()
		what := d.piece()
		switch {
		case d.short():
			return 0, false
		case what == pieceExtra:
			at := uint64(r.from) + uint64(d.gap())
			if id, ok = r.checked(d, at, limit); ok {
				r.passTo(id)
			}
			return id, ok
		case what == pieceEnd:
			return 0, false
		case !expects:
			d.Fail(ErrRange)
			return 0, false
		}
		r.pass(next, 0)
		if what != pieceNot {
			d.expects = what == pieceCame
			return r.checked(d, uint64(next), limit)
		}
	}
}

// piece reads what comes next in a roster.
func (d *Decoder) piece() (what uint8) {
	for range pieceNext {
		if d.bits.Bits(1) == 0 {
			break
		}
		what = what<<1 | 1
	}
	return what
}
