package wire

import "math/bits"

// Prefix codes: the other way to write symbols. A range coder makes one number of a whole datagram, in which no symbol has bits of its
// own; here each has, so an update's bits are made once and copied into the datagram of everyone to whom it says the same. That takes
// about a tenth more bytes, and a few nanoseconds for each who is told.
//
// A model's code is the shortest whose words have at most maxWord bits, by its prior: wordLengths, which TestPriors finds. The words are
// in canonical order and go with their first bit first.
const maxWord = 12

// MostOfSymbol is about the most that the symbols of a lane take beyond the lane's own bits: a word, and how many bits follow.
const MostOfSymbol = maxWord + farBits

// word is how a symbol of a model is written: n bits, the first in bit 0. n is 0 if the model does not have the symbol.
type word struct {
	bits uint16
	n    uint8
}

// prefixCode is the code of one model, to write and to read.
type prefixCode struct {
	words  [alphabet]word
	counts [maxWord + 1]uint8 // words of each length
	order  [alphabet]uint8    // symbols by length, then by number: as their words count up
}

var prefixCodes = buildPrefixCodes()

func buildPrefixCodes() (out [numModels]prefixCode) {
	for m := range out {
		out[m] = newPrefixCode(&wordLengths[m])
	}
	return out
}

// newPrefixCode makes the words of the given lengths.
func newPrefixCode(lengths *[alphabet]uint8) (c prefixCode) {
	next, at := uint16(0), 0
	for n := uint8(1); n <= maxWord; n++ {
		next <<= 1
		for s, length := range lengths {
			if length == n {
				c.words[s] = word{bits: bits.Reverse16(next) >> (16 - n), n: n}
				c.order[at] = uint8(s)
				c.counts[n]++
				next, at = next+1, at+1
			}
		}
	}
	return c
}

// AppendPiece appends symbols as bits to a piece: n bits so far, in the words that dst ends with. A new piece has none. It returns dst
// and how many bits the piece has now.
func AppendPiece(dst []uint64, n uint32, symbols []Symbol) ([]uint64, uint32) {
	acc, at := uint64(0), n&63
	if at > 0 {
		acc, dst = dst[len(dst)-1], dst[:len(dst)-1]
	}
	for i := range symbols {
		s := &symbols[i]
		v, k := uint64(0), uint32(0)
		if s.ctx != rawOnly {
			w := prefixCodes[contextModel[s.ctx]&(numModels-1)].words[s.sym&(alphabet-1)]
			v, k = uint64(w.bits), uint32(w.n)
		}
		extra, more := uint64(s.extra), uint32(s.bits)
		if more > 16 { // as Bits does: what is above the lowest 16 first
			v |= extra >> (more - 16) & 0xffff << k
			k, more = k+16, more-16
			extra &= 1<<more - 1
		}
		v |= extra << k
		k += more
		n += k
		acc |= v << at
		if at += k; at >= 64 {
			dst = append(dst, acc)
			at -= 64
			acc = v >> (k - at)
		}
	}
	if at > 0 {
		dst = append(dst, acc)
	}
	return dst, n
}

// ResetPieces begins a datagram that is written as prefix codes, into buf[:0]'s capacity.
func (e *Encoder) ResetPieces(buf []byte) {
	e.pieces = true
	e.bits.Reset(buf)
}

// Piece appends n bits that AppendPiece made, which belong to a datagram begun with ResetPieces.
func (e *Encoder) Piece(words []uint64, n uint32) {
	for ; n > 64; n -= 64 {
		e.bits.Bits(words[0], 64)
		words = words[1:]
	}
	if n > 0 {
		e.bits.Bits(words[0], uint(n))
	}
}

// word writes a symbol by its prefix code.
func (e *Encoder) word(model, sym uint8) {
	w := prefixCodes[model&(numModels-1)].words[sym&(alphabet-1)]
	e.bits.Bits(uint64(w.bits), uint(w.n))
}

// updatePieces is Update for a datagram of prefix codes.
func (e *Encoder) updatePieces(symbols []Symbol) {
	for i := range symbols {
		s := &symbols[i]
		if s.ctx != rawOnly {
			e.word(contextModel[s.ctx], s.sym)
		}
		e.Bits(uint64(s.extra), uint(s.bits))
	}
}

// ResetPieces begins to read a datagram of prefix codes, which must not change until it is read.
func (d *Decoder) ResetPieces(buf []byte) {
	d.pieces, d.expects, d.surprise, d.err = true, false, surpriseUnknown, nil
	d.bits.Reset(buf)
}

// word reads a symbol by its prefix code.
func (d *Decoder) word(model uint8) uint8 {
	c := &prefixCodes[model&(numModels-1)]
	code, first, index := 0, 0, 0
	for _, count := range c.counts[1:] {
		code |= int(d.bits.Bits(1))
		if n := code - first; n < int(count) && n >= 0 {
			if d.short() {
				return 0
			}
			return c.order[(index+n)&(alphabet-1)]
		}
		index += int(count)
		first = (first + int(count)) << 1
		code <<= 1
	}
	if !d.short() {
		d.Fail(ErrRange)
	}
	return 0
}

// short passes the error of a datagram that ends early on.
func (d *Decoder) short() bool {
	if err := d.bits.Err(); err != nil {
		d.Fail(err)
	}
	return d.err != nil
}

// donePieces checks that nothing is left but zeros up to the next byte.
func (d *Decoder) donePieces() {
	if n := d.bits.Left(); n > 7 || d.bits.Bits(uint(n)) != 0 {
		d.Fail(ErrTrailing)
	}
}
