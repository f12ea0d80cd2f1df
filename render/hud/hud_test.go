package hud_test

import (
	"image/color"
	"strconv"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/stretchr/testify/require"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/render/hud"
	"github.com/tandem-engine/tandem/render/screentest"
	"github.com/tandem-engine/tandem/render/sprite"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { screentest.Main(m) }

func drawRect(t *rapid.T, name string) hud.Rect {
	side := func(what string, low, high float32) float32 { return rapid.Float32Range(low, high).Draw(t, name+what) }
	return hud.Rect{X: side(" x", -500, 500), Y: side(" y", -500, 500), W: side(" w", 0, 2000), H: side(" h", 0, 2000)}
}

func inside(t *rapid.T, outer, inner hud.Rect) {
	const slack = 1e-2
	require.True(t, inner.X >= outer.X-slack && inner.Y >= outer.Y-slack &&
		inner.X+inner.W <= outer.X+outer.W+slack && inner.Y+inner.H <= outer.Y+outer.H+slack, "%v not in %v", inner, outer)
	require.True(t, inner.W >= 0 && inner.H >= 0, "%v", inner)
}

// What is cut from a rectangle lies in it, and the parts make up the whole.
func TestCutsStayInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, d := drawRect(t, "r"), rapid.Float32Range(-10, 1500).Draw(t, "d")
		inside(t, r, r.Inset(max(d, 0)))
		strip, rest := r.Top(d)
		inside(t, r, strip)
		inside(t, r, rest)
		require.InDelta(t, r.H, strip.H+rest.H, 1e-2)
		strip, rest = r.Left(d)
		inside(t, r, strip)
		inside(t, r, rest)
		require.InDelta(t, r.W, strip.W+rest.W, 1e-2)
	})
}

func TestPlaceKeepsTheMargin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRect(t, "r")
		margin := rapid.Float32Range(0, min(r.W, r.H)/2).Draw(t, "margin")
		w := rapid.Float32Range(0, max(0, r.W-2*margin)).Draw(t, "w")
		h := rapid.Float32Range(0, max(0, r.H-2*margin)).Draw(t, "h")
		for _, a := range []hud.Anchor{hud.TopLeft, hud.Top, hud.TopRight, hud.Middle, hud.BottomLeft, hud.Bottom, hud.BottomRight} {
			inside(t, r.Inset(margin), r.Place(a, w, h, margin))
		}
	})
	r := hud.Rect{0, 0, 100, 50}
	require.Equal(t, hud.Rect{85, 35, 10, 10}, r.Place(hud.BottomRight, 10, 10, 5))
	require.Equal(t, hud.Rect{45, 20, 10, 10}, r.Place(hud.Middle, 10, 10, 5))
}

// The same layout in points fits windows of every size and shape that a game runs in.
func TestPointsGrowWithTheWindow(t *testing.T) {
	c := hud.NewCanvas()
	for _, size := range [][2]int{{800, 450}, {1280, 720}, {1920, 1080}, {2560, 1440}, {1000, 1000}} {
		screen := ebiten.NewImage(size[0], size[1])
		c.Begin(screen)
		b := c.Bounds()
		require.GreaterOrEqual(t, b.W, float32(1279), "%v", size)
		require.GreaterOrEqual(t, b.H, float32(719), "%v", size)
		require.InDelta(t, float32(size[0]), b.W*c.Scale(), 0.5)
		screen.Deallocate()
	}
}

func paint(t *testing.T, w, h int, f func(c *hud.Canvas)) *ebiten.Image {
	t.Helper()
	screen := ebiten.NewImage(w, h)
	screen.Fill(color.Black)
	c := hud.NewCanvas()
	c.Begin(screen)
	f(c)
	c.Flush()
	screentest.Save(t, t.Name(), screen)
	return screen
}

// Text lies within the rectangle that its width and size say, wherever it is aligned.
func TestTextStaysWhereItsWidthSays(t *testing.T) {
	for _, align := range []float32{0, 0.5, 1} {
		style := hud.Text{Font: hud.Bold, Size: 24, Align: align}
		var left, right float32
		screen := paint(t, 1280, 720, func(c *hud.Canvas) {
			w := c.Width("TANDEM", style)
			left = 640 - w*align
			right = left + w
			c.Text(640, 360, "TANDEM", style)
		})
		img := screentest.Pixels(screen)
		found := 0
		for y := range 720 {
			for x := range 1280 {
				if img.RGBAAt(x, y).R < 100 {
					continue
				}
				found++
				require.True(t, float32(x) >= left-2 && float32(x) <= right+2 && y > 345 && y < 375, "%d,%d at %v", x, y, align)
			}
		}
		require.Greater(t, found, 200)
	}
}

