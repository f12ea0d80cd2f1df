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
			r.settle()
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

// TestRingSettles: what a burst needed is given back by and by, what is in use again and again
// is not.
func TestRingSettles(t *testing.T) {
	var r ring[int]
	burst := func(n int) {
		for i := range n {
			r.push(i)
		}
		for range n {
			r.pop()
		}
	}
	burst(1000)
	for range 10 {
		burst(30)
		r.settle()
	}
	if len(r.buf) != 64 {
		t.Errorf("%d slots for bursts of 30", len(r.buf))
	}
	if n := testing.AllocsPerRun(100, func() { burst(30); r.settle() }); n != 0 {
		t.Errorf("%.0f allocations a burst", n)
	}
}
