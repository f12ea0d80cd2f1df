package replicate

import "math/bits"

// bitset is a set of slots.
type bitset []uint64

// has reports whether a slot is in the set.
func (b bitset) has(i uint32) bool { return int(i>>6) < len(b) && b[i>>6]>>(i&63)&1 != 0 }

// put adds a slot, for which the set must have room.
func (b bitset) put(i uint32) { b[i>>6] |= 1 << (i & 63) }

// drop removes a slot.
func (b bitset) drop(i uint32) { b[i>>6] &^= 1 << (i & 63) }

// grown is the set with room for n slots.
func (b bitset) grown(n int) bitset {
	for len(b)*64 < n {
		b = append(b, 0)
	}
	return b
}

// all appends the slots in the set, ascending.
func (b bitset) all(dst []uint32) []uint32 {
	for i, word := range b {
		for ; word != 0; word &= word - 1 {
			dst = append(dst, uint32(i*64+bits.TrailingZeros64(word)))
		}
	}
	return dst
}
