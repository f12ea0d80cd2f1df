package detmath

import "math"

// Atan2 returns the angle of the vector (x, y) against the x axis, in [-π, π]. Signed zeros and infinities are treated
// as by math.Atan2.
func Atan2(y, x float32) float32 {
	fy, fx := float64(y), float64(x)
	var angle float64
	switch {
	case x != x || y != y:
		return NaN()
	case y == 0:
		if x > 0 || x == 0 && !math.Signbit(fx) {
			return y // keeps the sign of zero
		}
		angle = math.Pi
	case x == 0:
		angle = math.Pi / 2
	case math.IsInf(fx, 0) && math.IsInf(fy, 0):
		angle = math.Pi / 4
		if x < 0 {
			angle = 3 * math.Pi / 4
		}
	default:
		angle = atan(math.Abs(fy / fx))
		if x < 0 {
			angle = math.Pi - angle
		}
	}
	return float32(math.Copysign(angle, fy))
}

// atan returns the arc tangent of x, which is not negative: the range of the polynomial below, reached by
// atan(x) = π/2 - atan(1/x) and atan(x) = π/4 + atan((x-1)/(x+1)).
func atan(x float64) float64 {
	const (
		tan3Pi8 = 2.41421356237309504880
		low     = 0.66
	)
	switch {
	case x <= low:
		return atanKernel(x)
	case x > tan3Pi8:
		return math.Pi/2 - atanKernel(1/x)
	default:
		return math.Pi/4 + atanKernel((x-1)/(x+1))
	}
}

// atanKernel is the arc tangent on [0, 0.66] by the rational function of the Cephes library (Stephen Moshier, atan.c),
// accurate to float64.
func atanKernel(x float64) float64 {
	const (
		p0 = -8.750608600031904122785e-01
		p1 = -1.615753718733365076637e+01
		p2 = -7.500855792314704667340e+01
		p3 = -1.228866684490136173410e+02
		p4 = -6.485021904942025371773e+01
		q0 = 2.485846490142306297962e+01
		q1 = 1.650270098316988542046e+02
		q2 = 4.328810604912902668951e+02
		q3 = 4.853903996359136964868e+02
		q4 = 1.945506571482613964425e+02
	)
	z := float64(x * x)
	p := p1 + float64(p0*z)
	p = p2 + float64(p*z)
	p = p3 + float64(p*z)
	p = p4 + float64(p*z)
	q := q0 + z
	q = q1 + float64(q*z)
	q = q2 + float64(q*z)
	q = q3 + float64(q*z)
	q = q4 + float64(q*z)
	return x + float64(x*float64(float64(z*p)/q))
}
