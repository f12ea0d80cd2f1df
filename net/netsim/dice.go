package netsim

import (
	"math"
	"net/netip"
)

// dice are the random numbers of one datagram: a value for each kind of decision, whether the others are asked for or not.
type dice uint64

type decision uint64

const (
	burstTurn decision = iota
	burstLoss
	loss
	corrupt
	corruptWhere
	duplicate
	reorder
	jitter
	jitterMore
	copyJitter
	copyJitterMore
)

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014): every bit of x
// changes each bit of the result half of the time.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// golden is 2^64 divided by the golden ratio: steps of it spread evenly.
const golden = 0x9e3779b97f4a7c15

// keyed combines a key with one more part of it.
func keyed(key, part uint64) uint64 {
	return mix(key + golden*(part+1))
}

// keyedAddr combines a key with an address.
func keyedAddr(key uint64, a netip.AddrPort) uint64 {
	for _, b := range a.Addr().As16() {
		key = keyed(key, uint64(b))
	}
	return keyed(key, uint64(a.Port()))
}

// bits returns the 64 random bits of a decision.
func (d dice) bits(k decision) uint64 {
	return keyed(uint64(d), uint64(k))
}

// unit returns a number in [0, 1).
func (d dice) unit(k decision) float64 {
	return float64(d.bits(k)>>11) / (1 << 53)
}

// chance is true with probability p.
func (d dice) chance(k decision, p float64) bool {
	return d.unit(k) < p
}

// spread returns a deviation of the distribution in units of Jitter, from the decisions k and k+1. It uses only operations that IEEE 754
// rounds alike on every machine.
func (d dice) spread(s Distribution, k decision) float64 {
	switch s {
	case Normal:
		// The sum of eight uniform numbers (Irwin–Hall) is as good as normal up to three deviations; its variance is 8/12.
		sum := uint64(0)
		for _, x := range [2]uint64{d.bits(k), d.bits(k + 1)} {
			sum += x&0xffff + x>>16&0xffff + x>>32&0xffff + x>>48
		}
		return (float64(sum)/(1<<16) - 4) * math.Sqrt(12.0/8)
	case Pareto:
		// Shape 4: the mean of u^(-1/4) is 4/3, so three times its excess over 1 has mean 1.
		return min(3*(1/math.Sqrt(math.Sqrt(1-d.unit(k)))-1), mostPareto)
	default:
		return 2*d.unit(k) - 1
	}
}

// mostPareto bounds the longest tail, which one datagram in 14,000 would exceed.
const mostPareto = 30
