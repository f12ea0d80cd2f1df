package draw_test

import (
	"image"
	"image/color"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/stretchr/testify/require"
	d "github.com/tandem-engine/tandem/render/draw"
	"github.com/tandem-engine/tandem/render/screentest"
	"github.com/tandem-engine/tandem/render/sprite"
)

// slopes is a grey square that looks to the left on its left half and to the right on its right half; its lower half
// takes the tint.
func slopes() *d.Atlas {
	surface := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for y := range 64 {
		for x := range 64 {
			c := color.RGBA{255 * 15 / 100, 127, 0, 255}
			if x >= 32 {
				c.R = 255 * 85 / 100
			}
			if y >= 32 {
				c.B = 255
			}
			surface.SetRGBA(x, y, c)
		}
	}
	a := d.NewAtlas()
	a.AddLit("slopes", filled(64, 64, color.Gray{200}), surface)
	a.Build()
	return a
}

func lit(t *testing.T, prepare func(l *d.Lights), quad d.Quad) *image.RGBA {
	t.Helper()
	screen := ebiten.NewImage(128, 128)
	defer screen.Deallocate()
	a := slopes()
	lights, err := d.NewLights()
	require.NoError(t, err)
	lights.Rim = sprite.Color{}
	lights.Ambient = sprite.Hex(0x202020)
	lights.SunX, lights.SunY, lights.SunZ = -0.8, 0, 0.6
	prepare(lights)
	b := d.NewBatch(a)
	quad.X, quad.Y = 64, 64
	b.Draw(a.MustPicture("slopes"), quad)
	b.FlushLit(screen, lights)
	screentest.Save(t, t.Name(), screen)
	return screentest.Pixels(screen)
}

func TestSunLightsWhatLooksAtIt(t *testing.T) {
	img := lit(t, func(*d.Lights) {}, d.Quad{})
	require.Greater(t, img.RGBAAt(40, 50).R, img.RGBAAt(88, 50).R+80)
	require.Equal(t, uint8(0), img.RGBAAt(10, 10).A)
}

// The light comes from the same side however the thing is turned.
func TestLightKeepsItsDirectionWhileThingsTurn(t *testing.T) {
	for _, angle := range []float32{0, 3.14159265, -3.14159265} {
		img := lit(t, func(*d.Lights) {}, d.Quad{Rotation: angle})
		require.Greater(t, img.RGBAAt(40, 64).R, img.RGBAAt(88, 64).R+80, "turned by %v", angle)
	}
	img := lit(t, func(*d.Lights) {}, d.Quad{Rotation: 3.14159265 / 2})
	require.InDelta(t, img.RGBAAt(64, 40).R, img.RGBAAt(64, 88).R, 12, "up and down are alike to a sun from the left")
}

func TestPointLightShinesNearby(t *testing.T) {
	dark := lit(t, func(*d.Lights) {}, d.Quad{})
	shone := lit(t, func(l *d.Lights) { l.Point(120, 64, 60, sprite.Hex(0xff0000).Scale(2)) }, d.Quad{})
	require.Greater(t, shone.RGBAAt(90, 50).R, dark.RGBAAt(90, 50).R+60)
	require.InDelta(t, dark.RGBAAt(90, 50).G, shone.RGBAAt(90, 50).G, 3)
	require.InDelta(t, dark.RGBAAt(36, 50).R, shone.RGBAAt(36, 50).R, 3, "out of reach")
	require.NotPanics(t, func() {
		lit(t, func(l *d.Lights) {
			for range 3 * d.MaxLights {
				l.Point(1, 1, 10, sprite.White)
			}
			l.Clear()
		}, d.Quad{})
	})
}

func TestTintColoursOnlyTheTeamsPart(t *testing.T) {
	img := lit(t, func(l *d.Lights) { l.Ambient = sprite.White }, d.Quad{Tint: sprite.Hex(0x00ff00)})
	neutral, team := img.RGBAAt(88, 50), img.RGBAAt(88, 80)
	require.InDelta(t, neutral.R, neutral.G, 3)
	require.Less(t, team.R, uint8(10))
	require.Greater(t, team.G, uint8(150))
}

func TestFlashTurnsWhiteAndFadeFades(t *testing.T) {
	img := lit(t, func(*d.Lights) {}, d.Quad{Flash: 1})
	require.Equal(t, color.RGBA{255, 255, 255, 255}, img.RGBAAt(88, 50))
	img = lit(t, func(*d.Lights) {}, d.Quad{Tint: sprite.White.Fade(0.5)})
	require.InDelta(t, 127, img.RGBAAt(88, 50).A, 3)
}
