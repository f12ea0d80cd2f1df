package detmath

import "math"

// NaN returns the one NaN that this package knows.
func NaN() float32 { return math.Float32frombits(0x7fc00000) }

// Sqrt returns the square root of x, rounded correctly (IEEE 754 demands it of every processor), and NaN for negative x.
func Sqrt(x float32) float32 {
	if !(x >= 0) {
		return NaN()
	}
	return float32(math.Sqrt(float64(x)))
}

// Length returns the length of the vector (x, y), without overflow on the way.
func Length(x, y float32) float32 {
	fx, fy := float64(x), float64(y)
	return narrow(math.Sqrt(float64(fx*fx) + float64(fy*fy)))
}

// narrow rounds to float32.
func narrow(x float64) float32 {
	if x != x {
		return NaN()
	}
	return float32(x)
}
