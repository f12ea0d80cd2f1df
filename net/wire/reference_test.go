package wire

import (
	"math"
	"math/bits"
	"reflect"
	"strconv"
)

// refEncode is the reference for Codec.Encode: it walks the value with reflection, reading tags as it goes, and adds bits to a list.
// The fixed part comes first, then the tail, so it walks twice.
func refEncode(v reflect.Value, m Mode) []byte {
	var out bitList
	refValue(&out, v, "", m)
	return out.bytes()
}

func refValue(out *bitList, v reflect.Value, tag string, m Mode) {
	for _, tail := range []bool{false, true} {
		r := refWalk{out: out, mode: m, tail: tail}
		r.value(v, tag)
	}
}

type refWalk struct {
	out  *bitList
	mode Mode
	tail bool // adds the tail and skips the fixed part
}

func (r *refWalk) fixed(v uint64, n int) {
	if !r.tail {
		r.out.add(v, uint(n))
	}
}

func (r *refWalk) value(v reflect.Value, tag string) {
	o, err := parseTag(tag)
	if err != nil {
		panic(err)
	}
	switch k := v.Kind(); {
	case k == reflect.Bool:
		r.fixed(map[bool]uint64{true: 1}[v.Bool()], 1)
	case v.CanInt():
		low, high, _ := signedRange(o, v.Type().Bits())
		lo, hi := int64(low^flip), int64(high^flip)
		r.fixed(uint64(min(max(v.Int(), lo), hi)-lo), bits.Len64(uint64(hi)-uint64(lo)))
	case v.CanUint():
		low, high, _ := unsignedRange(o, v.Type().Bits())
		r.fixed(min(max(v.Uint(), low), high)-low, bits.Len64(high-low))
	case v.CanFloat():
		r.float(v, o)
	case k == reflect.Array:
		for i := range v.Len() {
			r.value(v.Index(i), tag)
		}
	case k == reflect.Struct && isOptional(v.Type()):
		r.value(v.Field(0), "")
		if v.Field(0).Bool() {
			r.value(v.Field(1), tag)
		}
	case k == reflect.Struct:
		for i := range v.NumField() {
			own, ok := v.Type().Field(i).Tag.Lookup("net")
			if !ok {
				own = tag
			}
			if own != "-" {
				r.value(v.Field(i), own)
			}
		}
	case r.tail:
		r.list(v, o)
	}
}

func (r *refWalk) float(v reflect.Value, o tag) {
	f := v.Float()
	switch {
	case r.mode == Exact || len(o) == 0:
		if v.Kind() == reflect.Float32 {
			r.fixed(uint64(math.Float32bits(float32(f))), 32)
		} else {
			r.fixed(math.Float64bits(f), 64)
		}
	case o.has("angle"):
		n, _ := strconv.Atoi(o.value("bits"))
		step := 2 * math.Pi / math.Ldexp(1, n)
		r.fixed(uint64(int64(math.Round(f/step))), n)
	default:
		low, _ := strconv.ParseFloat(o.value("min"), 64)
		high, _ := strconv.ParseFloat(o.value("max"), 64)
		n := 0.0
		if o.has("bits") {
			width, _ := strconv.Atoi(o.value("bits"))
			n = math.Ldexp(1, width) - 1
		} else {
			step, _ := strconv.ParseFloat(o.value("step"), 64)
			n = math.Round((high - low) / step) // the reference is only given steps that divide their range
		}
		if math.IsNaN(f) {
			f = low
		}
		f = math.Min(math.Max(f, low), high)
		r.fixed(uint64(math.Round((f-low)*n/(high-low))), bits.Len64(uint64(n))) // a tie stays a tie
	}
}

// list adds a string, []byte or slice.
func (r *refWalk) list(v reflect.Value, o tag) {
	most, rest, _ := o.takeLen()
	r.out.add(uint64(v.Len()), uint(bits.Len(uint(most))))
	inner := ""
	for i, p := range rest {
		if i > 0 {
			inner += ","
		}
		inner += p.key + "=" + p.value
	}
	for i := range v.Len() {
		if v.Kind() == reflect.String {
			r.out.add(uint64(v.String()[i]), 8)
		} else {
			refValue(r.out, v.Index(i), inner, r.mode)
		}
	}
}
