package wire

import (
	"math"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// drawSteps makes a range and a step that a float32 can hold.
func drawSteps(t *rapid.T) steps {
	low := rapid.Float64Range(-1e6, 1e6).Draw(t, "min")
	span := rapid.Float64Range(1e-3, 1e6).Draw(t, "span")
	n := rapid.Float64Range(1, 1<<22).Draw(t, "steps")
	s := newSteps(low, low+span, span/n)
	if checkResolution(math.Max(math.Abs(low), math.Abs(low+span)), s.span/s.n, false) != nil {
		t.Skip("finer than a float32")
	}
	return s
}

func TestStepsRoundTripWithinHalfAStep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSteps(t)
		v := rapid.Float64Range(s.min, s.min+s.span).Draw(t, "v")
		l := s.quantise(v)
		require.LessOrEqual(t, float64(l), s.n)
		half := 0.5 * s.span / s.n
		require.InDelta(t, v, s.value(l), half*(1+1e-6))
	})
}

// Every lane must survive going through a float32, or a baseline would drift each time it is applied and compared.
func TestStepsAreIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSteps(t)
		l := rapid.Uint32Range(0, uint32(s.n)).Draw(t, "lane")
		require.Equal(t, l, s.quantise(float64(float32(s.value(l)))))
	})
}

func TestEveryLaneOfTheArenaIsIdempotent(t *testing.T) {
	s := newSteps(-512, 512, 0.01)
	require.EqualValues(t, 102400, s.n)
	for l := range uint32(s.n) + 1 {
		require.Equal(t, l, s.quantise(float64(float32(s.value(l)))))
	}
	require.Zero(t, s.value(51200), "zero is exact")
	require.EqualValues(t, -512, s.value(0))
	require.EqualValues(t, 512, s.value(102400))
}

func TestStepsClamp(t *testing.T) {
	s := newSteps(-2, 6, 0.5)
	for _, c := range []struct {
		v    float64
		want uint32
	}{{-2, 0}, {6, 16}, {-2.1, 0}, {1e300, 16}, {math.Inf(1), 16}, {math.Inf(-1), 0}, {math.NaN(), 0}, {0, 4}, {0.24, 4}, {0.26, 5}} {
		require.Equal(t, c.want, s.quantise(c.v), "%v", c.v)
	}
}

// A step that does not divide its range is narrowed, so that both ends are values.
func TestStepNarrowsToReachTheEnd(t *testing.T) {
	s := newSteps(0, 1, 0.3)
	require.EqualValues(t, 4, s.n)
	require.EqualValues(t, 1, s.value(s.quantise(1)))
}

func TestAnglesWrap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := newAngles(rapid.UintRange(1, 24).Draw(t, "bits"))
		v := rapid.Float64Range(-100, 100).Draw(t, "v")
		l := a.quantise(v)
		got := a.value(l)
		require.Less(t, math.Abs(math.Remainder(v-got, 2*math.Pi)), math.Pi/math.Ldexp(1, int(a.bits))+1e-12, "half a step")
		require.True(t, got >= -math.Pi && got < math.Pi)
		require.Equal(t, l, a.quantise(float64(float32(got))), "idempotent")
		require.Equal(t, l, a.quantise(got+2*math.Pi), "a turn more is the same")
	})
}

func TestAnglesOfNoDirection(t *testing.T) {
	a := newAngles(10)
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e300} {
		require.Zero(t, a.quantise(v), "%v", v)
	}
	require.Equal(t, a.quantise(math.Pi), a.quantise(-math.Pi), "the seam is one direction")
}

// integers has every integer kind with and without a range.
type integers struct {
	A int8
	B int16
	C int32
	D int64
	E uint8
	F uint16
	G uint32
	H uint64
	I int8   `net:"min=-3,max=100"`
	J int64  `net:"min=-5000000000,max=5000000000"`
	K uint64 `net:"min=7,max=4294967302"`
	L uint32 `net:"bits=9"`
	M int64  `net:"bits=40"`
	N int    `net:"min=-1,max=0x7fffffff"`
	O int64  `net:"bits=64"`
	P int8   `net:"enum=3"`
	Q uint16 `net:"enum=1"`
}

func TestIntegersRoundTripOrClamp(t *testing.T) {
	c := mustCompile[integers](t, Quantised)
	rapid.Check(t, func(t *rapid.T) {
		in := integers{
			rapid.Int8().Draw(t, "A"), rapid.Int16().Draw(t, "B"), rapid.Int32().Draw(t, "C"), rapid.Int64().Draw(t, "D"),
			rapid.Uint8().Draw(t, "E"), rapid.Uint16().Draw(t, "F"), rapid.Uint32().Draw(t, "G"), rapid.Uint64().Draw(t, "H"),
			rapid.Int8().Draw(t, "I"), rapid.Int64().Draw(t, "J"), rapid.Uint64().Draw(t, "K"), rapid.Uint32().Draw(t, "L"),
			rapid.Int64().Draw(t, "M"), rapid.Int().Draw(t, "N"),
			rapid.Int64().Draw(t, "O"), rapid.Int8().Draw(t, "P"), rapid.Uint16().Draw(t, "Q"),
		}
		want := in
		want.I = min(max(in.I, -3), 100)
		want.J = min(max(in.J, -5_000_000_000), 5_000_000_000)
		want.K = min(max(in.K, 7), 4_294_967_302)
		want.L = min(in.L, 511)
		want.M = min(max(in.M, -1<<39), 1<<39-1)
		want.N = min(max(in.N, -1), 0x7fffffff)
		want.P = min(max(in.P, 0), 2)
		want.Q = 0

		lanes := make([]uint32, c.Lanes())
		c.Quantise(lanes, unsafe.Pointer(&in))
		var out integers
		c.Dequantise(unsafe.Pointer(&out), lanes)
		require.Equal(t, want, out)

		var w Writer
		c.WriteLanes(&w, lanes)
		var r Reader
		r.Reset(w.Finish())
		back := make([]uint32, c.Lanes())
		require.NoError(t, c.ReadLanes(&r, back))
		require.Equal(t, lanes, back)
	})
}
