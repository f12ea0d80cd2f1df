package channel

import (
	"math/rand/v2"
	"testing"
)

// TestExpand: the nearest number with these low bits, against trying them all.
func TestExpand(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 5))
	for range 20_000 {
		near := rng.Uint64N(1 << rng.UintN(40))
		id := uint16(near) + uint16(rng.IntN(1<<16))
		best, least := uint64(0), uint64(1<<63)
		base := near &^ 0xffff
		for _, v := range []uint64{base - 1<<16, base, base + 1<<16} {
			v += uint64(id)
			if v > 1<<62 { // below zero
				continue
			}
			if d := max(v, near) - min(v, near); d < least {
				best, least = v, d
			}
		}
		if least == 1<<15 {
			continue // two are equally near
		}
		if got := expand(id, near); got != best {
			t.Fatalf("%d near %d is %d, want %d", id, near, got, best)
		}
	}
}
