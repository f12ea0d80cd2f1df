package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Range coder (Martin 1979), 64 bits of state, 32 moved at a time, carries propagated into what was written.
//
// A message is one number between 0 and 1. Each symbol narrows the interval [low, low+span) that holds it to the part which belongs to the symbol; as
// soon as the span is below 2^32 the upper half of low is settled but for a carry and moves into the buffer, big-endian. At the end the
// number with the fewest bytes is taken from the interval; bytes that a Decoder finds missing are zeros.
const (
	totalBits  = 14 // probabilities are multiples of 2^-14
	total      = 1 << totalBits
	settled    = 1 << 32
	wholeSpan  = 1<<64 - 1
	maxMissing = 8 // zeros a Decoder may add: it looks that far ahead
)

// An Encoder writes one datagram: raw bits, ids and updates in one entropy-coded stream. Its models start from priors that are part of
// the protocol and adapt to what is written, so a datagram can be read without any other. The zero value is not ready: Reset it first. It
// keeps 10 KB, so one is best reused.
type Encoder struct {
	buf    []byte
	low    uint64
	span   uint64
	models adaptive

	pieces bool   // begun with ResetPieces
	bits   Writer // then in place of all of the above
}

// Reset begins a datagram that is range-coded, into buf[:0]'s capacity, growing it as append does.
func (e *Encoder) Reset(buf []byte) {
	e.buf, e.low, e.span, e.pieces = buf[:0], 0, wholeSpan, false
	e.models.reset()
}

// Len returns how many bytes Finish would return at most.
func (e *Encoder) Len() int {
	if e.pieces {
		return e.bits.BitLen()/8 + 1
	}
	return len(e.buf) + 8
}

// Bits appends the low n bits of v, which cost just n bits. It panics if n exceeds 64.
func (e *Encoder) Bits(v uint64, n uint) {
	if n > 64 {
		panic("wire: Encoder.Bits takes at most 64 bits")
	}
	for n > 16 {
		n -= 16
		e.raw(v>>n&0xffff, 16)
	}
	e.raw(v&(1<<n-1), n)
}

// Uvarint appends v in groups of 7 bits, as Writer.Uvarint does.
func (e *Encoder) Uvarint(v uint64) {
	for v >= 0x80 {
		e.raw(v&0x7f|0x80, 8)
		v >>= 7
	}
	e.raw(v, 8)
}

// Bytes appends p, 8 bits a byte.
func (e *Encoder) Bytes(p []byte) {
	for _, b := range p {
		e.raw(uint64(b), 8)
	}
}

// Update appends what Codec.Update made, of one component of an entity or of several together. Updates of one entity follow one another in
// an order both sides know, after the entity's id: Roster.Put, or where ids are written in another way the reader's Decoder.Entity.
func (e *Encoder) Update(symbols []Symbol) {
	if e.pieces {
		e.updatePieces(symbols)
		return
	}
	low, span, models := e.low, e.span, &e.models // in registers
	for i := range symbols {
		s := &symbols[i]
		if s.ctx != rawOnly {
			m, sym := contextModel[s.ctx]&(numModels-1), s.sym&(alphabet-1)
			t := models.at[m]
			from, part := uint64(t[sym]), span>>totalBits
			span = part * (uint64(t[sym+1]) - from)
			by := part * from
			low += by
			if low < by {
				e.carry()
			}
			if span < settled {
				e.buf = binary.BigEndian.AppendUint32(e.buf, uint32(low>>32))
				low, span = low<<32, span<<32
			}
			models.counts[m][sym]++ // as learn does
			if models.left[m]--; models.left[m] == 0 {
				models.mix(m)
			}
		}
		switch n := s.bits; {
		case n == 0:
		case n <= 16:
			span >>= n & 31
			by := uint64(s.extra) * span
			low += by
			if low < by {
				e.carry()
			}
			if span < settled {
				e.buf = binary.BigEndian.AppendUint32(e.buf, uint32(low>>32))
				low, span = low<<32, span<<32
			}
		default:
			e.low, e.span = low, span
			e.Bits(uint64(s.extra), uint(n))
			low, span = e.low, e.span
		}
	}
	e.low, e.span = low, span
}

// raw narrows the interval to part v of 2^n equal ones, n at most 16.
func (e *Encoder) raw(v uint64, n uint) {
	if e.pieces {
		e.bits.Bits(v, n)
		return
	}
	e.span >>= n
	e.narrow(v * e.span)
}

// symbol codes a symbol by a model.
func (e *Encoder) symbol(model, sym uint8) {
	if e.pieces {
		e.word(model, sym)
		return
	}
	models, m, s := &e.models, model&(numModels-1), sym&(alphabet-1)
	t := models.at[m]
	from, part := uint64(t[s]), e.span>>totalBits
	e.span = part * (uint64(t[s+1]) - from)
	e.narrow(part * from)
	models.counts[m][s]++ // as learn does
	if models.left[m]--; models.left[m] == 0 {
		models.mix(m)
	}
}

// narrow adds to low and writes what is settled.
func (e *Encoder) narrow(by uint64) {
	e.low += by
	if e.low < by {
		e.carry()
	}
	if e.span < settled {
		e.buf = binary.BigEndian.AppendUint32(e.buf, uint32(e.low>>32))
		e.low, e.span = e.low<<32, e.span<<32
	}
}

