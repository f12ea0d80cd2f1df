package replicate

import (
	"math"
	"reflect"
	"unsafe"

	"github.com/tandem-engine/tandem/net/wire"
)

// turnLeaf is a field that is a rotation: a quaternion of four floats.
type turnLeaf struct {
	guard
	part      [4]floatLeaf // x, y, z, w
	tolerance float64      // of each component
}

// quaternion is a rotation: x, y, z, w.
type quaternion [4]float64

// newTurnLeaf takes a quaternion's field apart. w is the component of that
// name, or the last.
func newTurnLeaf(f wire.Field, in guard, tolerance float64) turnLeaf {
	var element reflect.Type
	w := 3
	if f.Type.Kind() == reflect.Array {
		element = f.Type.Elem()
	} else {
		element = f.Type.Field(0).Type
		if named, ok := f.Type.FieldByName("W"); ok {
			w = named.Index[0]
		}
	}
	l, at := turnLeaf{guard: in, tolerance: tolerance}, 0
	for i := range 4 {
		part := floatLeaf{off: f.Offset + uintptr(i)*element.Size(), double: element.Kind() == reflect.Float64}
		if i == w {
			l.part[3] = part
			continue
		}
		l.part[at] = part
		at++
	}
	return l
}

// get is the rotation in a value, of length 1. One of no length turns nothing.
func (l *turnLeaf) get(p unsafe.Pointer) quaternion {
	var q quaternion
	for i := range q {
		q[i] = l.part[i].get(p)
	}
	return q.unit()
}

func (l *turnLeaf) set(p unsafe.Pointer, q quaternion) {
	for i := range q {
		l.part[i].set(p, q[i])
	}
}

func (q quaternion) unit() quaternion {
	n := math.Sqrt(q.dot(q))
	if !(n > 0) || math.IsInf(n, 0) {
		return quaternion{3: 1}
	}
	return q.scaled(1 / n)
}

func (q quaternion) dot(o quaternion) float64 {
	return q[0]*o[0] + q[1]*o[1] + q[2]*o[2] + q[3]*o[3]
}

func (q quaternion) scaled(f float64) quaternion {
	return quaternion{q[0] * f, q[1] * f, q[2] * f, q[3] * f}
}

func (q quaternion) plus(o quaternion) quaternion {
	return quaternion{q[0] + o[0], q[1] + o[1], q[2] + o[2], q[3] + o[3]}
}

// times is the rotation o followed by q.
func (q quaternion) times(o quaternion) quaternion {
	return quaternion{
		q[3]*o[0] + q[0]*o[3] + q[1]*o[2] - q[2]*o[1],
		q[3]*o[1] - q[0]*o[2] + q[1]*o[3] + q[2]*o[0],
		q[3]*o[2] + q[0]*o[1] - q[1]*o[0] + q[2]*o[3],
		q[3]*o[3] - q[0]*o[0] - q[1]*o[1] - q[2]*o[2],
	}
}

// equal reports whether two values' rotations are the same within tolerance. A
// quaternion and its opposite are the same rotation. What is no number differs,
// except from itself.
func (l *turnLeaf) equal(x, y unsafe.Pointer) bool {
	var a, b quaternion
	for i := range a {
		a[i], b[i] = l.part[i].get(x), l.part[i].get(y)
	}
	if a == b {
		return true
	}
	same, opposite := true, true
	for i := range a {
		same = same && math.Abs(a[i]-b[i]) <= l.tolerance
		opposite = opposite && math.Abs(a[i]+b[i]) <= l.tolerance
	}
	return same || opposite
}

// nearlyStill is the cosine from which the arc between two rotations is as good
// as its chord.
const nearlyStill = 0.9995

// lerp is the rotation at f, 0..1, of the shorter arc from a to b, at constant
// speed (K. Shoemake, "Animating Rotation with Quaternion Curves", 1985).
func (q quaternion) lerp(b quaternion, f float64) quaternion {
	d := q.dot(b)
	if d < 0 {
		b, d = b.scaled(-1), -d
	}
	if d > nearlyStill {
		return q.scaled(1 - f).plus(b.scaled(f)).unit()
	}
	angle := math.Acos(d)
	s := math.Sin(angle)
	return q.scaled(math.Sin((1-f)*angle) / s).plus(b.scaled(math.Sin(f*angle) / s)).unit()
}

// vector is a rotation as its axis times its angle in radians, at most π.
func (q quaternion) vector() [3]float64 {
	if q[3] < 0 {
		q = q.scaled(-1)
	}
	s := math.Sqrt(q[0]*q[0] + q[1]*q[1] + q[2]*q[2])
	if s == 0 {
		return [3]float64{}
	}
	f := 2 * math.Atan2(s, q[3]) / s
	return [3]float64{q[0] * f, q[1] * f, q[2] * f}
}

// rotation is the inverse of vector.
func rotation(v []float64) quaternion {
	angle := math.Sqrt(v[0]*v[0] + v[1]*v[1] + v[2]*v[2])
	if angle == 0 {
		return quaternion{3: 1}
	}
	f := math.Sin(angle/2) / angle
	return quaternion{v[0] * f, v[1] * f, v[2] * f, math.Cos(angle / 2)}
}

// difference appends the rotation that leads from b to a, as a vector.
func (l *turnLeaf) difference(out []float64, a, b unsafe.Pointer) []float64 {
	if l.crossed(a, b) {
		return append(out, 0, 0, 0)
	}
	back := l.get(b)
	back[0], back[1], back[2] = -back[0], -back[1], -back[2]
	v := l.get(a).times(back).vector()
	return append(out, v[:]...)
}

// shadeLeaf is one byte of a colour.
type shadeLeaf struct {
	guard
	off uintptr
}

func (l shadeLeaf) lerp(dst, from, to unsafe.Pointer, f float64) {
	a, b := float64(*(*uint8)(unsafe.Add(from, l.off))), float64(*(*uint8)(unsafe.Add(to, l.off)))
	*(*uint8)(unsafe.Add(dst, l.off)) = uint8(min(max(math.Round(a+(b-a)*f), 0), 255))
}
