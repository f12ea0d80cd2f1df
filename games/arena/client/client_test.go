package client

import (
	"fmt"
	"image"
	"math"
	"testing"
	"time"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/stretchr/testify/require"
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena"
	"github.com/tandem-engine/tandem/games/arena/server"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/render/draw"
	"github.com/tandem-engine/tandem/render/screentest"
	"github.com/tandem-engine/tandem/render/window/script"
)

func TestMain(m *testing.M) { screentest.Main(m) }

// match is a hosted game in virtual time, drawn onto a picture in memory.
type match struct {
	t      *testing.T
	host   *session.Host
	stage  *stage
	keys   *input.State
	screen *ebiten.Image
	now    time.Duration
	frame  engine.Frame
}

func newMatch(t *testing.T, rules server.Rules, w, h int) *match {
	t.Helper()
	m := &match{t: t, screen: ebiten.NewImage(w, h)}
	host, err := session.NewHost(arena.With(rules), session.HostConfig{
		Name: "Ada", Seed: 3,
		Client: []engine.Plugin{func(app *engine.App) { m.stage = add(app) }},
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, host.Close())
		m.screen.Deallocate()
	})
	m.stage.loading.wait()
	m.host, m.keys = host, ecs.Resource[input.State](host.App().World())
	return m
}

// play lets frames pass until seconds have gone by, or done says so.
func (m *match) play(seconds float64, done func() bool) {
	m.t.Helper()
	for end := m.now + time.Duration(seconds*float64(time.Second)); m.now < end; m.now += time.Second / 60 {
		require.NoError(m.t, m.host.Advance(m.now))
		m.frame = m.host.Frame(m.now)
		require.NoError(m.t, m.host.App().Render(m.frame))
		if done != nil && done() {
			return
		}
	}
}

func (m *match) picture(name string) *image.RGBA {
	m.t.Helper()
	draw.Run(m.host.App(), m.screen, m.frame)
	screentest.Save(m.t, name, m.screen)
	return screentest.Pixels(m.screen)
}

// count is how many pixels of a part of a picture are as wanted.
func count(img *image.RGBA, r image.Rectangle, want func(r, g, b float64) bool) int {
	n := 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			c := img.RGBAAt(x, y)
			if want(float64(c.R)/255, float64(c.G)/255, float64(c.B)/255) {
				n++
			}
		}
	}
	return n
}

// A player sees the own ship, in its colour, near the middle of a sky with stars; bars that are full, a map with
// everybody on it, the own name on the scoreboard.
func TestFirstPicture(t *testing.T) {
	for _, size := range []image.Point{{1280, 720}, {640, 480}, {1600, 700}} {
		t.Run(fmt.Sprint(size.X), func(t *testing.T) {
			m := newMatch(t, server.Rules{Bots: 4, Rocks: -1}, size.X, size.Y)
			m.play(8, func() bool { return m.stage.scene.own != nil })
			m.play(3, nil)
			own := m.stage.scene.own
			require.NotNil(t, own, "no ship after some seconds")
			img := m.picture("first")
			hue := func(r, g, b float64) bool { // near the ship's own colour, lit or in shadow
				bright := max(r, g, b)
				most := max(float64(own.color.R), float64(own.color.G), float64(own.color.B))
				return bright > 0.25 && math.Abs(r/bright-float64(own.color.R)/most)+math.Abs(g/bright-float64(own.color.G)/most)+
					math.Abs(b/bright-float64(own.color.B)/most) < 0.35
			}
			sx, sy := m.stage.camera.ToScreen(own.x, own.y)
			ship := image.Rect(int(sx)-26, int(sy)-26, int(sx)+26, int(sy)+26)
			middle := image.Rect(size.X/3, size.Y/4, size.X*2/3, size.Y*3/4)
			require.True(t, ship.In(middle), "the camera has lost the ship: it is at %v", ship)
			require.Greater(t, count(img, ship, hue), 60, "no ship of its colour at %v", ship)

			sky := image.Rect(0, size.Y/3, size.X/3, size.Y*2/3)
			stars := count(img, sky, func(r, g, b float64) bool { return min(r, g, b) > 0.3 })
			require.Greater(t, stars, 12, "no stars")
			dark := count(img, sky, func(r, g, b float64) bool { return max(r, g, b) < 0.4 })
			require.Greater(t, dark, sky.Dx()*sky.Dy()*8/10, "the sky outshines the game")

			bars := image.Rect(size.X/3, size.Y*9/10, size.X*2/3, size.Y)
			green := count(img, bars, func(r, g, b float64) bool { return g > 0.7 && r < 0.6 && b < 0.8 })
			require.Greater(t, green, size.X/8, "no full bar of hull points")
			require.Equal(t, 5, len(m.stage.scene.pilots))
			require.NotNil(t, m.stage.scene.pilot)
			require.Equal(t, "Ada", m.stage.scene.pilot.Name)
		})
	}
}

