package engine

import "math/bits"

// Random is a source of random numbers that is a value: copies go their own ways, and the same start gives the same
// numbers in every process and in every replay. It is SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom
// Number Generators", OOPSLA 2014; constants and finaliser as in Vigna's splitmix64.c).
type Random struct{ state uint64 }

// golden is 2^64 divided by the golden ratio, made odd: SplitMix64's step.
const golden = 0x9e3779b97f4a7c15

// Random returns the random numbers of one purpose in this tick: a function of the App's seed, the tick, a stable id
// (of an entity, say; not its ecs.Entity, which differs between processes) and the call site, any number that tells the
// uses of one id in one tick apart.
//
//	r := t.Random(uint64(net.ID), siteSpread)
//	angle := r.Range(-0.1, 0.1)
func (t Tick) Random(id uint64, site uint32) Random {
	state := mix(t.Seed + golden)
	state = mix(state ^ uint64(t.Number)<<32 ^ uint64(site))
	return Random{mix(state + golden ^ id)}
}

// NewRandom returns the random numbers of a seed, for what happens outside of ticks, such as making a map.
func NewRandom(seed uint64) Random { return Random{mix(seed + golden)} }

// mix is SplitMix64's finaliser: each bit of x changes each bit of the result with probability one half.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Uint64 returns the next number; all are equally likely.
func (r *Random) Uint64() uint64 {
	r.state += golden
	return mix(r.state)
}

// Float32 returns a number in [0, 1), a multiple of 2^-24.
func (r *Random) Float32() float32 { return float32(r.Uint64()>>40) * (1.0 / (1 << 24)) }

// Range returns a number from lo to hi.
func (r *Random) Range(lo, hi float32) float32 {
	return lo + float32((hi-lo)*r.Float32()) // rounded before the sum, so that no processor fuses the two
}

// IntN returns a number from 0 to n-1, all equally likely. It panics unless n is positive.
func (r *Random) IntN(n int) int {
	if n <= 0 {
		panic("engine: Random.IntN needs a positive number")
	}
	// Lemire, "Fast Random Integer Generation in an Interval", 2019: the high half of a product is the result; a few low
	// halves are over-represented and drawn again.
	limit := uint64(n)
	high, low := bits.Mul64(r.Uint64(), limit)
	for low < limit && low < -limit%limit {
		high, low = bits.Mul64(r.Uint64(), limit)
	}
	return int(high)
}