// carry adds one to the number written so far.
func (e *Encoder) carry() {
	for i := len(e.buf) - 1; i >= 0; i-- {
		e.buf[i]++
		if e.buf[i] != 0 {
			return
		}
	}
}

// Finish ends the datagram and returns it: the encoder's own memory, valid until the next Reset. Nothing may be written after it.
func (e *Encoder) Finish() []byte {
	if e.pieces {
		return e.bits.Finish()
	}
	for n := uint(0); n <= 8; n++ {
		below := uint64(wholeSpan) >> (8 * n)
		v := (e.low + below) &^ below
		if v-e.low >= e.span {
			continue
		}
		if v < e.low {
			e.carry()
		}
		for ; n > 0; n-- {
			e.buf = append(e.buf, byte(v>>56))
			v <<= 8
		}
		break
	}
	return e.buf
}

// A Decoder reads what an Encoder wrote. It keeps its first error: from then on everything reads as zero. It is safe on any bytes. The
// zero value is not ready: Reset it first.
type Decoder struct {
	buf      []byte
	code     uint64 // the number read, less low
	span     uint64
	missing  int // bytes read beyond the end
	surprise uint8
	err      error
	models   adaptive

	pieces bool   // begun with ResetPieces
	bits   Reader // then in place of all that is range-coded

	expects bool // the record that is being read has the expected types
}

// Reset begins to read a range-coded datagram, which must not change until it is read.
func (d *Decoder) Reset(buf []byte) {
	d.buf, d.code, d.span, d.missing, d.surprise, d.err, d.pieces, d.expects = buf, 0, wholeSpan, 0, surpriseUnknown, nil, false, false
	d.models.reset()
	d.code = uint64(d.next())<<32 | uint64(d.next())
}

// Err returns the first error, nil if there was none.
func (d *Decoder) Err() error { return d.err }

// Fail makes err the decoder's error unless it has one.
func (d *Decoder) Fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

// Done checks, after everything was read, that nothing is left over but the up to 8 bytes that a decoder looks ahead: ErrTrailing if so.
// It returns the first error.
func (d *Decoder) Done() error {
	if d.pieces {
		d.donePieces()
		return d.err
	}
	if len(d.buf) > 0 {
		d.Fail(ErrTrailing)
	}
	return d.err
}

// ErrTrailing says that a datagram goes on after its end.
var ErrTrailing = errors.New("wire: data goes on after its end")

// Bits takes n bits. It panics if n exceeds 64.
func (d *Decoder) Bits(n uint) (v uint64) {
	if n > 64 {
		panic("wire: Decoder.Bits takes at most 64 bits")
	}
	for n > 16 {
		n -= 16
		v = v<<16 | d.raw(16)
	}
	v = v<<n | d.raw(n)
	if d.err != nil {
		return 0
	}
	return v
}

// Uvarint takes a number that Uvarint wrote. One above 64 bits or padded is ErrVarint.
func (d *Decoder) Uvarint() (v uint64) {
	for shift := uint(0); ; shift += 7 {
		b := d.raw(8)
		if shift == 63 && b > 1 || shift > 0 && b == 0 {
			d.Fail(ErrVarint)
		}
		if d.err != nil {
			return 0
		}
		v |= (b & 0x7f) << shift
		if b < 0x80 {
			return v
		}
	}
}

// Bytes fills dst.
func (d *Decoder) Bytes(dst []byte) {
	for i := range dst {
		dst[i] = byte(d.raw(8))
	}
}

// Entity says that what follows belongs to another entity than what came before. Roster.Next says so itself.
func (d *Decoder) Entity() { d.surprise = surpriseUnknown }

func (d *Decoder) raw(n uint) uint64 {
	if d.err != nil {
		return 0
	}
	if d.pieces {
		v := d.bits.Bits(n)
		d.short()
		return v
	}
	d.span >>= n
	v := d.code / d.span
	if v >= 1<<n {
		d.Fail(ErrRange)
		return 0
	}
	d.code -= v * d.span
	d.refill()
	return v
}

func (d *Decoder) symbol(model uint8) uint8 {
	if d.err != nil {
		return 0
	}
	if d.pieces {
		return d.word(model)
	}
	t := d.models.at[model&(numModels-1)]
	part := d.span >> totalBits
	v := d.code / part
	if v >= total {
		d.Fail(ErrRange)
		return 0
	}
	sym := t.find(uint16(v))
	from := uint64(t[sym])
	d.code -= part * from
	d.span = part * (uint64(t[sym+1]) - from)
	d.refill()
	d.models.learn(model, sym)
	return sym
}

func (d *Decoder) refill() {
	if d.span < settled {
		d.code, d.span = d.code<<32|uint64(d.next()), d.span<<32
	}
}

// next takes four bytes, zeros where there are none.
func (d *Decoder) next() (v uint32) {
	if len(d.buf) >= 4 {
		v = binary.BigEndian.Uint32(d.buf)
		d.buf = d.buf[4:]
		return v
	}
	for i := range 4 {
		v <<= 8
		if i < len(d.buf) {
			v |= uint32(d.buf[i])
		}
	}
	d.missing += 4 - len(d.buf)
	d.buf = nil
	if d.missing > maxMissing {
		d.Fail(fmt.Errorf("%d bytes beyond the end: %w", d.missing, ErrShort))
	}
	return v
}
