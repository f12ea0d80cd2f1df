package wire

import "math"

// steps maps a float range onto the integers 0..n: value l stands for min + l·span/n.
//
// Products are converted explicitly before an addition, which forbids fused multiply-add, so that every machine rounds alike.
type steps struct {
	min, span, n float64 // n is a whole number, 1..2^32-1
	perUnit      float64 // n/span
}

// newSteps spreads at least (high-low)/step steps evenly over the range, so that both ends themselves are values.
func newSteps(low, high, step float64) steps {
	span := high - low
	n := span / step
	if whole := math.Round(n); math.Abs(n-whole) < 1e-5 { // decimal steps are not exact in binary
		n = whole
	}
	n = math.Max(math.Ceil(n), 1)
	return steps{min: low, span: span, n: n, perUnit: n / span}
}

// quantise returns the number of the value nearest to v. What is outside the range clamps; NaN becomes 0.
func (s *steps) quantise(v float64) uint32 {
	x := (v - s.min) * s.perUnit
	if !(x > 0) {
		return 0
	}
	if x >= s.n {
		return uint32(s.n)
	}
	return uint32(float64(x) + 0.5)
}

// value is the inverse of quantise. It multiplies before it divides, so that zero, halves and other simple fractions of a simple range
// come out exactly.
func (s *steps) value(l uint32) float64 {
	return s.min + float64(float64(float64(l)*s.span)/s.n)
}

// angles maps radians onto the integers 0..2^bits-1, where 2^bits is a full turn.
type angles struct {
	bits  uint
	turns float64 // 2^bits / 2π
}

func newAngles(bits uint) angles {
	return angles{bits: bits, turns: math.Ldexp(1/(2*math.Pi), int(bits))}
}

// quantise returns the number of the direction nearest to v. NaN and infinities become 0.
func (a *angles) quantise(v float64) uint32 {
	x := math.Floor(float64(v*a.turns) + 0.5)
	if !(math.Abs(x) < 1<<62) {
		return 0
	}
	return uint32(int64(x)) & (1<<a.bits - 1)
}

// value returns the direction in [-π, π).
func (a *angles) value(l uint32) float64 {
	turn := int32(l<<(32-a.bits)) >> (32 - a.bits)
	return float64(turn) / a.turns
}

// step returns the distance of neighbouring values of a quantised float, 0 for anything else.
func (o *op) step() float64 {
	switch o.kind {
	case opStep32, opStep64:
		return o.steps.span / o.steps.n
	case opAngle32, opAngle64:
		return 1 / o.angles.turns
	case opQuat32, opQuat64:
		return o.quat.perStep
	default:
		return 0
	}
}
