package replicate_test

import (
	"testing"
	"testing/cryptotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/net/netsim"
)

// The matrix: every combination of these lines comes up as seeds go by.
var (
	matrixRTT     = []time.Duration{0, 40, 100, 250, 400} // ms
	matrixJitter  = []time.Duration{0, 20, 100}           // ms
	matrixLoss    = []float64{0, 0.02, 0.1, 0.3}
	matrixTwice   = []float64{0, 0.05}
	matrixReorder = []float64{0, 0.05}
	matrixRate    = []int64{0, 1_000_000, 256_000} // bits a second
)

// matrixSize is the number of combinations.
var matrixSize = uint64(len(matrixRTT) * len(matrixJitter) * len(matrixLoss) * len(matrixTwice) * len(matrixReorder) * len(matrixRate))

// profileOf is the line of a seed: seeds in a row are far apart in the matrix.
func profileOf(seed uint64) netsim.Profile {
	k := seed * 277 % matrixSize // 277 is prime to the size
	pick := func(n int) uint64 {
		i := k % uint64(n)
		k /= uint64(n)
		return i
	}
	p := netsim.Profile{Delay: matrixRTT[pick(len(matrixRTT))] * time.Millisecond / 2}
	p.Jitter = min(matrixJitter[pick(len(matrixJitter))]*time.Millisecond, p.Delay)
	p.Loss, p.Duplicate = matrixLoss[pick(len(matrixLoss))], matrixTwice[pick(len(matrixTwice))]
	p.Reorder, p.Rate = matrixReorder[pick(len(matrixReorder))], matrixRate[pick(len(matrixRate))]
	return p
}

// TestMatrix plays generated games through the whole stack, over lines of every
// kind.
func TestMatrix(t *testing.T) {
	total, count := played{}, 0
	for seed := *firstSeed; seed < lastSeed(); seed++ {
		count++
		line := profileOf(seed)
		p := newPlayed(seed, line)
		if err := p.play(12, 8); err != nil {
			t.Fatalf("seed %d, %v: %v\nreplay: go test ./net/replicate -run '^TestMatrix$' -seed %d -seeds 1", seed, line, err, seed)
		}
		total.values, total.poses, total.events = total.values+p.values, total.poses+p.poses, total.events+p.events
		total.resumed, total.moved = total.resumed+p.resumed, total.moved+p.moved
	}
	t.Logf("%d seeds: %d values off the wire and %d shown were compared, and %d events; %d players came back, %d moves to another room",
		count, total.values, total.poses, total.events, total.resumed, total.moved)
}

// TestSamePackets plays a seed twice: every byte on the wire is the same.
func TestSamePackets(t *testing.T) {
	traffic := func() uint64 {
		cryptotest.SetGlobalRandom(t, *firstSeed) // ML-KEM takes no other source
		p := newPlayed(*firstSeed, netsim.Profile{Delay: 40 * time.Millisecond, Jitter: 20 * time.Millisecond, Loss: 0.05, Duplicate: 0.02, Reorder: 0.02})
		require.NoError(t, p.play(8, 5))
		return p.traffic.Sum64()
	}
	first := traffic()
	t.Logf("%x", first)
	require.Equal(t, first, traffic())
	other := newPlayed(*firstSeed+1, netsim.Profile{})
	require.NoError(t, other.play(8, 5))
	require.NotEqual(t, first, other.traffic.Sum64())
}
