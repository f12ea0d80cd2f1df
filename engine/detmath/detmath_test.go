package detmath

import (
	"hash/fnv"
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// inputs calls f with numbers of every sign and magnitude, n of each binary exponent, always the same ones.
func inputs(n int, f func(x float32)) {
	state := uint32(1)
	for exponent := range uint32(256) {
		for range n {
			state = state*1664525 + 1013904223 // Numerical Recipes' generator; only the high bits are used
			f(math.Float32frombits(state&(1<<31) | exponent<<23 | state>>8&(1<<23-1)))
		}
	}
}

// distance returns how many float32 lie between two numbers; 0 if they have the same bits or are both NaN.
func distance(a, b float32) uint32 {
	order := func(x float32) int64 {
		b := int64(math.Float32bits(x) &^ (1 << 31))
		if math.Signbit(float64(x)) {
			return -b
		}
		return b
	}
	if a != a && b != b {
		return 0
	}
	d := order(a) - order(b)
	return uint32(max(d, -d))
}

func TestAgainstMath(t *testing.T) {
	unary := map[string]struct {
		ours   func(float32) float32
		theirs func(float64) float64
	}{
		"Sin":  {Sin, math.Sin},
		"Cos":  {Cos, math.Cos},
		"Sqrt": {Sqrt, math.Sqrt},
	}
	for name, f := range unary {
		inputs(300, func(x float32) {
			got, want := f.ours(x), float32(f.theirs(float64(x)))
			if d := distance(got, want); d > 1 {
				t.Fatalf("%s(%g) = %g, but math says %g: %d units in the last place", name, x, got, want, d)
			}
		})
	}
	var last float32
	inputs(300, func(x float32) {
		got, want := Atan2(x, last), float32(math.Atan2(float64(x), float64(last)))
		require.LessOrEqual(t, distance(got, want), uint32(1), "Atan2(%g, %g) = %g, want %g", x, last, got, want)
		got, want = Length(x, last), float32(math.Hypot(float64(x), float64(last)))
		if x == x && last == last && !math.IsInf(float64(x), 0) && !math.IsInf(float64(last), 0) {
			require.LessOrEqual(t, distance(got, want), uint32(1), "Length(%g, %g) = %g, want %g", x, last, got, want)
		}
		last = x
	})
}

func TestSpecialValues(t *testing.T) {
	inf := float32(math.Inf(1))
	zero := float32(0)
	minus := float32(math.Copysign(0, -1))
	for _, y := range []float32{0, minus, 1, -1, inf, -inf} {
		for _, x := range []float32{0, minus, 1, -1, inf, -inf} {
			want := float32(math.Atan2(float64(y), float64(x)))
			require.Equal(t, math.Float32bits(want), math.Float32bits(Atan2(y, x)), "Atan2(%g, %g)", y, x)
		}
	}
	require.Equal(t, math.Float32bits(minus), math.Float32bits(Sin(minus)))
	odd := math.Float32frombits(0xffc12345) // a NaN of another kind
	for name, got := range map[string]float32{
		"Sin(∞)": Sin(inf), "Cos(-∞)": Cos(-inf), "Sqrt(-1)": Sqrt(-1), "Sqrt(NaN)": Sqrt(odd), "Sin(NaN)": Sin(odd),
		"Atan2(NaN, 1)": Atan2(odd, 1), "Length(NaN, 1)": Length(odd, 1), "WrapAngle(∞)": WrapAngle(inf),
	} {
		require.Equal(t, math.Float32bits(NaN()), math.Float32bits(got), name)
	}
	require.Equal(t, zero, Sqrt(0))
	require.Equal(t, inf, Length(inf, 1))
}

// TestReduce compares the reduction of angles with one in 400-bit numbers.
func TestReduce(t *testing.T) {
	const precision = 400
	pi, _, err := big.ParseFloat("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803"+
		"4825342117067982148086513282306647093844609550582231725359408128", 10, precision, big.ToNearestEven)
	require.NoError(t, err)
	half := new(big.Float).SetPrec(precision).Quo(pi, big.NewFloat(2))
	inputs(200, func(x float32) {
		if x-x != 0 || math.Abs(float64(x)) < 1e-30 {
			return
		}
		quadrant, rest, ok := reduce(x)
		require.True(t, ok)
		// Exactly: turns = floor(x/(π/2) + 1/2), wanted rest = x - turns·π/2.
		exact := new(big.Float).SetPrec(precision).SetFloat64(float64(x))
		quotient := new(big.Float).SetPrec(precision).Quo(exact, half)
		turns, _ := new(big.Float).SetPrec(precision).Add(quotient, big.NewFloat(0.5)).Int(nil)
		if quotient.Cmp(big.NewFloat(-0.5)) < 0 {
			turns, _ = new(big.Float).SetPrec(precision).Sub(quotient, big.NewFloat(0.5)).Int(nil)
		}
		product := new(big.Float).SetPrec(precision).Mul(new(big.Float).SetPrec(precision).SetInt(turns), half)
		want, _ := exact.Sub(exact, product).Float64()
		require.Equal(t, new(big.Int).And(turns, big.NewInt(3)).Uint64(), uint64(quadrant), "quadrant of %g", x)
		require.InEpsilon(t, want, rest, 1e-9, "rest of %g", x)
	})
}

func TestWrapAngle(t *testing.T) {
	inputs(200, func(x float32) {
		if x-x != 0 {
			return
		}
		wrapped := WrapAngle(x)
		require.LessOrEqual(t, math.Abs(float64(wrapped)), float64(float32(math.Pi)))
		require.InDelta(t, Sin(x), Sin(wrapped), 1e-6, "%g wraps to %g", x, wrapped)
		require.InDelta(t, Cos(x), Cos(wrapped), 1e-6, "%g wraps to %g", x, wrapped)
		require.Equal(t, wrapped, WrapAngle(wrapped))
	})
	require.Equal(t, float32(1), WrapAngle(1), "what is in range stays as it is")
}

// TestGolden holds the results to the same bits on every machine. Run it for other processors too:
//
//	GOARCH=386 GO386=softfloat go test ./engine/detmath
func TestGolden(t *testing.T) {
	h := fnv.New64a()
	var last float32
	inputs(1000, func(x float32) {
		s, c := Sincos(x)
		for _, v := range [...]float32{s, c, Sqrt(x), Length(x, last), Atan2(x, last), WrapAngle(x)} {
			b := math.Float32bits(v)
			_, _ = h.Write([]byte{byte(b), byte(b >> 8), byte(b >> 16), byte(b >> 24)})
		}
		last = x
	})
	require.Equal(t, uint64(0x245c4ce699f6e4be), h.Sum64())

	for _, c := range []struct {
		name string
		got  float32
		bits uint32
	}{
		{"Sin(1)", Sin(1), 0x3f576aa4},
		{"Cos(1)", Cos(1), 0x3f0a5140},
		{"Sin(1e30)", Sin(1e30), 0xbf4a89b0},
		{"Atan2(1, 2)", Atan2(1, 2), 0x3eed6338},
		{"Sqrt(2)", Sqrt(2), 0x3fb504f3},
		{"WrapAngle(4)", WrapAngle(4), 0xc0121fb5},
	} {
		require.Equal(t, c.bits, math.Float32bits(c.got), c.name)
	}
}
