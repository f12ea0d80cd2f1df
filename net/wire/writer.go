package wire

import "encoding/binary"

// Writer appends bits to a buffer, least significant bit first: the first bit written is bit 0 of the first byte. The zero value is
// ready. It grows its buffer as append does and never fails.
type Writer struct {
	buf []byte
	acc uint64 // the last n bits written, not yet in buf
	n   uint   // 0..63
}

// Mark is a place in what a Writer has written.
type Mark struct {
	len int
	acc uint64
	n   uint
}

// Reset forgets everything written and continues into buf[:0], using its capacity.
func (w *Writer) Reset(buf []byte) {
	*w = Writer{buf: buf[:0]}
}

// Bits appends the low n bits of v. It panics if n exceeds 64.
func (w *Writer) Bits(v uint64, n uint) {
	v &= 1<<n - 1
	w.acc |= v << w.n
	w.n += n
	if w.n >= 64 {
		w.spill(v, n)
	}
}

// spill moves the full accumulator into the buffer. The n bits of v that were just added overran it by w.n-64.
func (w *Writer) spill(v uint64, n uint) {
	if n > 64 {
		panic("wire: Writer.Bits takes at most 64 bits")
	}
	w.buf = binary.LittleEndian.AppendUint64(w.buf, w.acc)
	w.n -= 64
	w.acc = v >> (n - w.n)
}

// Bool appends one bit.
func (w *Writer) Bool(b bool) {
	var v uint64
	if b {
		v = 1
	}
	w.Bits(v, 1)
}

// Bytes appends p as it is, 8 bits a byte, at whatever bit the writer stands.
func (w *Writer) Bytes(p []byte) {
	if w.n&7 == 0 {
		w.flush()
		w.buf = append(w.buf, p...)
		return
	}
	for ; len(p) >= 8; p = p[8:] {
		w.Bits(binary.LittleEndian.Uint64(p), 64)
	}
	for _, b := range p {
		w.Bits(uint64(b), 8)
	}
}

// String appends the length of s in bytes as a Uvarint, then its bytes.
func (w *Writer) String(s string) {
	w.Uvarint(uint64(len(s)))
	w.text(s)
}

// text appends the bytes of s.
func (w *Writer) text(s string) {
	if w.n&7 == 0 {
		w.flush()
		w.buf = append(w.buf, s...)
		return
	}
	for i := range len(s) {
		w.Bits(uint64(s[i]), 8)
	}
}

// Align appends zero bits up to the next byte.
func (w *Writer) Align() {
	w.Bits(0, -w.n&7)
}

// BitLen returns the number of bits written.
func (w *Writer) BitLen() int {
	return len(w.buf)*8 + int(w.n)
}

// Finish aligns to a byte and returns everything written. The slice is the writer's own: it is valid until the next Reset, and
// writing on appends to it.
func (w *Writer) Finish() []byte {
	w.Align()
	w.flush()
	return w.buf
}

// flush moves the accumulator's whole bytes into the buffer. The writer stands at a byte.
func (w *Writer) flush() {
	for ; w.n > 0; w.n -= 8 {
		w.buf = append(w.buf, byte(w.acc))
		w.acc >>= 8
	}
}

// Mark returns the present place, for Rewind.
func (w *Writer) Mark() Mark {
	return Mark{len: len(w.buf), acc: w.acc, n: w.n}
}

// Rewind takes back everything written since m, a Mark of this writer made since its last Reset and not itself taken back.
func (w *Writer) Rewind(m Mark) {
	w.buf, w.acc, w.n = w.buf[:m.len], m.acc, m.n
}
