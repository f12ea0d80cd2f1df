package draw_test

import (
	"image"
	"image/color"
	"image/draw"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/stretchr/testify/require"
	d "github.com/tandem-engine/tandem/render/draw"
	"github.com/tandem-engine/tandem/render/particle"
	"github.com/tandem-engine/tandem/render/screentest"
	"github.com/tandem-engine/tandem/render/sprite"
)

func filled(w, h int, c color.Color) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, img.Rect, image.NewUniform(c), image.Point{}, draw.Src)
	return img
}

func testAtlas() *d.Atlas {
	a := d.NewAtlas()
	a.Add("white", filled(64, 64, color.White))
	a.Add("wide", filled(60, 20, color.White))
	split := filled(32, 32, color.RGBA{255, 0, 0, 255})
	draw.Draw(split, image.Rect(16, 0, 32, 32), image.NewUniform(color.RGBA{0, 0, 255, 255}), image.Point{}, draw.Src)
	a.Add("split", split) // left half red, right half blue
	a.Build()
	return a
}

// show draws with a batch onto black and returns the pixels.
func show(t *testing.T, atlas *d.Atlas, paint func(b *d.Batch)) *image.RGBA {
	t.Helper()
	screen := ebiten.NewImage(200, 120)
	defer screen.Deallocate()
	screen.Fill(color.Black)
	b := d.NewBatch(atlas)
	paint(b)
	b.Flush(screen)
	require.Zero(t, b.Len(), "Flush empties the batch")
	screentest.Save(t, t.Name(), screen)
	return screentest.Pixels(screen)
}

func requireColor(t *testing.T, img *image.RGBA, x, y int, r, g, b uint8) {
	t.Helper()
	c := img.RGBAAt(x, y)
	require.InDelta(t, r, c.R, 3, "red at %d,%d: %v", x, y, c)
	require.InDelta(t, g, c.G, 3, "green at %d,%d: %v", x, y, c)
	require.InDelta(t, b, c.B, 3, "blue at %d,%d: %v", x, y, c)
}

func TestQuadCoversItsRectangle(t *testing.T) {
	img := show(t, testAtlas(), func(b *d.Batch) {
		b.Draw(testAtlas().Picture("white"), d.Quad{}) // of another atlas with the same places: only position counts
		b.Fill(50, 30, 40, 20, sprite.Hex(0x00ff00), 0)
	})
	requireColor(t, img, 51, 31, 0, 255, 0)
	requireColor(t, img, 89, 49, 0, 255, 0)
	requireColor(t, img, 48, 40, 0, 0, 0)
	requireColor(t, img, 92, 40, 0, 0, 0)
	requireColor(t, img, 70, 52, 0, 0, 0)
}

func TestQuadKeepsThePicturesShape(t *testing.T) {
	a := testAtlas()
	img := show(t, a, func(b *d.Batch) {
		b.Draw(a.Picture("wide"), d.Quad{X: 100, Y: 60, Width: 120})
	})
	requireColor(t, img, 45, 60, 255, 255, 255)
	requireColor(t, img, 100, 42, 255, 255, 255)
	requireColor(t, img, 100, 36, 0, 0, 0)
	requireColor(t, img, 36, 60, 0, 0, 0)
}

// A quarter turn clockwise puts the left half on top.
func TestQuadTurnsClockwise(t *testing.T) {
	a := testAtlas()
	img := show(t, a, func(b *d.Batch) {
		b.Draw(a.Picture("split"), d.Quad{X: 40, Y: 40})
		b.Draw(a.Picture("split"), d.Quad{X: 120, Y: 40, Rotation: 3.14159265 / 2})
	})
	requireColor(t, img, 32, 40, 255, 0, 0)
	requireColor(t, img, 48, 40, 0, 0, 255)
	requireColor(t, img, 120, 32, 255, 0, 0)
	requireColor(t, img, 120, 48, 0, 0, 255)
}

func TestGlowAddsAndCoverReplaces(t *testing.T) {
	img := show(t, testAtlas(), func(b *d.Batch) {
		b.Fill(0, 0, 200, 120, sprite.Hex(0x400000), 0)
		b.Fill(10, 10, 20, 20, sprite.Hex(0x004000), 1)
		b.Fill(50, 10, 20, 20, sprite.Hex(0x004000), 0)
		b.Fill(90, 10, 20, 20, sprite.Hex(0x00ff00).Fade(0.5), 0)
		b.Fill(130, 10, 20, 20, sprite.Hex(0x00ff00).Fade(0.25), 1)
	})
	requireColor(t, img, 20, 20, 0x40, 0x40, 0)
	requireColor(t, img, 60, 20, 0, 0x40, 0)
	requireColor(t, img, 100, 20, 0x20, 0x80, 0)
	requireColor(t, img, 140, 20, 0x40, 0x40, 0)
}

