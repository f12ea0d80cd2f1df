package channel

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestRingAgainstASlice(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 4))
	var r ring[int]
	var s []int
	for i := range 20_000 {
		switch op := rng.IntN(10); {
		case op < 4:
			r.push(i)
			s = append(s, i)
		case op < 5:
			at := rng.IntN(len(s) + 1)
			r.insert(at, i)
			s = slices.Insert(s, at, i)
		case op < 6 && len(s) > 0:
			at := rng.IntN(len(s))
			if got := r.remove(at); got != s[at] {
				t.Fatalf("removed %d, want %d", got, s[at])
			}
			s = slices.Delete(s, at, at+1)
		case op < 9 && len(s) > 0:
			if got := r.pop(); got != s[0] {
				t.Fatalf("popped %d, want %d", got, s[0])
			}
			s = s[1:]
		case op == 9 && rng.IntN(20) == 0:
			r.trim()
		}
		if r.len() != len(s) {
			t.Fatalf("%d elements, want %d", r.len(), len(s))
		}
		for j := range s {
			if *r.at(j) != s[j] {
				t.Fatalf("element %d is %d, want %d", j, *r.at(j), s[j])
			}
		}
		if len(s) > 40 {
			for range 30 {
				r.pop()
			}
			s = s[30:]
		}
	}
}
