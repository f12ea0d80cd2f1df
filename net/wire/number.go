package wire

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"reflect"
	"strconv"
)

// flip turns two's complement into unsigned integers of the same order, and back.
const flip = 1 << 63

// integer compiles an integer: its distance from the least value of its range.
func (k *compiler) integer(t reflect.Type, f field) error {
	if (t.Kind() == reflect.Int || t.Kind() == reflect.Uint) && len(f.tag) == 0 {
		return k.fail(f, "%v has another size on other machines; give it min and max (or bits, or enum), or use %[2]v32 or %[2]v64", t, t.Kind())
	}
	if f.tag.has("color") {
		if t.Kind() != reflect.Uint8 || len(f.tag) > 1 {
			return k.fail(f, "color on an integer is one channel of 8 bits; use uint8 with net:\"color\" alone, or float32 with net:\"color,bits=6\"")
		}
		f.tag = nil
		defer k.recolor(len(k.codec.fields))
	}
	if err := f.tag.only("an integer", "min", "max", "bits", "enum"); err != nil {
		return k.wrap(f, err)
	}
	signed := t.Kind() <= reflect.Int64
	kind, rangeOf := opUint8, unsignedRange
	if signed {
		kind, rangeOf = opInt8, signedRange
	}
	low, high, err := rangeOf(f.tag, t.Bits())
	if err != nil {
		return k.wrap(f, err)
	}
	k.line(f, integerForm(signed, f.tag, low, high))

	span := high - low
	kind += opKind(bits.TrailingZeros(uint(t.Size()))) // the kinds are in the order of their sizes
	o := op{kind: kind, low: low, span: span}
	if span <= math.MaxUint32 {
		l := lane{bits: uint8(bits.Len64(span)), max: uint32(span)}
		if f.tag.has("enum") {
			l.kind = laneEnum
		}
		return k.op(t, f, o, l)
	}
	o.wide = true
	if span&(span+1) != 0 {
		k.codec.wide = append(k.codec.wide, wideRange{lane: len(k.codec.lanes), max: span})
	}
	low32 := lane{bits: 32, max: math.MaxUint32, kind: laneRaw}
	return k.op(t, f, o, low32, lane{bits: uint8(bits.Len64(span >> 32)), max: uint32(span >> 32), kind: laneRaw})
}

// signedRange returns the range of a signed integer of the given size in bits, flipped.
func signedRange(t tag, size int) (low, high uint64, err error) {
	lo, hi := int64(-1)<<(size-1), int64(1)<<(size-1)-1
	switch {
	case t.has("enum"):
		n, err := enumSize(t, uint64(hi))
		return flip, n ^ flip, err
	case t.has("bits"):
		n, err := widthOnly(t, size)
		if err != nil {
			return 0, 0, err
		}
		half := uint64(1) << (n - 1)
		return flip - half, flip + half - 1, nil
	}
	if t.has("min") {
		if lo, err = strconv.ParseInt(t.value("min"), 0, size); err != nil {
			return 0, 0, fmt.Errorf("min=%s is not a number of %d bits", t.value("min"), size)
		}
	}
	if t.has("max") {
		if hi, err = strconv.ParseInt(t.value("max"), 0, size); err != nil {
			return 0, 0, fmt.Errorf("max=%s is not a number of %d bits", t.value("max"), size)
		}
	}
	if lo >= hi {
		return 0, 0, fmt.Errorf("min %d must be below max %d", lo, hi)
	}
	return uint64(lo) ^ flip, uint64(hi) ^ flip, nil
}

// unsignedRange returns the range of an unsigned integer of the given size in bits.
func unsignedRange(t tag, size int) (low, high uint64, err error) {
	high = 1<<size - 1
	switch {
	case t.has("enum"):
		n, err := enumSize(t, high)
		return 0, n, err
	case t.has("bits"):
		n, err := widthOnly(t, size)
		return 0, 1<<n - 1, err
	}
	if t.has("min") {
		if low, err = strconv.ParseUint(t.value("min"), 0, size); err != nil {
			return 0, 0, fmt.Errorf("min=%s is not an unsigned number of %d bits", t.value("min"), size)
		}
	}
	if t.has("max") {
		if high, err = strconv.ParseUint(t.value("max"), 0, size); err != nil {
			return 0, 0, fmt.Errorf("max=%s is not an unsigned number of %d bits", t.value("max"), size)
		}
	}
	if low >= high {
		return 0, 0, fmt.Errorf("min %d must be below max %d", low, high)
	}
	return low, high, nil
}

// enumSize returns the greatest value of an enum.
func enumSize(t tag, most uint64) (uint64, error) {
	if len(t) > 1 {
		return 0, errors.New("enum is a range of its own; leave the other options out")
	}
	n, err := strconv.ParseUint(t.value("enum"), 0, 32)
	if err != nil || n < 1 || n-1 > most {
		return 0, fmt.Errorf("enum=%s must be the number of values, at least 1 and not more than the type holds", t.value("enum"))
	}
	return n - 1, nil
}

// widthOnly returns the value of bits on an integer.
func widthOnly(t tag, size int) (int, error) {
	if len(t) > 1 {
		return 0, errors.New("bits on an integer is a range of its own; leave the other options out")
	}
	return t.bits(size)
}

func integerForm(signed bool, t tag, low, high uint64) string {
	switch {
	case t.has("enum"):
		return fmt.Sprintf("enum %s", t.value("enum"))
	case signed:
		return fmt.Sprintf("int %d..%d", int64(low^flip), int64(high^flip))
	default:
		return fmt.Sprintf("int %d..%d", low, high)
	}
}