// What the camera says about a place is where the batch draws it, turned and zoomed too.
func TestWorldCoordinatesFollowTheCamera(t *testing.T) {
	camera := sprite.Camera{X: 500, Y: -300, Zoom: 2, Rotation: 0.4, Width: 200, Height: 120}
	img := show(t, testAtlas(), func(b *d.Batch) {
		b.World(camera)
		b.Fill(520-3, -310-3, 6, 6, sprite.Hex(0xff0000), 0)
		b.Line(490, -300, 490, -280, 4, sprite.Hex(0x00ff00), 0)
		b.Fill(9000, 9000, 5, 5, sprite.White, 0)
		require.Equal(t, 2, b.Len(), "what is not on the screen is left out")
		b.Screen()
		b.Fill(0, 0, 5, 5, sprite.Hex(0x0000ff), 0)
	})
	at := func(x, y float32) (int, int) {
		sx, sy := camera.ToScreen(x, y)
		return int(sx), int(sy)
	}
	x, y := at(520, -310)
	requireColor(t, img, x, y, 255, 0, 0)
	x, y = at(490, -290)
	requireColor(t, img, x, y, 0, 255, 0)
	requireColor(t, img, 2, 2, 0, 0, 255)
}

// A small drawing of fine stripes is an even grey; without smaller levels it would be stripes or one colour.
func TestSmallDrawingsTakeASmallerLevel(t *testing.T) {
	stripes := image.NewRGBA(image.Rect(0, 0, 256, 256))
	for y := range 256 {
		for x := range 256 {
			if x%2 == 0 {
				stripes.Set(x, y, color.White)
			} else {
				stripes.Set(x, y, color.Black)
			}
		}
	}
	a := d.NewAtlas()
	a.Add("stripes", stripes)
	a.Build()
	img := show(t, a, func(b *d.Batch) {
		b.Draw(a.Picture("stripes"), d.Quad{X: 60.3, Y: 60, Width: 40, Rotation: 0.1})
	})
	for x := 50; x < 70; x++ {
		c := img.RGBAAt(x, 60)
		require.InDelta(t, 127, c.R, 6, "at %d", x)
	}
}

func TestNineKeepsItsCorners(t *testing.T) {
	frame := filled(12, 12, color.RGBA{0, 0, 255, 255})
	draw.Draw(frame, image.Rect(4, 4, 8, 8), image.NewUniform(color.RGBA{255, 0, 0, 255}), image.Point{}, draw.Src)
	a := d.NewAtlas()
	a.Add("frame", frame)
	a.Build()
	img := show(t, a, func(b *d.Batch) { b.Nine(a.Picture("frame"), 20, 20, 100, 60, 4, 2, sprite.White) })
	requireColor(t, img, 22, 50, 0, 0, 255)
	requireColor(t, img, 26, 24, 0, 0, 255)
	requireColor(t, img, 70, 50, 255, 0, 0)
	requireColor(t, img, 117, 50, 0, 0, 255)
	requireColor(t, img, 122, 50, 0, 0, 0)
}

func TestAtlasRefusesMistakes(t *testing.T) {
	a := d.NewAtlas()
	a.Add("one", filled(4, 4, color.White))
	require.PanicsWithValue(t, `draw: two pictures are named "one" in one atlas: rename one`,
		func() { a.Add("one", filled(4, 4, color.White)) })
	require.Panics(t, func() { a.AddLit("lit", filled(4, 4, color.White), filled(8, 4, color.White)) })
	require.Panics(t, func() { d.NewBatch(a) })
	a.Build()
	require.Panics(t, func() { a.Add("two", filled(4, 4, color.White)) })
	require.Panics(t, func() { a.MustPicture("none") })
	require.Nil(t, a.Picture("none"))
}

func TestAtlasHoldsManyPictures(t *testing.T) {
	a := d.NewAtlas()
	for i := range 200 {
		a.Add(string(rune('A'+i)), filled(8+i, 8+(i*37)%90, color.White))
	}
	a.Build()
	require.LessOrEqual(t, a.Size().X, d.AtlasMax)
	img := show(t, a, func(b *d.Batch) { b.Draw(a.MustPicture("Z"), d.Quad{X: 100, Y: 60, Width: 30, Height: 30}) })
	requireColor(t, img, 100, 60, 255, 255, 255)
}

func TestBatchAllocatesNothingOnceGrown(t *testing.T) {
	a := testAtlas()
	b := d.NewBatch(a)
	kind := &particle.Kind{Sprite: "white", Life: particle.Exactly(1e6), Size: particle.Exactly(3), Stretch: 0.1}
	pool := particle.NewPool(500, 1)
	pool.Emit(kind, 500, particle.Source{})
	screen := ebiten.NewImage(200, 120)
	p := a.Picture("split")
	build := func() {
		b.World(sprite.Camera{Width: 200, Height: 120})
		for i := range 300 {
			b.Draw(p, d.Quad{X: float32(i % 50), Y: 5, Rotation: float32(i)})
			b.Line(0, 0, float32(i), 20, 1, sprite.White, 1)
		}
		b.Particles(pool)
	}
	build()
	require.Greater(t, b.Len(), 1000)
	b.Flush(screen)
	require.Zero(t, testing.AllocsPerRun(50, func() { build(); b.Reset() }))
}
