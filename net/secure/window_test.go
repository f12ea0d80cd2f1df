package secure

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// naiveWindow is the reference: it remembers everything.
type naiveWindow struct {
	seen   map[uint64]bool
	newest uint64
	any    bool
}

func (n *naiveWindow) accept(pn uint64) bool {
	if n.seen[pn] || (n.any && pn <= n.newest && n.newest+1-pn > WindowSize) {
		return false
	}
	n.seen[pn] = true
	if !n.any || pn > n.newest {
		n.newest, n.any = pn, true
	}
	return true
}

func TestWindowAgainstReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ref := naiveWindow{seen: map[uint64]bool{}}
		var w Window
		base := rapid.Uint64Range(0, 1<<40).Draw(t, "base")
		for range rapid.IntRange(1, 400).Draw(t, "steps") {
			step := rapid.SampledFrom([]uint64{1, 3, 64, 100, WindowSize - 1, WindowSize, WindowSize + 1, 5000}).Draw(t, "span")
			pn := base + rapid.Uint64Range(0, step).Draw(t, "offset")
			if rapid.Bool().Draw(t, "forward") {
				base += step / 2
			}
			want := ref.accept(pn)
			if got := w.Check(pn); got != want {
				t.Fatalf("Check(%d) = %v, reference %v, newest %d", pn, got, want, ref.newest)
			}
			if got := w.Accept(pn); got != want {
				t.Fatalf("Accept(%d) = %v, reference %v", pn, got, want)
			}
		}
	})
}

// mpgameserver took packets older than its bitfield as new.
func TestWindowRefusesOlderThanItself(t *testing.T) {
	var w Window
	for pn := range uint64(5000) {
		w.Accept(pn)
	}
	for pn := range uint64(5000) {
		if w.Accept(pn) {
			t.Fatalf("packet %d accepted twice", pn)
		}
	}
	if WindowSize < 1024 {
		t.Fatalf("the window holds %d packets, at least 1024 are promised", WindowSize)
	}
}

func TestWindowTakesReorderWithinItsSize(t *testing.T) {
	var w Window
	perm := rand.New(rand.NewPCG(1, 2)).Perm(1024)
	for _, i := range perm {
		if !w.Accept(uint64(i) + 1<<33) {
			t.Fatalf("packet %d refused", i)
		}
	}
}
