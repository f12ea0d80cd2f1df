package wire

import (
	"errors"
	"fmt"
	"math"
	"reflect"
)

// quaternions maps rotations onto four lanes: the index of the component largest in magnitude, then the three others in order as 0..n
// for -1/√2..1/√2, signed so that the one left out is positive: "smallest three", after Glenn Fiedler, Snapshot Compression (2015).
type quaternions struct {
	n       float64 // 2^bits-1
	perStep float64 // √2/n
	perUnit float64 // n/√2
	unit    uint8   // index of the component that is 1 in the rotation that turns nothing
}

func newQuaternions(bits uint) quaternions {
	n := float64(uint32(1)<<bits - 1)
	return quaternions{n: n, perStep: math.Sqrt2 / n, perUnit: n / math.Sqrt2}
}

// fourFloats reports whether t is memory of exactly four floats of one size.
func fourFloats(t reflect.Type) bool {
	isFloat := func(t reflect.Type) bool { return t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64 }
	switch t.Kind() {
	case reflect.Array:
		return t.Len() == 4 && isFloat(t.Elem())
	case reflect.Struct:
		if t.NumField() != 4 {
			return false
		}
		for i := range 4 {
			f := t.Field(i)
			if !isFloat(f.Type) || f.Type.Kind() != t.Field(0).Type.Kind() || !f.IsExported() || f.Tag.Get("net") != "" {
				return false
			}
		}
		return true
	}
	return false
}

// holdsMore reports whether a tag on a t is meant for what is inside it.
func holdsMore(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array, reflect.Slice:
		return fourFloats(t.Elem()) || holdsMore(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); fourFloats(f.Type) || holdsMore(f.Type) {
				return true
			}
		}
	}
	return false
}

// quaternion compiles a rotation.
func (k *compiler) quaternion(t reflect.Type, f field) error {
	if err := f.tag.only("a quaternion", "quat", "bits"); err != nil {
		return k.wrap(f, err)
	}
	if !f.tag.has("bits") {
		return k.fail(f, "quat needs bits: net:\"quat,bits=9\" takes 29 bits and errs by 0.6 degrees at most")
	}
	n, err := f.tag.bits(20)
	if err == nil && n < 2 {
		err = errors.New("bits=1 is too coarse for a rotation; use at least 2")
	}
	if err != nil {
		return k.wrap(f, err)
	}
	element, unit := t, 3
	if t.Kind() == reflect.Array {
		element = t.Elem()
	} else {
		element = t.Field(0).Type
		if w, ok := t.FieldByName("W"); ok {
			unit = w.Index[0]
		}
	}
	if k.codec.mode == Exact {
		return k.rawFloats(t, element, f)
	}
	o := op{kind: opQuat32, quat: newQuaternions(uint(n))}
	o.quat.unit = uint8(unit)
	if element.Kind() == reflect.Float64 {
		o.kind = opQuat64
	}
	k.line(f, fmt.Sprintf("quat %d bits", n))
	small := lane{bits: uint8(n), max: 1<<n - 1, kind: laneQuat}
	return k.op(t, f, o, lane{bits: 2, max: 3, kind: laneQuat}, small, small, small)
}

// rawFloats compiles the components of a rotation as they are.
func (k *compiler) rawFloats(t, element reflect.Type, f field) error {
	f.tag = nil
	if t.Kind() == reflect.Array {
		return k.array(t, f)
	}
	return k.fields(t, f)
}

// quantise fills four lanes with the rotation q, of any length. One of no direction becomes the rotation that turns nothing.
func (s *quaternions) quantise(lanes []uint32, q [4]float64) {
	largest, sum := 0, 0.0
	for i, c := range q {
		sum += float64(c * c)
		if math.Abs(c) > math.Abs(q[largest]) {
			largest = i
		}
	}
	if !(sum > 0) || math.IsInf(sum, 0) {
		q = [4]float64{}
		largest = int(s.unit)
		q[largest], sum = 1, 1
	}
	scale := 1 / math.Sqrt(sum)
	if q[largest] < 0 {
		scale = -scale
	}
	lanes[0] = uint32(largest)
	at := 1
	for i, c := range q {
		if i != largest {
			lanes[at] = uint32(min(max(s.step(float64(c*scale)), 0), int64(s.n)))
			at++
		}
	}
}

// step returns the number of the value nearest to component c, of magnitude 1 at most, without a bound.
func (s *quaternions) step(c float64) int64 {
	return int64(math.Floor(float64((c+1/math.Sqrt2)*s.perUnit) + 0.5))
}

// value is the inverse of quantise; its result has length 1.
func (s *quaternions) value(lanes []uint32) (q [4]float64) {
	largest := lanes[0] & 3
	at, sum := 1, 0.0
	for i := range q {
		if uint32(i) != largest {
			c := float64(float64(lanes[at])*s.perStep) - 1/math.Sqrt2
			q[i] = c
			sum += float64(c * c)
			at++
		}
	}
	if sum <= 1 {
		q[largest] = math.Sqrt(1 - sum)
		return q
	}
	for i := range q { // steps beyond the sphere, which no rotation quantises to by itself
		q[i] /= math.Sqrt(sum)
	}
	return q
}
