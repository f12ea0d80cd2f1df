package wire

import (
	"reflect"
	"unsafe"
)

// Mode says how floats travel.
type Mode uint8

const (
	Quantised Mode = iota // floats with a tag become steps of their range
	Exact                 // floats travel raw, bit for bit; all else as in Quantised
)

// Codec encodes values of one type. It is compiled once into flat programs, holds no reflection that runs per value, and is safe for
// concurrent use. Methods that take an unsafe.Pointer expect it to point at a value of the compiled type.
type Codec struct {
	typ    reflect.Type
	mode   Mode
	schema string
	ops    []op        // moves the fixed part between memory and lanes
	lanes  []lane      // what each lane looks like on the wire
	wide   []wideRange // 64-bit ranges that do not end at a power of two
	tails  []tail      // the variable part, in field order
	fields []Field     // what the programs move, in field order
	groups []group     // the lanes as updates code them
}

// Field is one leaf of a compiled type: a number, bool, string, []byte or slice. Fields left out by their tags are none.
type Field struct {
	Path   string // as in Go: Body.Trail[2].X
	Type   reflect.Type
	Offset uintptr // from the start of the compiled type
	Lane   int     // its first lane; -1: in the tail
	Step   float64 // floats: distance of neighbouring values on the wire; 0: raw
	Angle  bool    // a float in radians that wraps at 2π
	Kind   Kind    // what the field means, for those who blend or translate it
}

// Kind says what a field means beyond its Go type.
type Kind uint8

const (
	Plain      Kind = iota // what its Go type says
	Angle                  // a float in radians that wraps at 2π
	Quaternion             // four floats, together one Field: a rotation
	Color                  // one channel of a colour
	Enum                   // an integer that names one of several things: between two of them there is nothing
	Entity                 // a reference that the caller of Dequantise sets, see the package comment
)

// opKind names what an instruction moves.
type opKind uint8

const (
	opBool opKind = iota
	opInt8        // the integers by size
	opInt16
	opInt32
	opInt64
	opUint8
	opUint16
	opUint32
	opUint64
	opRaw32 // the float32 kinds, then the float64 kinds in the same order
	opStep32
	opAngle32
	opRaw64
	opStep64
	opAngle64
	opQuat32
	opQuat64
	opEntity
	opOptional
	opString // the kinds of the tail
	opBytes
	opSlice
)

// op moves one field between memory and its lanes.
type op struct {
	kind   opKind
	wide   bool // a second lane holds the upper 32 bits
	offset uintptr
	lane   int
	skip   int    // opOptional: the instructions of its Value
	low    uint64 // integers: least value, flipped if signed
	span   uint64 // integers: greatest lane
	steps  steps
	angles angles
	quat   quaternions
	size   uintptr // opEntity: bytes in memory
}

// lane describes one lane on the wire.
type lane struct {
	max  uint32
	bits uint8
	kind laneKind
	skip uint16 // the lanes after this one that exist only while it is 1
}

// laneKind says how a lane moves, and so how an update codes it.
type laneKind uint8

const (
	laneNumber laneKind = iota // on a line
	laneAngle                  // on a circle of 2^bits
	laneFloat                  // the bits of a float32
	laneFlag                   // 0 or 1
	laneEnum                   // a name: another one is no nearer or farther
	laneRaw                    // half of a 64-bit number, or an entity
	laneQuat                   // of a quaternion: the largest component's index, then the three others
)

// wideRange bounds a number of two lanes.
type wideRange struct {
	lane int
	max  uint64
}

// Type returns the compiled type.
func (c *Codec) Type() reflect.Type { return c.typ }

// Schema returns the canonical text of the wire form, one line a field in field order. Two codecs with equal text understand each
// other, whatever the names of their Go types.
func (c *Codec) Schema() string { return c.schema }

// Lanes returns the number of lanes of the fixed part.
func (c *Codec) Lanes() int { return len(c.lanes) }

// LaneBits returns the width of lane i on the wire, 0..32 bits.
func (c *Codec) LaneBits(i int) uint { return uint(c.lanes[i].bits) }

// Fields returns the leaves of the type in field order, an Optional's Set before what is in its Value. The slice is the codec's own.
func (c *Codec) Fields() []Field { return c.fields }

// Fixed reports whether the lanes hold everything: no strings, bytes or slices.
func (c *Codec) Fixed() bool { return len(c.tails) == 0 }

// smallLanes is how many lanes of scratch Encode and Decode clear for a small value; a large one has them clear MaxLanes.
const smallLanes = 32

// Encode appends the value at p. The error is ErrLength, wrapped; nothing is appended then.
func (c *Codec) Encode(w *Writer, p unsafe.Pointer) error {
	if len(c.lanes) <= smallLanes {
		var scratch [smallLanes]uint32
		return c.encode(w, p, scratch[:len(c.lanes)])
	}
	var scratch [MaxLanes]uint32
	return c.encode(w, p, scratch[:len(c.lanes)])
}

func (c *Codec) encode(w *Writer, p unsafe.Pointer, lanes []uint32) error {
	start := w.Mark()
	c.Quantise(lanes, p)
	c.WriteLanes(w, lanes)
	err := c.WriteTail(w, p)
	if err != nil {
		w.Rewind(start)
	}
	return err
}

// Decode takes a value into p. Fields left out by their tags keep their value. After an error fields may be new that come before
// what was wrong; nothing out of range is ever set.
func (c *Codec) Decode(r *Reader, p unsafe.Pointer) error {
	if len(c.lanes) <= smallLanes {
		var scratch [smallLanes]uint32
		return c.decode(r, p, scratch[:len(c.lanes)])
	}
	var scratch [MaxLanes]uint32
	return c.decode(r, p, scratch[:len(c.lanes)])
}

func (c *Codec) decode(r *Reader, p unsafe.Pointer, lanes []uint32) error {
	if err := c.ReadLanes(r, lanes); err != nil {
		return err
	}
	c.Dequantise(p, lanes)
	return c.ReadTail(r, p)
}
