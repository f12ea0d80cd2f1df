package replicate

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func small() options {
	return options{entities: 200, moving: 60, clients: 6, visible: 20, snapshots: 20, seconds: 2, viewers: 2, seed: 1}
}

func TestAWorldIsTold(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run([]string{"-entities", "200", "-moving", "60", "-clients", "6", "-visible", "20", "-seconds", "2", "-viewers", "2"}, &out))
	var f Figures
	require.NoError(t, json.Unmarshal(out.Bytes(), &f))
	require.Equal(t, 1, bytes.Count(out.Bytes(), []byte("\n")), "one line")
	require.InDelta(t, 20, f.VisibleMoving, 6)
	require.Greater(t, f.Compared, 2*20)
	require.Less(t, f.BytesPerUpdate, 8.0, "of about 64 bits whole, and few share a datagram")
	require.Greater(t, f.Updates, 20*f.VisibleMoving*0.9, "everything that moves is told of in each snapshot")
	require.Positive(t, f.NsPerEntityClient)
}

// TestSteadyStateAllocatesNothing: but where memory reaches a new high, now and
// then.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	for _, pieces := range []int{-1, 1} {
		o := small()
		o.viewers, o.pieces = 0, pieces
		b, err := newBench(o)
		require.NoError(t, err)
		require.NoError(t, b.run(20*tickRate))
		require.Zero(t, testing.AllocsPerRun(5*tickRate, func() { require.NoError(t, b.run(1)) }))
	}
}

// TestAWorldIsToldInPieces: what real clients read is compared within.
func TestAWorldIsToldInPieces(t *testing.T) {
	o := small()
	o.pieces = 1
	f, err := measure(o)
	require.NoError(t, err)
	require.Greater(t, f.Compared, 2*20)
}

// TestADifferenceIsFound: what real clients have is compared, not merely counted.
func TestADifferenceIsFound(t *testing.T) {
	b, err := newBench(small())
	require.NoError(t, err)
	require.NoError(t, b.run(2*tickRate))
	_, err = b.compare()
	require.ErrorContains(t, err, "the server as", "while things move clients are behind")
	b.moves.halted = true
	require.NoError(t, b.run(quiet*tickRate))
	n, err := b.compare()
	require.NoError(t, err)
	require.Positive(t, n)
	b.places.Get(b.movers[0]).X += 1
	_, err = b.compare()
	require.ErrorContains(t, err, "the server as")
}

// TestSharingChangesNoByte: every update made anew is the same update.
func TestSharingChangesNoByte(t *testing.T) {
	bytesOf := func(pieces int, share bool) uint64 {
		o := small()
		o.pieces = pieces
		b, err := newBench(o)
		require.NoError(t, err)
		b.server.Share(share)
		require.NoError(t, b.run(5*tickRate))
		return b.server.Counters().RecordBytes
	}
	require.Equal(t, bytesOf(-1, true), bytesOf(-1, false))
	require.Equal(t, bytesOf(1, true), bytesOf(1, false))
	require.Less(t, bytesOf(-1, true), bytesOf(1, true), "pieces take more")
}

func TestASeries(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run([]string{"-entities", "100", "-moving", "30", "-visible", "10", "-seconds", "1", "-series", "2,4"}, &out))
	require.Equal(t, 2, bytes.Count(out.Bytes(), []byte("\n")))
	require.ErrorContains(t, run([]string{"-series", "2,x"}, &out), "-series")
}

func TestBadOptions(t *testing.T) {
	for _, args := range [][]string{{"-moving", "0"}, {"-visible", "3000"}, {"-snapshots", "7"}, {"-clients", "40000"}} {
		require.Error(t, run(args, &bytes.Buffer{}))
	}
}
