package wire

// Delta form of a value against a base, both as lanes:
//
//	1 bit       whether anything differs; if not, that is all
//	each lane   1 bit, whether it differs, then
//	            for a lane of 1 bit     nothing: it is the other value
//	            for a lane of 2..4 bits the new value
//	            for a wider lane        2 bits k, then ceil(width·(k+1)/4) bits of the difference
//
// The difference is taken modulo 2^width and zigzag-coded (-1, 1, -2, 2, ... as 0, 1, 2, 3, ...): a lane moves about as far in a tick
// as it did in the last, so quarter, half and three quarters of its width cover near and far at a cost of two bits. Lanes of an absent
// Optional are left out as in WriteLanes; those of one that appeared are coded against zeros.

// plainBits is the widest lane that is sent as it is.
const plainBits = 4

// WriteDelta appends cur as a difference from base. Both must be lanes that this codec can produce.
func (c *Codec) WriteDelta(w *Writer, base, cur []uint32) {
	base, cur = base[:len(c.lanes)], cur[:len(c.lanes)]
	if len(c.lanes) == 0 {
		return
	}
	differs := false
	for i, v := range cur {
		if v != base[i] {
			differs = true
			break
		}
	}
	w.Bool(differs)
	if !differs {
		return
	}
	for i := 0; i < len(cur); i++ {
		l := &c.lanes[i]
		l.writeDelta(w, base[i], cur[i])
		if l.skip > 0 && cur[i] == 0 {
			i += int(l.skip)
		}
	}
}

// ReadDelta fills cur from a difference from base; cur and base may be the same slice. A lane above its range is ErrRange. After an
// error cur is not to be used.
func (c *Codec) ReadDelta(r *Reader, base, cur []uint32) error {
	base, cur = base[:len(c.lanes)], cur[:len(c.lanes)]
	if len(c.lanes) == 0 || !r.Bool() {
		copy(cur, base)
		return r.err
	}
	for i := 0; i < len(cur); i++ {
		l := &c.lanes[i]
		v := l.readDelta(r, base[i])
		if v > l.max {
			r.Fail(ErrRange)
			return r.err
		}
		cur[i] = v
		if l.skip > 0 && v == 0 {
			clear(cur[i+1 : i+1+int(l.skip)])
			i += int(l.skip)
		}
	}
	return c.checkWide(r, cur)
}

func (l *lane) writeDelta(w *Writer, base, cur uint32) {
	switch {
	case l.bits == 0:
	case cur == base:
		w.Bits(0, 1)
	case l.bits == 1:
		w.Bits(1, 1)
	case l.bits <= plainBits:
		w.Bits(1|uint64(cur)<<1, 1+uint(l.bits))
	default:
		far := 32 - uint(l.bits)
		diff := int32((cur-base)<<far) >> far // sign-extended: -2^(bits-1) .. 2^(bits-1)-1, not 0
		zig := uint64(uint32(diff<<1^diff>>31) - 1)
		k := uint64(0)
		for zig >= 1<<l.quarter(k) {
			k++
		}
		w.Bits(1|k<<1|zig<<3, 3+l.quarter(k))
	}
}

func (l *lane) readDelta(r *Reader, base uint32) uint32 {
	switch {
	case l.bits == 0 || !r.Bool():
		return base
	case l.bits == 1:
		return base ^ 1
	case l.bits <= plainBits:
		return uint32(r.Bits(uint(l.bits)))
	default:
		zig := uint32(r.Bits(l.quarter(r.Bits(2)))) + 1
		diff := zig>>1 ^ -(zig & 1)
		return (base + diff) & (1<<l.bits - 1)
	}
}

// quarter returns the width of differences of size class k, 0..3.
func (l *lane) quarter(k uint64) uint {
	return (uint(l.bits)*uint(k+1) + 3) / 4
}
