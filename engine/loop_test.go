package engine

import (
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestLoopKeepsTime(t *testing.T) {
	for _, rate := range []int{1, 30, 60, 144, 1000} {
		loop := NewLoop(rate, 100)
		require.Equal(t, 0, loop.Advance(time.Hour), "the first call starts the clock")
		ticks, frame := 0, 7*time.Millisecond
		for now := time.Hour; now <= 2*time.Hour; now += frame {
			ticks += loop.Advance(now)
		}
		elapsed := time.Hour / frame * frame
		require.Equal(t, int(elapsed.Seconds()*float64(rate)), ticks, "%d a second", rate)
		require.Zero(t, loop.Stats().Dropped)
	}
}

// TestLoopIsExact compares the loop with fractions that round nothing.
func TestLoopIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate, catchUp := rapid.IntRange(1, MaxTickRate).Draw(t, "rate"), rapid.IntRange(1, 8).Draw(t, "catch-up")
		loop := NewLoop(rate, catchUp)
		now := time.Duration(rapid.Int64Range(-1e15, 1e15).Draw(t, "start"))
		loop.Advance(now)
		owed, scale, given, dropped := new(big.Rat), big.NewRat(1, 1), uint64(0), uint64(0) // owed in ticks
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			if rapid.IntRange(0, 3).Draw(t, "change scale") == 0 {
				s := rapid.Int64Range(0, MaxScale*scaleOne).Draw(t, "scale")
				loop.SetScale(float64(s) / scaleOne)
				scale.SetFrac64(s, scaleOne)
			}
			var step time.Duration
			switch rapid.IntRange(0, 5).Draw(t, "kind") {
			case 0:
				step = time.Duration(rapid.Int64Range(-1e9, 0).Draw(t, "backwards"))
			case 1:
				step = time.Duration(rapid.Int64Range(0, int64(100*365*24*time.Hour)).Draw(t, "asleep"))
			default:
				step = time.Duration(rapid.Int64Range(0, int64(50*time.Millisecond)).Draw(t, "step"))
			}
			if step < 0 {
				require.Zero(t, loop.Advance(now+step), "time that runs backwards brings no ticks")
				continue
			}
			now += step
			passed := new(big.Rat).Mul(big.NewRat(int64(step)*1, int64(time.Second)), big.NewRat(int64(rate), 1))
			owed.Add(owed, passed.Mul(passed, scale))
			due := new(big.Int).Quo(owed.Num(), owed.Denom()).Uint64()
			owed.Sub(owed, new(big.Rat).SetInt(new(big.Int).SetUint64(due)))

			want := min(due, uint64(catchUp))
			require.Equal(t, int(want), loop.Advance(now))
			given += want
			dropped += due - want
			require.Equal(t, given, loop.Stats().Ticks)
			require.Equal(t, dropped, loop.Stats().Dropped)
			exact, _ := owed.Float64()
			require.InDelta(t, exact, loop.Alpha(), 1e-6)
			require.GreaterOrEqual(t, loop.Alpha(), float32(0))
		}
		if scale.Sign() > 0 {
			next := loop.Next()
			require.Greater(t, next, now)
			if next-now > 1 { // one nanosecond earlier it is not yet due
				require.Zero(t, loop.Advance(next-1))
			}
			require.Positive(t, loop.Advance(next))
		}
	})
}

func TestLoopMeasuresDrift(t *testing.T) {
	loop := NewLoop(100, 2)
	loop.Advance(0)
	require.Equal(t, 1, loop.Advance(13*time.Millisecond))
	require.Equal(t, 3*time.Millisecond, loop.Stats().Drift)
	require.Equal(t, 2, loop.Advance(48*time.Millisecond))
	require.Equal(t, LoopStats{
		Ticks: 3, Dropped: 1, Drift: 8 * time.Millisecond, DriftMax: 8 * time.Millisecond, Scale: 1,
	}, loop.Stats())
	require.Equal(t, 1, loop.Advance(50*time.Millisecond))
	require.Zero(t, loop.Stats().Drift)
	require.Equal(t, 8*time.Millisecond, loop.Stats().DriftMax)

	loop.SetScale(0)
	require.Zero(t, loop.Advance(time.Hour), "time stands still")
	require.Equal(t, time.Duration(math.MaxInt64), loop.Next())
}

func TestImpossibleLoops(t *testing.T) {
	require.PanicsWithValue(t, "engine: NewLoop with 0 ticks a second: choose 1 to 1000", func() { NewLoop(0, 0) })
	require.PanicsWithValue(t, "engine: NewLoop with a catch-up of -1 ticks: choose 1 or more, or 0 for 5",
		func() { NewLoop(60, -1) })
	require.PanicsWithValue(t, "engine: Loop.SetScale(NaN): choose 0 to 64", func() { NewLoop(60, 0).SetScale(math.NaN()) })
}
