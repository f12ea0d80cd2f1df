package sprite_test

import (
	"image/color"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tandem-engine/tandem/render/sprite"
	"pgregory.net/rapid"
)

func TestColorAgreesWithImageColor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rgb := rapid.Uint32Range(0, 0xffffff).Draw(t, "rgb")
		alpha := rapid.Byte().Draw(t, "alpha")
		c := sprite.Hex(rgb).Fade(float32(alpha) / 255)
		want := color.NRGBA{byte(rgb >> 16), byte(rgb >> 8), byte(rgb), alpha}
		r, g, b, a := c.NRGBA()
		require.Equal(t, want, color.NRGBA{r, g, b, a})
		got := [4]uint32{}
		got[0], got[1], got[2], got[3] = c.RGBA()
		wr, wg, wb, wa := want.RGBA()
		for i, w := range []uint32{wr, wg, wb, wa} {
			require.InDelta(t, w, got[i], 2)
		}
	})
}

func TestRampMixesBetweenItsStops(t *testing.T) {
	ramp := sprite.Ramp{{At: 0.2, Color: sprite.Hex(0)}, {At: 0.6, Color: sprite.White}, {At: 1, Color: sprite.White.Fade(0)}}
	require.Equal(t, sprite.Hex(0), ramp.At(-3))
	require.Equal(t, sprite.Hex(0), ramp.At(0.2))
	require.InDelta(t, 0.5, ramp.At(0.4).G, 1e-6)
	require.InDelta(t, 0.5, ramp.At(0.8).A, 1e-6)
	require.Equal(t, float32(0), ramp.At(9).A)
	require.Equal(t, sprite.White, sprite.Ramp(nil).At(0.3))
}
