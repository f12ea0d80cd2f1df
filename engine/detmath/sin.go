package detmath

import (
	"math"
	"math/bits"
)

// Sin returns the sine of an angle in radians, and NaN for infinities.
func Sin(x float32) float32 {
	sin, _ := Sincos(x)
	return sin
}

// Cos returns the cosine of an angle in radians, and NaN for infinities.
func Cos(x float32) float32 {
	_, cos := Sincos(x)
	return cos
}

// Sincos returns the sine and the cosine of an angle in radians. However large the angle, both are right for exactly
// that number.
func Sincos(x float32) (sin, cos float32) {
	quadrant, rest, ok := reduce(x)
	if !ok {
		return NaN(), NaN()
	}
	if rest == 0 && quadrant == 0 {
		return x, 1 // keeps the sign of zero
	}
	s, c := float32(sinKernel(rest)), float32(cosKernel(rest))
	switch quadrant {
	case 0:
		return s, c
	case 1:
		return c, -s
	case 2:
		return -s, -c
	default:
		return -c, s
	}
}

// WrapAngle returns the angle in [-π, π] that points the same way.
func WrapAngle(x float32) float32 {
	if x >= -math.Pi && x <= math.Pi {
		return x
	}
	quadrant, rest, ok := reduce(x)
	if !ok {
		return NaN()
	}
	switch quadrant {
	case 0:
		return float32(rest)
	case 1:
		return float32(math.Pi/2 + rest)
	case 3:
		return float32(rest - math.Pi/2)
	}
	if rest > 0 {
		return float32(rest - math.Pi)
	}
	return float32(rest + math.Pi)
}

// The kernels are __sindf and __cosdf of FreeBSD's msun (k_sinf.c and k_cosf.c, Ian Taylor and Bruce Evans): minimax
// polynomials on [-π/4, π/4], off by less than 2^-37 and 2^-34 there.

func sinKernel(x float64) float64 {
	const (
		s1 = -0x15555554cbac77p-55
		s2 = 0x111110896efbb2p-59
		s3 = -0x1a00f9e2cae774p-65
		s4 = 0x16cd878c3b46a7p-71
	)
	z := float64(x * x)
	w := float64(z * z)
	r := s3 + float64(z*s4)
	s := float64(z * x)
	return x + float64(s*(s1+float64(z*s2))) + float64(float64(s*w)*r)
}

func cosKernel(x float64) float64 {
	const (
		c0 = -0x1ffffffd0c5e81p-54
		c1 = 0x155553e1053a42p-57
		c2 = -0x16c087e80f1e27p-62
		c3 = 0x199342e0ee5069p-68
	)
	z := float64(x * x)
	w := float64(z * z)
	r := c2 + float64(z*c3)
	return 1 + float64(z*c0) + float64(w*c1) + float64(float64(w*z)*r)
}

// reduce splits an angle into quarter turns, modulo four, and a rest in [-π/4, π/4]. It is not ok for NaN and infinities.
func reduce(x float32) (quadrant uint, rest float64, ok bool) {
	// π/2 in two parts (Cody and Waite): the first has 25 bits, so its product with a whole number up to 2^28 is exact.
	const (
		halfPiHigh = 1.57079631090164184570
		halfPiLow  = 1.58932547735281966916e-08
		small      = 1 << 20
	)
	switch {
	case x >= -small && x <= small:
		n := math.Floor(float64(float64(x)*(2/math.Pi)) + 0.5)
		rest = float64(x) - float64(n*halfPiHigh) - float64(n*halfPiLow)
		return uint(int64(n)) & 3, rest, true
	case x-x == 0:
		quadrant, rest = reduceLarge(x)
		return quadrant, rest, true
	default:
		return 0, 0, false
	}
}

// twoOverPi holds the first 256 bits after the point of 2/π.
var twoOverPi = [...]uint64{0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561}

// reduceLarge is reduce for finite angles of 2^20 and more (Payne and Hanek, "Radian Reduction for Trigonometric
// Functions", 1983), in whole numbers: of the product x·2/π only the last two bits before the point and 64 bits after it
// are worked out.
func reduceLarge(x float32) (quadrant uint, rest float64) {
	b := math.Float32bits(x)
	exponent := int(b>>23&0xff) - 127 - 23 // |x| = mantissa · 2^exponent, exponent ≥ -3
	mantissa := uint64(b&(1<<23-1) | 1<<23)

	// Bits of 2/π whose product with x is a multiple of four do not matter.
	first := twoOverPiBits(exponent - 2)
	second := twoOverPiBits(exponent - 2 + 64)
	high, low := bits.Mul64(mantissa, second)
	high += mantissa * first

	quadrant = uint(high >> 62)
	fraction := high<<2 | low>>62                               // of a quarter turn, in 2^-64
	quadrant += uint(fraction >> 63)                            // to the nearest one,
	rest = float64(int64(fraction)) * (math.Pi / 2 / (1 << 64)) // so that the rest has a sign
	if x < 0 {
		return -quadrant & 3, -rest
	}
	return quadrant & 3, rest
}

// twoOverPiBits returns 64 bits of 2/π from a position after the point; before the point there are zeros.
func twoOverPiBits(at int) uint64 {
	if at < 0 {
		return twoOverPi[0] >> -at
	}
	word, shift := at/64, at%64
	v := twoOverPi[word] << shift
	if shift > 0 {
		v |= twoOverPi[word+1] >> (64 - shift)
	}
	return v
}
