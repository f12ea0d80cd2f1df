package replicate

import (
	"math"
	"reflect"
	"unsafe"

	"github.com/tandem-engine/tandem/net/wire"
)

// Interpolation is how a component moves between two known values.
type Interpolation uint8

const (
	// Hold steps to the newer value when its time comes. The zero value.
	Hold Interpolation = iota
	// Lerp moves every float field on a straight line, fields tagged `angle`
	// along the shorter arc. Other fields hold.
	Lerp
	// Turn moves every float field along the shorter arc, in radians.
	Turn
)

// blend is a component type taken apart into its leaf fields: what is needed
// to compare, interpolate and correct values without knowing the type.
type blend struct {
	floats []floatLeaf // in field order
	rest   []restLeaf
	moves  bool // floats interpolate
}

type floatLeaf struct {
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
	for _, f := range c.Fields() {
		switch f.Type.Kind() {
		case reflect.Float32, reflect.Float64:
			leaf := floatLeaf{
				off:       f.Offset,
				double:    f.Type.Kind() == reflect.Float64,
				angle:     f.Angle || how == Turn,
				tolerance: f.Step / 2,
			}
			if tolerance >= 0 {
				leaf.tolerance = float64(tolerance)
			}
			b.floats = append(b.floats, leaf)
		case reflect.String, reflect.Slice:
			b.rest = append(b.rest, restLeaf{off: f.Offset, typ: f.Type})
		default:
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
		v := l.get(from)
		l.set(dst, v+l.difference(l.get(to), v)*f)
	}
}

// difference appends a-c of every float.
func (b *blend) difference(out []float64, a, c unsafe.Pointer) []float64 {
	for i := range b.floats {
		l := &b.floats[i]
		out = append(out, l.difference(l.get(a), l.get(c)))
	}
	return out
}

// add adds one number to every float of p.
func (b *blend) add(p unsafe.Pointer, offsets []float64) {
	for i := range b.floats {
		l := &b.floats[i]
		l.set(p, l.get(p)+offsets[i])
	}
}