func TestFitShortens(t *testing.T) {
	paint(t, 1280, 720, func(c *hud.Canvas) {
		style := hud.Text{Size: 14}
		require.Equal(t, "short", c.Fit("short", style, 100))
		long := c.Fit("a name that is much too long for its place", style, 100)
		require.LessOrEqual(t, c.Width(long, style), float32(100))
		require.Greater(t, c.Width(long, style), float32(70))
		require.Equal(t, "", c.Fit("wide", style, 1))
	})
}

func TestBarIsFullByItsShare(t *testing.T) {
	red, blue := sprite.Hex(0xff0000), sprite.Hex(0x0000ff)
	img := screentest.Pixels(paint(t, 1280, 720, func(c *hud.Canvas) {
		c.Bar(hud.Rect{100, 100, 200, 20}, 0.25, red, blue)
		c.Bar(hud.Rect{100, 200, 200, 20}, 7, red, blue)
		c.Bar(hud.Rect{100, 300, 200, 20}, -1, red, blue)
		c.Panel(hud.Rect{400, 100, 100, 50}, red, blue)
	}))
	require.Equal(t, color.RGBA{255, 0, 0, 255}, img.RGBAAt(140, 110))
	require.Equal(t, color.RGBA{0, 0, 255, 255}, img.RGBAAt(160, 110))
	require.Equal(t, color.RGBA{255, 0, 0, 255}, img.RGBAAt(290, 210))
	require.Equal(t, color.RGBA{0, 0, 255, 255}, img.RGBAAt(110, 310))
	require.Equal(t, color.RGBA{255, 0, 0, 255}, img.RGBAAt(450, 125))
	require.Greater(t, img.RGBAAt(400, 125).B, uint8(220), "the border")
	require.Equal(t, uint8(0), img.RGBAAt(400, 100).R, "the corner is round")
}

// Panels, bars and text of a frame allocate nothing once the same text has been shown before.
func TestFrameAllocatesNothing(t *testing.T) {
	screen := ebiten.NewImage(1280, 720)
	c := hud.NewCanvas()
	names := make([]string, 20)
	for i := range names {
		names[i] = "player " + strconv.Itoa(i)
	}
	frame := func() {
		c.Begin(screen)
		for i, name := range names {
			y := float32(20 + 20*i)
			c.Panel(hud.Rect{10, y, 200, 18}, sprite.Hex(0x101830), sprite.White)
			c.Bar(hud.Rect{220, y, 60, 8}, 0.5, sprite.White, sprite.Hex(0x202020))
			c.Text(20, y, name, hud.Text{Size: 12, Shadow: 0.5})
			c.Text(200, y, c.Fit(name, hud.Text{Size: 12}, 500), hud.Text{Size: 12, Align: 1})
			c.Arrow(300, y, 6, 1, sprite.White)
		}
	}
	for range 3 {
		frame()
		c.Flush()
	}
	require.Zero(t, testing.AllocsPerRun(100, frame))
	// To draw it, Ebitengine takes some memory of its own for each of its commands, however many quads they hold.
	few := testing.AllocsPerRun(20, func() { c.Begin(screen); c.Text(1, 1, "one", hud.Text{}); c.Flush() })
	require.LessOrEqual(t, testing.AllocsPerRun(20, func() { frame(); c.Flush() }), few+10)
}

// A board is as large as fits and in the middle, in every window; what lies around it is in its points, too.
func TestBoardsAreInTheMiddle(t *testing.T) {
	for _, size := range [][2]int{{400, 200}, {200, 400}, {300, 300}} {
		screen := ebiten.NewImage(size[0], size[1])
		layer := hud.Board(100, 100, func(c *hud.Canvas, _ engine.Frame) {
			c.Fill(c.Bounds(), sprite.Hex(0x0000ff))
			c.Fill(hud.Rect{X: 0, Y: 0, W: 100, H: 100}, sprite.Hex(0xff0000))
			c.Disc(50, 50, 10, sprite.Hex(0x00ff00))
			c.Line(0, 90, 100, 90, 4, sprite.White)
		})
		for range 2 { // the second frame is as the first
			layer.Draw(screen, engine.Frame{})
		}
		img, w, h := screentest.Pixels(screen), size[0], size[1]
		side := min(w, h)
		left, top := (w-side)/2, (h-side)/2
		require.Equal(t, color.RGBA{0, 255, 0, 255}, img.RGBAAt(w/2, h/2), "%v", size)
		require.Equal(t, color.RGBA{255, 0, 0, 255}, img.RGBAAt(left+2, top+2), "%v", size)
		require.Equal(t, color.RGBA{255, 255, 255, 255}, img.RGBAAt(w/2, top+side*9/10), "%v", size)
		if side < max(w, h) {
			require.Equal(t, color.RGBA{0, 0, 255, 255}, img.RGBAAt(1, 1), "%v", size)
			require.Equal(t, color.RGBA{0, 0, 255, 255}, img.RGBAAt(w-2, h-2), "%v", size)
		}
		screen.Deallocate()
	}
}
