package predict

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWindow compares the extremes with those of the last numbers, sorted.
func TestWindow(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 0))
		size := 1 + rng.IntN(9)
		w := newWindow(size)
		var all []float64
		for range 300 {
			if rng.IntN(50) == 0 {
				w.clear()
				all = all[:0]
			}
			v := float64(rng.IntN(12)) // many are equal
			w.add(v)
			all = append(all, v)
			last := slices.Sorted(slices.Values(all[max(0, len(all)-size):]))
			want := append(slices.Clone(last), math.Inf(1))
			require.Equal(t, want[:2], w.least[:], "seed %d: least of %v", seed, last)
			slices.Reverse(last)
			want = append(last, math.Inf(-1))
			require.Equal(t, want[:2], w.greatest[:], "seed %d: greatest of %v", seed, last)
			require.Equal(t, len(all), w.added)
		}
	}
}
