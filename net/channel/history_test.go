package channel

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestHistoryAgainstASet: the bits against a plain set of numbers.
func TestHistoryAgainstASet(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 3))
		var h history
		set := map[uint64]bool{}
		largest, now := uint64(rng.IntN(500)), time.Duration(0)
		first := true
		for range 500 {
			pn := largest + uint64(rng.IntN(5))
			switch rng.IntN(10) {
			case 0:
				pn += uint64(rng.IntN(400))
			case 1, 2:
				pn -= min(pn, uint64(rng.IntN(300)))
			}
			want := fresh
			switch {
			case first:
			case set[pn]:
				want = duplicate
				if largest-pn > historyBits {
					want = tooOld
				}
			case pn+historyBits < largest:
				want = tooOld
			}
			if got := h.check(pn); got != want {
				t.Fatalf("seed %d: packet %d after %d: %d, want %d", seed, pn, largest, got, want)
			}
			if want == fresh {
				if inOrder := h.add(pn, now); inOrder != (first || pn > largest) {
					t.Fatalf("seed %d: packet %d after %d: in order %v", seed, pn, largest, inOrder)
				}
				set[pn] = true
				if first || pn > largest {
					largest = pn
				}
				first = false
			}
			f := h.frame(now)
			if f.Largest != largest || f.Words != historyWords {
				t.Fatalf("seed %d: %+v", seed, f)
			}
			for i := range uint64(historyBits) {
				got := f.History[i/32]>>(i%32)&1 != 0
				if want := i >= largest || set[largest-1-i]; got != want {
					t.Fatalf("seed %d: largest %d, bit %d is %v", seed, largest, i, got)
				}
			}
		}
	}
}

// TestHistoryReportsWhatIsNotKnown: once the peer is known to have read an ACK, later ones do
// not repeat all of it.
func TestHistoryReportsWhatIsNotKnown(t *testing.T) {
	var h history
	for pn := range uint64(1000) {
		h.add(pn, 0)
	}
	if f := h.frame(0); f.Words != 8 {
		t.Errorf("%d words with nothing confirmed", f.Words)
	}
	h.confirmed = 990
	if f := h.frame(0); f.Words != 3 { // 9 packets since and the margin of 64
		t.Errorf("%d words", f.Words)
	}
	h.confirmed = 999
	if f := h.frame(0); f.Words != 2 {
		t.Errorf("%d words", f.Words)
	}
}
