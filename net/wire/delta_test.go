package wire

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func quantised[T any](c *Codec, v T) []uint32 {
	lanes := make([]uint32, c.Lanes())
	c.Quantise(lanes, unsafe.Pointer(&v))
	return lanes
}

func TestDeltaRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := mustCompile[everything](t, rapid.SampledFrom([]Mode{Quantised, Exact}).Draw(t, "mode"))
		base, cur := quantised(c, drawEverything(t)), quantised(c, drawEverything(t))
		var w Writer
		c.WriteDelta(&w, base, cur)
		length := w.BitLen()
		data := w.Finish()
		for _, got := range [][]uint32{make([]uint32, len(base)), append([]uint32{}, base...)} {
			var r Reader
			r.Reset(data)
			from := base
			if got[0] == base[0] && len(got) > 0 {
				from = got // in place
				copy(got, base)
			}
			require.NoError(t, c.ReadDelta(&r, from, got))
			require.Equal(t, cur, got)
			require.Equal(t, len(data)*8-length, r.Left())
		}
	})
}

func TestDeltaCostsLittleForLittle(t *testing.T) {
	c := mustCompile[component](t, Quantised)
	at := component{Place: vec2{100, -30}, Speed: vec2{10, 0.5}, Heading: 1, Health: 50, Target: Some(uint32(4))}
	bitsFor := func(change func(*component)) int {
		to := at
		change(&to)
		var w Writer
		c.WriteDelta(&w, quantised(c, at), quantised(c, to))
		return w.BitLen()
	}
	require.Equal(t, 1, bitsFor(func(*component) {}), "unchanged")
	lanes := c.Lanes()
	require.Equal(t, 1+lanes, bitsFor(func(v *component) { v.Firing = true }), "a flag costs no more than that it changed")
	require.Equal(t, 1+lanes+2+5, bitsFor(func(v *component) { v.Place.X += 0.1 }), "10 steps in a quarter of 17 bits")
	require.Equal(t, 1+lanes+2+9, bitsFor(func(v *component) { v.Place.X -= 1 }), "100 steps in half of 17 bits")
	require.Equal(t, 1+lanes+2+17, bitsFor(func(v *component) { v.Place.X = -500 }), "anything at all")
	require.Equal(t, 1+lanes-1, bitsFor(func(v *component) { v.Target = Optional[uint32]{} }), "what is absent costs nothing")
}

func TestAngleDeltaIsNearAcrossTheSeam(t *testing.T) {
	type facing struct {
		A float32 `net:"angle,bits=16"`
	}
	c := mustCompile[facing](t, Quantised)
	var w Writer
	c.WriteDelta(&w, quantised(c, facing{3.1415}), quantised(c, facing{-3.1415}))
	require.Equal(t, 1+1+2+4, w.BitLen())
}

func TestDeltaRefusesWhatIsOutOfRange(t *testing.T) {
	type health struct {
		V uint8 `net:"max=100"`
	}
	c := mustCompile[health](t, Quantised)
	var w Writer
	w.Bits(0b11, 2) // something differs, the lane does
	w.Bits(3, 2)    // the widest class: 7 bits
	w.Bits(1, 7)    // +1
	var r Reader
	r.Reset(w.Finish())
	cur := []uint32{0}
	require.ErrorIs(t, c.ReadDelta(&r, []uint32{100}, cur), ErrRange)
	r.Reset(w.Finish())
	require.NoError(t, c.ReadDelta(&r, []uint32{99}, cur))
	require.EqualValues(t, 100, cur[0])
}
