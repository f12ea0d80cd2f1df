package wire

// Uvarint appends v in groups of 7 bits, the lowest first, each followed by a bit that says whether another group comes: LEB128, so
// that at a byte boundary it is the varint of Protocol Buffers and encoding/binary. Values below 128 take 8 bits, any value at most 80.
func (w *Writer) Uvarint(v uint64) {
	for v >= 0x80 {
		w.Bits(v|0x80, 8)
		v >>= 7
	}
	w.Bits(v, 8)
}

// Varint appends v zigzag-coded (0, -1, 1, -2, ...) as a Uvarint.
func (w *Writer) Varint(v int64) {
	w.Uvarint(zigzag(v))
}

// Uvarint takes a Uvarint. A value above 64 bits or padded with empty groups is ErrVarint: every value has one form.
func (r *Reader) Uvarint() uint64 {
	var v uint64
	for shift := uint(0); ; shift += 7 {
		b := r.Bits(8)
		if shift == 63 && b > 1 || shift > 0 && b == 0 {
			r.Fail(ErrVarint) // a reader that has failed reads zeros and keeps its first error
		}
		if r.err != nil {
			return 0
		}
		v |= (b & 0x7f) << shift
		if b < 0x80 {
			return v
		}
	}
}

// Varint takes a Varint.
func (r *Reader) Varint() int64 {
	return unzigzag(r.Uvarint())
}

func zigzag(v int64) uint64 {
	return uint64(v)<<1 ^ uint64(v>>63)
}

func unzigzag(u uint64) int64 {
	return int64(u>>1) ^ -int64(u&1)
}
