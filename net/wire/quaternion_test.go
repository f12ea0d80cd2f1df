package wire

import (
	"math"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

type turn32 struct {
	W, X, Y, Z float32
}

type turns struct {
	A [4]float64 `net:"quat,bits=9"`
	B turn32     `net:"quat,bits=12"`
	C [2]turn32  `net:"quat,bits=5"`
}

func TestQuaternionsRoundTrip(t *testing.T) {
	c := mustCompile[turns](t, Quantised)
	require.Equal(t, 16, c.Lanes())
	require.Equal(t, "A quat 9 bits\nB quat 12 bits\nC[2] quat 5 bits\n", c.Schema())
	rapid.Check(t, func(t *rapid.T) {
		var q [4]float64
		sum := 0.0
		for i := range q {
			q[i] = rapid.Float64Range(-1, 1).Draw(t, "component")
			sum += q[i] * q[i]
		}
		if sum < 1e-6 {
			t.Skip()
		}
		size := rapid.Float64Range(0.1, 10).Draw(t, "size") / math.Sqrt(sum)
		small := turn32{float32(q[0] * size), float32(q[1] * size), float32(q[2] * size), float32(q[3] * size)}
		v := turns{A: [4]float64{q[0] * size, q[1] * size, q[2] * size, q[3] * size}, B: small, C: [2]turn32{small, small}}
		lanes := make([]uint32, c.Lanes())
		c.Quantise(lanes, unsafe.Pointer(&v))
		var w Writer
		c.WriteLanes(&w, lanes)
		var r Reader
		r.Reset(w.Finish())
		got := make([]uint32, c.Lanes())
		require.NoError(t, c.ReadLanes(&r, got))
		require.Equal(t, lanes, got)
		var back turns
		c.Dequantise(unsafe.Pointer(&back), got)
		dot, length := 0.0, 0.0
		for i := range q {
			dot += q[i] / math.Sqrt(sum) * back.A[i]
			length += back.A[i] * back.A[i]
		}
		require.InDelta(t, 1, length, 1e-9)
		require.Greater(t, math.Abs(dot), math.Cos(0.0048), "0.55 degrees")
	})
}

func TestRotationsOfNoDirectionAreNone(t *testing.T) {
	c := mustCompile[turns](t, Quantised)
	nan := math.NaN()
	for _, bad := range [][4]float64{{}, {nan, 0, 0, 0}, {math.Inf(1), 0, 0, 1}, {0, 0, nan, 1}} {
		v := turns{A: bad, B: turn32{float32(bad[0]), float32(bad[1]), float32(bad[2]), float32(bad[3])}}
		lanes := quantised(c, v)
		require.EqualValues(t, 3, lanes[0], "W of an array is the last")
		require.EqualValues(t, 0, lanes[4], "W of a struct is where it is")
	}
}

func TestLanesBeyondTheSphereAreRotations(t *testing.T) {
	c := mustCompile[turns](t, Quantised)
	lanes := quantised(c, turns{})
	copy(lanes, []uint32{1, 511, 511, 0})
	var v turns
	c.Dequantise(unsafe.Pointer(&v), lanes)
	sum := 0.0
	for _, x := range v.A {
		require.False(t, math.IsNaN(x))
		sum += x * x
	}
	require.InDelta(t, 1, sum, 1e-9)
}

func TestExactRotationsAreBits(t *testing.T) {
	c := mustCompile[turns](t, Exact)
	require.Contains(t, c.Schema(), "B.W float32\n")
	v := turns{A: [4]float64{1, 2, 3, 4}}
	lanes := quantised(c, v)
	var back turns
	c.Dequantise(unsafe.Pointer(&back), lanes)
	require.Equal(t, v, back)
}
