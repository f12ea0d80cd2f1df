package session

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestQuantiles holds a histogram against all that it was told, sorted.
func TestQuantiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h histogram
		require.Zero(t, h.quantile(0.5))
		all := rapid.SliceOfN(rapid.OneOf(rapid.Int64Range(0, 100), rapid.Int64Range(0, int64(time.Hour))), 1, 50).Draw(t, "durations")
		for _, d := range all {
			h.note(time.Duration(d))
		}
		slices.Sort(all)
		for _, share := range []float64{0, 0.5, 0.99, 1} {
			want := max(all[int(share*float64(len(all)-1))], octaveParts)
			got := int64(h.quantile(share))
			require.Greater(t, got, want)
			require.LessOrEqual(t, got-1, want+want/octaveParts)
		}
		h.reset()
		require.Zero(t, h.quantile(1))
	})
}