// float compiles a float: raw, in steps, or as an angle.
func (k *compiler) float(t reflect.Type, f field) error {
	if f.tag.has("color") {
		channel, err := colorTag(f.tag)
		if err != nil {
			return k.wrap(f, err)
		}
		f.tag = channel
		defer k.recolor(len(k.codec.fields))
	}
	if err := f.tag.only("a float", "min", "max", "step", "bits", "angle"); err != nil {
		return k.wrap(f, err)
	}
	double := t.Kind() == reflect.Float64
	var form string
	o := op{kind: opRaw32}
	switch {
	case f.tag.has("angle"):
		a, err := parseAngle(f.tag, double)
		if err != nil {
			return k.wrap(f, err)
		}
		o.kind, o.angles, form = opAngle32, a, fmt.Sprintf("angle %d bits", a.bits)
	case len(f.tag) > 0:
		s, err := parseSteps(f.tag, double)
		if err != nil {
			return k.wrap(f, err)
		}
		o.kind, o.steps, form = opStep32, s, fmt.Sprintf("float %v..%v in %.0f steps", s.min, s.min+s.span, s.n)
	}
	if k.codec.mode == Exact || o.kind == opRaw32 {
		o, form = op{kind: opRaw32}, fmt.Sprintf("float%d", t.Bits())
	}
	k.line(f, form)
	if double {
		o.kind += opRaw64 - opRaw32
	}
	return k.op(t, f, o, floatLanes(&o)...)
}

// floatLanes returns the lanes that a float instruction fills.
func floatLanes(o *op) []lane {
	switch o.kind {
	case opRaw32:
		return []lane{{bits: 32, max: math.MaxUint32, kind: laneFloat}}
	case opRaw64:
		half := lane{bits: 32, max: math.MaxUint32, kind: laneRaw}
		return []lane{half, half}
	case opAngle32, opAngle64:
		return []lane{{bits: uint8(o.angles.bits), max: 1<<o.angles.bits - 1, kind: laneAngle}}
	default:
		return []lane{{bits: uint8(bits.Len32(uint32(o.steps.n))), max: uint32(o.steps.n)}}
	}
}

// parseAngle reads `angle,bits=N`.
func parseAngle(t tag, double bool) (angles, error) {
	if err := t.only("an angle", "angle", "bits"); err != nil {
		return angles{}, err
	}
	if !t.has("bits") {
		return angles{}, errors.New("angle needs bits: net:\"angle,bits=10\" is a third of a degree")
	}
	n, err := t.bits(32)
	if err != nil {
		return angles{}, err
	}
	a := newAngles(uint(n))
	return a, checkResolution(math.Pi, 1/a.turns, double)
}

// parseSteps reads `min=,max=` with `step=` or `bits=`.
func parseSteps(t tag, double bool) (steps, error) {
	if !t.has("min") || !t.has("max") || t.has("step") == t.has("bits") {
		return steps{}, errors.New("a float needs min, max and either step or bits, as in net:\"min=-1,max=1,step=0.01\"; without a tag it travels raw")
	}
	var v [2]float64
	for i, key := range []string{"min", "max"} {
		var err error
		if v[i], err = parseFinite(t, key); err != nil {
			return steps{}, err
		}
	}
	low, high := v[0], v[1]
	span := high - low
	if !(low < high) || math.IsInf(span, 0) {
		return steps{}, fmt.Errorf("min %v must be below max %v by a finite number", low, high)
	}
	var step float64
	if t.has("bits") {
		n, err := t.bits(32)
		if err != nil {
			return steps{}, err
		}
		step = span / (math.Ldexp(1, n) - 1)
	} else {
		var err error
		if step, err = parseFinite(t, "step"); err != nil {
			return steps{}, err
		}
		if step <= 0 {
			return steps{}, fmt.Errorf("step=%s must be above 0", t.value("step"))
		}
	}
	s := newSteps(low, high, step)
	if math.IsInf(s.perUnit, 0) || math.IsInf(s.n*s.span, 0) {
		return steps{}, fmt.Errorf("min %v and max %v are too close or too far for float arithmetic; scale the value", low, high)
	}
	if s.n > math.MaxUint32 {
		return steps{}, fmt.Errorf("the range holds %.0f steps, more than 32 bits; use a coarser step or a smaller range", s.n)
	}
	return s, checkResolution(math.Max(math.Abs(low), math.Abs(high)), s.span/s.n, double)
}

func parseFinite(t tag, key string) (float64, error) {
	v, err := strconv.ParseFloat(t.value(key), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%s=%s is not a finite number", key, t.value(key))
	}
	return v, nil
}

// checkResolution refuses steps that the float itself cannot tell apart at the largest magnitude of the range: two lanes would become
// one value, and quantising what was dequantised would give another lane.
func checkResolution(magnitude, step float64, double bool) error {
	ulp := 8 * (math.Nextafter(magnitude, math.Inf(1)) - magnitude) // room for the rounding of the arithmetic
	use := "a coarser step"
	if !double {
		m := float32(magnitude)
		ulp = float64(math.Nextafter32(m, float32(math.Inf(1))) - m)
		use += " or float64"
	}
	if step > ulp {
		return nil
	}
	return fmt.Errorf("steps of %.3g are finer than the float can hold at %v (%.3g); use %s", step, magnitude, ulp, use)
}
