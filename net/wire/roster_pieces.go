package wire

// What comes next in a roster of a datagram of pieces, the first bit lowest.
const (
	pieceCame  = 0b0    // the next expected id, with the expected types
	pieceNot   = 0b01   // not the next expected id
	pieceOther = 0b011  // the next expected id; which types follows
	pieceExtra = 0b0111 // an unexpected id; how far ahead, and which types, follows
	pieceEnd   = 0b1111
	pieceNext  = 4 // bits of the longest
)

// putPieces is Put for a datagram of pieces. It reports whether that says the types, too, which are expected or not.
func (r *Roster) putPieces(e *Encoder, id uint32, expected bool) (typed bool) {
	if id < r.from {
		panic("wire: Roster: ids must ascend; sort the records of a datagram by id")
	}
	next, ok := r.next()
	for ; ok && next < id; next, ok = r.next() {
		e.bits.Bits(pieceNot, 2)
		r.pass(next, 0)
	}
	if !ok || next != id {
		e.bits.Bits(pieceExtra, 4)
		e.gap(id - r.from)
		r.from = id + 1
		return false
	}
	r.pass(id, 1)
	if !expected {
		e.bits.Bits(pieceOther, 3)
		return false
	}
	e.bits.Bits(pieceCame, 1)
	return true
}

// nextPieces is Next for a datagram of pieces.
func (r *Roster) nextPieces(d *Decoder, limit uint32) (id uint32, ok bool) {
	for {
		next, expects := r.next()
		what := d.piece()
		switch {
		case d.short():
			return 0, false
		case what == pieceExtra:
			return r.extra(d, limit)
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
