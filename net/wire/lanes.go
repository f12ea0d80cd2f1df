package wire

import "unsafe"

// Quantise fills lanes with the fixed part of the value at p. Numbers outside their range clamp, NaN becomes the least value (0 for an
// angle), and the lanes of an absent Optional are 0. It panics if there are fewer than Lanes() lanes.
func (c *Codec) Quantise(lanes []uint32, p unsafe.Pointer) {
	lanes = lanes[:len(c.lanes)]
	for i := 0; i < len(c.ops); i++ {
		o := &c.ops[i]
		at := unsafe.Add(p, o.offset)
		switch o.kind {
		case opStep32:
			lanes[o.lane] = o.steps.quantise(float64(*(*float32)(at)))
		case opStep64:
			lanes[o.lane] = o.steps.quantise(*(*float64)(at))
		case opAngle32:
			lanes[o.lane] = o.angles.quantise(float64(*(*float32)(at)))
		case opAngle64:
			lanes[o.lane] = o.angles.quantise(*(*float64)(at))
		case opRaw32:
			lanes[o.lane] = *(*uint32)(at)
		case opRaw64:
			split(lanes[o.lane:], *(*uint64)(at))
		case opQuat32:
			q := (*[4]float32)(at)
			o.quat.quantise(lanes[o.lane:], [4]float64{float64(q[0]), float64(q[1]), float64(q[2]), float64(q[3])})
		case opQuat64:
			o.quat.quantise(lanes[o.lane:], *(*[4]float64)(at))
		case opEntity:
			lanes[o.lane] = 0
		case opBool:
			lanes[o.lane] = uint32(*(*uint8)(at))
		case opOptional:
			if set := *(*bool)(at); set {
				lanes[o.lane] = 1
				continue
			}
			clear(lanes[o.lane : o.lane+1+int(c.lanes[o.lane].skip)])
			i += o.skip
		default:
			v := min(max(o.load(at), o.low)-o.low, o.span)
			if o.wide {
				split(lanes[o.lane:], v)
			} else {
				lanes[o.lane] = uint32(v)
			}
		}
	}
}

// Dequantise sets the fixed part of the value at p from lanes that came from Quantise, ReadLanes or ReadDelta. An absent Optional's
// Value is zeroed.
func (c *Codec) Dequantise(p unsafe.Pointer, lanes []uint32) {
	lanes = lanes[:len(c.lanes)]
	for i := 0; i < len(c.ops); i++ {
		o := &c.ops[i]
		at := unsafe.Add(p, o.offset)
		switch l := lanes[o.lane]; o.kind {
		case opStep32:
			*(*float32)(at) = float32(o.steps.value(l))
		case opStep64:
			*(*float64)(at) = o.steps.value(l)
		case opAngle32:
			*(*float32)(at) = float32(o.angles.value(l))
		case opAngle64:
			*(*float64)(at) = o.angles.value(l)
		case opRaw32:
			*(*uint32)(at) = l
		case opRaw64:
			*(*uint64)(at) = joined(lanes[o.lane:])
		case opQuat32:
			q := o.quat.value(lanes[o.lane:])
			*(*[4]float32)(at) = [4]float32{float32(q[0]), float32(q[1]), float32(q[2]), float32(q[3])}
		case opQuat64:
			*(*[4]float64)(at) = o.quat.value(lanes[o.lane:])
		case opEntity:
			clear(unsafe.Slice((*byte)(at), o.size))
		case opBool:
			*(*bool)(at) = l != 0
		case opOptional:
			*(*bool)(at) = l != 0
			if l == 0 {
				zero(p, c.ops[i+1:i+1+o.skip])
				i += o.skip
			}
		default:
			v := uint64(l)
			if o.wide {
				v = joined(lanes[o.lane:])
			}
			o.store(at, o.low+v)
		}
	}
}

// split stores a 64-bit number in two lanes, the lower half first.
func split(lanes []uint32, v uint64) {
	lanes[0], lanes[1] = uint32(v), uint32(v>>32)
}

func joined(lanes []uint32) uint64 {
	return uint64(lanes[0]) | uint64(lanes[1])<<32
}

// load returns the integer at p, flipped if it is signed.
func (o *op) load(p unsafe.Pointer) uint64 {
	switch o.kind {
	case opInt8:
		return uint64(*(*int8)(p)) ^ flip
	case opInt16:
		return uint64(*(*int16)(p)) ^ flip
	case opInt32:
		return uint64(*(*int32)(p)) ^ flip
	case opInt64:
		return uint64(*(*int64)(p)) ^ flip
	case opUint8:
		return uint64(*(*uint8)(p))
	case opUint16:
		return uint64(*(*uint16)(p))
	case opUint32:
		return uint64(*(*uint32)(p))
	default:
		return *(*uint64)(p)
	}
}

// store is the inverse of load. Flipping changes only bit 63, which all but opInt64 cut off.
func (o *op) store(p unsafe.Pointer, v uint64) {
	switch o.kind {
	case opInt8, opUint8:
		*(*uint8)(p) = uint8(v)
	case opInt16, opUint16:
		*(*uint16)(p) = uint16(v)
	case opInt32, opUint32:
		*(*uint32)(p) = uint32(v)
	case opInt64:
		*(*uint64)(p) = v ^ flip
	default:
		*(*uint64)(p) = v
	}
}

// zero clears the memory that the instructions would set.
func zero(p unsafe.Pointer, ops []op) {
	for i := range ops {
		o := &ops[i]
		at := unsafe.Add(p, o.offset)
		switch o.kind {
		case opInt8, opUint8, opBool, opOptional:
			*(*uint8)(at) = 0
		case opInt16, opUint16:
			*(*uint16)(at) = 0
		case opInt64, opUint64, opRaw64, opStep64, opAngle64:
			*(*uint64)(at) = 0
		case opQuat32:
			*(*[4]float32)(at) = [4]float32{}
		case opQuat64:
			*(*[4]float64)(at) = [4]float64{}
		case opEntity:
			clear(unsafe.Slice((*byte)(at), o.size))
		default:
			*(*uint32)(at) = 0
		}
	}
}

// WriteLanes appends the lanes at their full widths, without those of absent Optionals.
func (c *Codec) WriteLanes(w *Writer, lanes []uint32) {
	lanes = lanes[:len(c.lanes)]
	for i := 0; i < len(lanes); i++ {
		l := &c.lanes[i]
		w.Bits(uint64(lanes[i]), uint(l.bits))
		if l.skip > 0 && lanes[i] == 0 {
			i += int(l.skip)
		}
	}
}

// ReadLanes fills lanes with what WriteLanes wrote. A lane above its range is ErrRange. After an error the lanes are not to be used.
func (c *Codec) ReadLanes(r *Reader, lanes []uint32) error {
	lanes = lanes[:len(c.lanes)]
	for i := 0; i < len(lanes); i++ {
		l := &c.lanes[i]
		v := uint32(r.Bits(uint(l.bits)))
		if v > l.max {
			r.Fail(ErrRange)
			return r.err
		}
		lanes[i] = v
		if l.skip > 0 && v == 0 {
			clear(lanes[i+1 : i+1+int(l.skip)])
			i += int(l.skip)
		}
	}
	return c.checkWide(r, lanes)
}

// checkWide checks the numbers whose range ends within two lanes, and returns the reader's error.
func (c *Codec) checkWide(r *Reader, lanes []uint32) error {
	for _, w := range c.wide {
		if joined(lanes[w.lane:]) > w.max {
			r.Fail(ErrRange)
		}
	}
	return r.err
}
