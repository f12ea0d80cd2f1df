package replicate

import (
	"math"
	"reflect"
	"strings"
	"unsafe"

	"github.com/tandem-engine/tandem/net/wire"
)

// Interpolation is how a component moves between two known values.
type Interpolation uint8

const (
	// Hold steps to the newer value when its time comes. The zero value.
	Hold Interpolation = iota
	// Lerp moves every float field on a straight line, fields tagged `angle`
	// and quaternions along the shorter arc, and fields tagged `color`. Other
	// fields hold: between two enums there is nothing.
	Lerp
	// Turn is Lerp with every float field taken for an angle in radians.
	Turn
)

// blend is a component type taken apart into its leaf fields: what is needed
// to compare, interpolate and correct values without knowing the type.
type blend struct {
	floats []floatLeaf // in field order
	turns  []turnLeaf
	shades []shadeLeaf // bytes of colours; also in rest
	rest   []restLeaf
	moves  bool // floats, rotations and colours interpolate
}

// guard is the flag of the Optional around a field, if it stands in one.
type guard struct {
	off uintptr
	on  bool
}

// crossed reports whether a field is there in one of two values only.
func (g guard) crossed(a, b unsafe.Pointer) bool {
	return g.on && *(*bool)(unsafe.Add(a, g.off)) != *(*bool)(unsafe.Add(b, g.off))
}

// absent reports whether a field is not there.
func (g guard) absent(p unsafe.Pointer) bool { return g.on && !*(*bool)(unsafe.Add(p, g.off)) }

// guardOf finds the innermost Optional around a field among those before it.
func guardOf(fields []wire.Field, i int) guard {
	for k := i - 1; k >= 0; k-- {
		if f := fields[k]; f.Type.Kind() == reflect.Bool && strings.HasPrefix(fields[i].Path, f.Path+".Value") {
			return guard{f.Offset, true}
		}
	}
	return guard{}
}

type floatLeaf struct {
	guard
	off       uintptr
	double    bool
	angle     bool
	tolerance float64
}

type restLeaf struct {
	off  uintptr
	size uintptr      // plain memory to compare; 0: use typ
	typ  reflect.Type // strings, slices
}

// compileBlend takes the fields that travel from the type's codec. tolerance
// below 0 means half a field's step.
func compileBlend(c *wire.Codec, how Interpolation, tolerance float32) blend {
	b := blend{moves: how != Hold}
	for i, f := range c.Fields() {
		in := guardOf(c.Fields(), i)
		half := f.Step / 2
		if tolerance >= 0 {
			half = float64(tolerance)
		}
		switch kind := f.Type.Kind(); {
		case f.Kind == wire.Quaternion:
			b.turns = append(b.turns, newTurnLeaf(f, in, half))
		case kind == reflect.Float32 || kind == reflect.Float64:
			b.floats = append(b.floats, floatLeaf{
				guard:     in,
				off:       f.Offset,
				double:    kind == reflect.Float64,
				angle:     f.Angle || how == Turn && f.Kind != wire.Color,
				tolerance: half,
			})
		case kind == reflect.String || kind == reflect.Slice:
			b.rest = append(b.rest, restLeaf{off: f.Offset, typ: f.Type})
		default:
			if f.Kind == wire.Color {
				b.shades = append(b.shades, shadeLeaf{in, f.Offset})
			}
			b.rest = append(b.rest, restLeaf{off: f.Offset, size: f.Type.Size()})
		}
	}
	return b
}

func (l floatLeaf) get(p unsafe.Pointer) float64 {
	if l.double {
		return *(*float64)(unsafe.Add(p, l.off))
	}
	return float64(*(*float32)(unsafe.Add(p, l.off)))
}

func (l floatLeaf) set(p unsafe.Pointer, v float64) {
	if l.double {
		*(*float64)(unsafe.Add(p, l.off)) = v
		return
	}
	*(*float32)(unsafe.Add(p, l.off)) = float32(v)
}

// difference is a-b, for angles along the shorter arc.
func (l floatLeaf) difference(a, b float64) float64 {
	d := a - b
	if l.angle {
		d = math.Remainder(d, 2*math.Pi)
	}
	return d
}

// equal compares floats within tolerance and all else exactly.
func (b *blend) equal(x, y unsafe.Pointer) bool {
	for i := range b.floats {
		l := &b.floats[i]
		vx, vy := l.get(x), l.get(y)
		if vx == vy {
			continue
		}
		if d := l.difference(vx, vy); !(math.Abs(d) <= l.tolerance) { // a NaN differs
			return false
		}
	}
	for i := range b.turns {
		if !b.turns[i].equal(x, y) {
			return false
		}
	}
	for i := range b.rest {
		if !b.rest[i].equal(x, y) {
			return false
		}
	}
	return true
}

func (l *restLeaf) equal(x, y unsafe.Pointer) bool {
	px, py := unsafe.Add(x, l.off), unsafe.Add(y, l.off)
	if l.size > 0 {
		return string(unsafe.Slice((*byte)(px), l.size)) == string(unsafe.Slice((*byte)(py), l.size))
	}
	if l.typ.Kind() == reflect.String {
		return *(*string)(px) == *(*string)(py)
	}
	return reflect.DeepEqual(reflect.NewAt(l.typ, px).Elem().Interface(), reflect.NewAt(l.typ, py).Elem().Interface())
}

// lerp sets the floats of dst between those of from and to; f in 0..1 (more
// extrapolates). dst holds one of the two already, for the fields that step.
func (b *blend) lerp(dst, from, to unsafe.Pointer, f float64) {
	if !b.moves {
		return
	}
	for i := range b.floats {
		l := &b.floats[i]
		if l.crossed(from, to) {
			continue
		}
		v := l.get(from)
		l.set(dst, v+l.difference(l.get(to), v)*f)
	}
	for i := range b.turns {
		l := &b.turns[i]
		if l.crossed(from, to) {
			continue
		}
		l.set(dst, l.get(from).lerp(l.get(to), f))
	}
	for _, l := range b.shades {
		if !l.crossed(from, to) {
			l.lerp(dst, from, to, f)
		}
	}
}

// difference appends a-c of every float, and the rotation from c to a of every
// rotation, as a vector.
func (b *blend) difference(out []float64, a, c unsafe.Pointer) []float64 {
	for i := range b.floats {
		l := &b.floats[i]
		if l.crossed(a, c) {
			out = append(out, 0)
			continue
		}
		out = append(out, l.difference(l.get(a), l.get(c)))
	}
	for i := range b.turns {
		out = b.turns[i].difference(out, a, c)
	}
	return out
}

// add adds one number to every float of p, and turns every rotation by a vector.
func (b *blend) add(p unsafe.Pointer, offsets []float64) {
	for i := range b.floats {
		l := &b.floats[i]
		if !l.absent(p) {
			l.set(p, l.get(p)+offsets[i])
		}
	}
	offsets = offsets[len(b.floats):]
	for i := range b.turns {
		l := &b.turns[i]
		if l.absent(p) {
			continue
		}
		l.set(p, rotation(offsets[3*i:3*i+3]).times(l.get(p)).unit())
	}
}
