package engine

import (
	"math"
	"math/bits"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSplitMix64 holds the generator to the numbers of Vigna's splitmix64.c for the state 1234567.
func TestSplitMix64(t *testing.T) {
	r := Random{1234567}
	for _, want := range []uint64{
		6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821,
	} {
		require.Equal(t, want, r.Uint64())
	}
}

// TestRandomIsAFunctionOfItsArguments holds the numbers of a tick to the same bits for ever: replays and other
// machines depend on them.
func TestRandomIsAFunctionOfItsArguments(t *testing.T) {
	tick := Tick{Number: 7, Seed: 42}
	r := tick.Random(1000, 3)
	again := Tick{Number: 7, Seed: 42, Replay: true}.Random(1000, 3)
	require.Equal(t, r, again)
	require.Equal(t, uint64(0x76d8aee28dac80ed), r.Uint64())
	require.Equal(t, float32(0.034033835), r.Float32())
	require.Equal(t, 419, r.IntN(1000))
	require.Equal(t, float32(-0.78165376), r.Range(-1, 1))
}

// TestRandomAvalanche flips single bits of all arguments and counts how many bits of the first number flip with them:
// half, if arguments that differ a little give numbers that have nothing to do with each other.
func TestRandomAvalanche(t *testing.T) {
	first := func(seed uint64, tick uint32, id uint64, site uint32) uint64 {
		r := Tick{Number: tick, Seed: seed}.Random(id, site)
		return r.Uint64()
	}
	const rounds = 600
	source := NewRandom(1)
	var flips [192][64]int
	for range rounds {
		seed, tick, id, site := source.Uint64()>>40, uint32(source.Uint64())>>16, source.Uint64()>>50, uint32(source.Uint64())>>28
		base := first(seed, tick, id, site)
		for bit := range 192 {
			var other uint64
			switch {
			case bit < 64:
				other = first(seed^1<<bit, tick, id, site)
			case bit < 96:
				other = first(seed, tick^1<<(bit-64), id, site)
			case bit < 160:
				other = first(seed, tick, id^1<<(bit-96), site)
			default:
				other = first(seed, tick, id, site^1<<(bit-160))
			}
			for d := base ^ other; d != 0; d &= d - 1 {
				flips[bit][bits.TrailingZeros64(d)]++
			}
		}
	}
	for in := range flips {
		for out, n := range flips[in] {
			// Six standard deviations: once in 40 000 runs among these 12 288 numbers, were they not always the same.
			require.InDelta(t, rounds/2, n, 6*math.Sqrt(rounds)/2, "bit %d of the arguments flips bit %d", in, out)
		}
	}
}

// TestRandomIsEven throws dice whose ids and ticks count up, as they do in games, and looks at the sums (chi squared).
func TestRandomIsEven(t *testing.T) {
	const faces, throws = 20, 200_000
	var ints, floats [faces]int
	for i := range throws {
		r := Tick{Number: uint32(i / 100), Seed: 1}.Random(uint64(i%100), 0)
		ints[r.IntN(faces)]++
		floats[int(r.Float32()*faces)]++
	}
	for _, counts := range [][faces]int{ints, floats} {
		var chi float64
		for _, n := range counts {
			d := float64(n) - throws/faces
			chi += d * d / (throws / faces)
		}
		require.Less(t, chi, 43.8, "19 degrees of freedom: exceeded once in a thousand")
	}
}

func TestRandomBounds(t *testing.T) {
	r := NewRandom(3)
	for range 100_000 {
		f := r.Float32()
		require.True(t, f >= 0 && f < 1)
		n := r.IntN(3)
		require.True(t, n >= 0 && n < 3)
		v := r.Range(-5, 5)
		require.True(t, v >= -5 && v <= 5)
	}
	require.PanicsWithValue(t, "engine: Random.IntN needs a positive number", func() { r.IntN(0) })
	require.Zero(t, testing.AllocsPerRun(100, func() { r.IntN(1000) }))
}
