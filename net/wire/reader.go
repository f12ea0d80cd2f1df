package wire

import (
	"encoding/binary"
	"unsafe"
)

// Reader takes bits from a buffer in the order a Writer appended them. It keeps its first error: from then on everything reads as
// zero and Left is 0, so a decoder checks Err once, at its end. The zero value reads an empty buffer.
type Reader struct {
	buf []byte // not yet in acc
	acc uint64 // the next n bits
	n   uint   // 0..63
	err error
}

// Reset forgets the error and reads from the start of buf, which must not change while it is read.
func (r *Reader) Reset(buf []byte) {
	*r = Reader{buf: buf}
}

// Err returns the first error, nil if there was none.
func (r *Reader) Err() error {
	return r.err
}

// Fail makes err the reader's error unless it has one, so that code above can reject a value in the same way as the reader does.
func (r *Reader) Fail(err error) {
	if r.err == nil && err != nil {
		*r = Reader{err: err}
	}
}

// Left returns the number of bits not yet read.
func (r *Reader) Left() int {
	return len(r.buf)*8 + int(r.n)
}

// Bits takes n bits, the first one taken in bit 0. It panics if n exceeds 64.
func (r *Reader) Bits(n uint) uint64 {
	if n > r.n {
		return r.refill(n)
	}
	v := r.acc & (1<<n - 1)
	r.acc >>= n
	r.n -= n
	return v
}

// refill is Bits for more bits than the accumulator holds: it loads the next 64, or what is left of them.
func (r *Reader) refill(n uint) uint64 {
	if n > 64 {
		panic("wire: Reader.Bits takes at most 64 bits")
	}
	var next uint64
	size := min(8, len(r.buf))
	missing := n - r.n
	if missing > uint(size)*8 {
		r.Fail(ErrShort)
		return 0
	}
	if size == 8 {
		next = binary.LittleEndian.Uint64(r.buf)
	} else {
		for i, b := range r.buf {
			next |= uint64(b) << (8 * i)
		}
	}
	r.buf = r.buf[size:]
	v := (r.acc | next<<r.n) & (1<<n - 1)
	r.acc = next >> missing
	r.n = uint(size)*8 - missing
	return v
}

// Bool takes one bit.
func (r *Reader) Bool() bool {
	return r.Bits(1) != 0
}

// Bytes fills dst, 8 bits a byte, from whatever bit the reader stands at. If fewer are left, dst is zeroed and the error is ErrShort.
func (r *Reader) Bytes(dst []byte) {
	if len(dst) > r.Left()/8 {
		r.Fail(ErrShort)
		clear(dst)
		return
	}
	for ; len(dst) > 0 && r.n&7 == 0 && r.n > 0; dst = dst[1:] {
		dst[0] = byte(r.Bits(8))
	}
	if r.n == 0 {
		r.buf = r.buf[copy(dst, r.buf):]
		return
	}
	for ; len(dst) >= 8; dst = dst[8:] {
		binary.LittleEndian.PutUint64(dst, r.Bits(64))
	}
	for i := range dst {
		dst[i] = byte(r.Bits(8))
	}
}

// String takes a string of at most max bytes: a Uvarint length, then the bytes, which may be any bytes. A longer one is ErrLength.
func (r *Reader) String(max int) string {
	n := r.Uvarint()
	if n > uint64(max) {
		r.Fail(ErrLength)
		return ""
	}
	return r.text(int(n))
}

// text takes n bytes as a string.
func (r *Reader) text(n int) string {
	b := r.bytes(n)
	return unsafe.String(unsafe.SliceData(b), len(b)) // b is not written again
}

// bytes takes n bytes. Memory is taken only for bytes that are there.
func (r *Reader) bytes(n int) []byte {
	if n > r.Left()/8 {
		r.Fail(ErrShort)
		return nil
	}
	b := make([]byte, n)
	r.Bytes(b)
	return b
}

// Align skips to the next byte. Bits skipped are not looked at.
func (r *Reader) Align() {
	r.Bits(r.n & 7) // the accumulator ends at a byte
}