// Keys fly the ship, and the picture follows: the camera stays with it.
func TestKeysFlyTheShip(t *testing.T) {
	m := newMatch(t, server.Rules{Rocks: -1}, 640, 360)
	m.play(8, func() bool { return m.stage.scene.own != nil })
	m.play(1, nil)
	from := *m.stage.scene.own
	m.keys.SetKey(input.KeyW, true)
	m.play(1.5, nil)
	own := m.stage.scene.own
	require.NotNil(t, own)
	require.True(t, own.burning)
	moved := math.Hypot(float64(own.x-from.x), float64(own.y-from.y))
	require.Greater(t, moved, 150.0, "thrust moves it")
	require.NotZero(t, m.stage.effects.below.Len(), "and its exhaust is seen")
	m.picture("flying")
	sx, sy := m.stage.camera.ToScreen(own.x, own.y)
	require.True(t, sx > 100 && sx < 540 && sy > 50 && sy < 310, "the ship is at %v,%v of the screen", sx, sy)

	angle := own.angle
	m.keys.SetKey(input.KeyW, false)
	m.keys.SetKey(input.KeyD, true)
	m.play(0.4, nil)
	m.keys.SetKey(input.KeyD, false)
	turned := math.Mod(float64(m.stage.scene.own.angle-angle)+4*math.Pi, 2*math.Pi)
	require.True(t, turned > 0.5 && turned < 2.5, "D turns it clockwise, by %v", turned)

	m.keys.SetKey(input.KeySpace, true)
	fired := false
	m.play(1, func() bool { fired = len(m.stage.scene.shots) > 2; return fired })
	require.True(t, fired, "space fires")
	require.True(t, m.stage.scene.shots[0].own)
	m.picture("firing")
}

// The scoreboard lies over the picture while its key is held.
func TestScoreboard(t *testing.T) {
	m := newMatch(t, server.Rules{Bots: 3, Rocks: -1}, 1280, 720)
	m.play(4, nil)
	before := m.picture("without")
	m.keys.SetKey(input.KeyTab, true)
	m.play(0.1, nil)
	after := m.picture("with")
	middle := image.Rect(400, 300, 880, 420)
	text := func(r, g, b float64) bool { return min(r, g, b) > 0.6 }
	require.Greater(t, count(after, middle, text), count(before, middle, text)+300)
}

// Once everything has been shown a while, a frame takes next to no memory of ours; Ebitengine takes some for each of
// its draw calls, of which there are about twenty.
func TestSteadyFramesAllocateLittle(t *testing.T) {
	m := newMatch(t, server.Rules{Bots: 6}, 1280, 720)
	m.keys.SetKey(input.KeySpace, true)
	m.play(6, nil)
	s := m.stage
	m.picture("steady")
	ours := testing.AllocsPerRun(100, func() {
		s.Present(m.frame)
		s.fx.World(s.camera)
		s.lit.World(s.camera)
		s.drawFence()
		s.drawBelow()
		s.light()
		s.drawBodies()
		s.drawAbove()
		s.fx.Reset()
		s.lit.Reset()
		for i := range starLayers {
			s.drawStars(&starLayers[i], 1, uint64(i))
		}
		s.drawDust()
		s.fx.Reset()
	})
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	require.LessOrEqual(t, ours, 1.0, "in reading the scene and building batches")
	finish := finisher(m.screen)
	all := testing.AllocsPerRun(30, func() {
		s.Present(m.frame)
		draw.Run(m.host.App(), m.screen, m.frame)
		finish()
	})
	t.Logf("a whole frame with Ebitengine's part: %.0f allocations", all)
	require.Less(t, all, 120.0)
}

func TestDemoScriptIsOne(t *testing.T) {
	_, err := script.Parse(demo)
	require.NoError(t, err)
}

func TestPilotsHand(t *testing.T) {
	keys := input.NewState(Bindings())
	hand := pilotsHand(keys)
	require.Equal(t, sim.Controls{}, hand(engine.Tick{}))
	keys.SetKey(input.KeyA, true)
	keys.SetKey(input.KeyArrowUp, true)
	keys.SetKey(input.KeySpace, true)
	keys.SetKey(input.KeySpace, false)
	require.Equal(t, sim.Controls{Turn: -sim.FullTurn, Thrust: true, Fire: true, Tap: input.Presses(1)}, hand(engine.Tick{}), "a short press of fire counts")
	require.Equal(t, sim.Controls{Turn: -sim.FullTurn, Thrust: true}, hand(engine.Tick{}), "once")
	keys.ReleaseAll()
	keys.EndTick()
	keys.SetAxis(input.PadLeftX, 0.55)
	require.InDelta(t, 3, hand(engine.Tick{}).Turn, 1, "a stick turns gently")
	keys.SetAxis(input.PadLeftX, 1)
	require.EqualValues(t, sim.FullTurn, hand(engine.Tick{}).Turn)
}

// Pilots that follow each other can be told apart, and from the dark.
func TestPilotColoursDiffer(t *testing.T) {
	var hue uint8
	type point struct{ r, g, b float64 }
	var seen []point
	for range 8 {
		c := pilotColor(hue)
		p := point{float64(c.R), float64(c.G), float64(c.B)}
		require.Greater(t, 0.3*p.r+0.6*p.g+0.1*p.b, 0.4, "hue %d is too dark", hue)
		for _, q := range seen {
			require.Greater(t, math.Abs(p.r-q.r)+math.Abs(p.g-q.g)+math.Abs(p.b-q.b), 0.15, "hue %d", hue)
		}
		seen = append(seen, p)
		hue += 158 // as the server gives them out
	}
}

// BenchmarkFrame draws a busy scene, with the time that the graphics card (or what stands in for it) takes.
func BenchmarkFrame(b *testing.B) {
	t := &testing.T{}
	m := newMatch(t, server.Rules{Bots: 8}, 1280, 720)
	defer m.host.Close()
	m.play(9, nil)
	finish := finisher(m.screen)
	b.ReportAllocs()
	for b.Loop() {
		m.stage.Present(m.frame)
		draw.Run(m.host.App(), m.screen, m.frame)
		finish()
	}
}

// finisher makes a function that waits until everything is drawn, as the end of a frame does.
func finisher(screen *ebiten.Image) func() {
	pixel, bytes := ebiten.NewImage(1, 1), make([]byte, 4)
	return func() {
		pixel.DrawImage(screen, nil)
		pixel.ReadPixels(bytes)
	}
}
