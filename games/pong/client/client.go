// Package client is how pong looks and is played: everything that needs a window.
package client

import (
	"math"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/vector"
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/pong/sim"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/input/device"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/render/draw"
	"github.com/tandem-engine/tandem/render/sprite"
)

// Plugin adds the player's hand and the picture.
func Plugin(app *engine.App) {
	keys := input.NewState(device.Bindings())
	ecs.SetResource(app.World(), keys)
	input.Sample(app, func(engine.Tick) sim.Move {
		defer keys.EndTick()
		return sim.Move{Dir: int8(math.Round(float64(keys.Axis(device.MoveY))))}
	})
	w, all := app.World(), app.Sim().All()
	t := &table{
		local: ecs.MustResource[session.Local](w), score: ecs.MustResource[sim.Score](w), bounces: predict.EventsOf[sim.Bounce](app.Sim()),
		paddles: ecs.Read2[replicate.Net, replicate.View[sim.Paddle]](all), balls: ecs.Read1[replicate.View[sim.Ball]](all),
	}
	app.Present(t)
	draw.Add(app, draw.LayerFunc(t.draw))
}

// table draws the game in the middle of whatever screen there is.
type table struct {
	local   *session.Local
	score   *sim.Score
	paddles ecs.Reader2[replicate.Net, replicate.View[sim.Paddle]]
	balls   ecs.Reader1[replicate.View[sim.Ball]]
	bounces *predict.Events[sim.Bounce]
	trail   [14]sim.Ball // the newest first
	flash   sim.Bounce
	faded   float32 // 1: it is gone

	screen         *ebiten.Image
	left, top, one float32 // where the table is, and how large a unit
}

var night, lines, ivory = sprite.Hex(0x0b1020), sprite.Hex(0x2b3a67), sprite.Hex(0xfdf6e3)

func (t *table) Present(f engine.Frame) {
	for _, b := range t.bounces.Begun() {
		t.flash, t.faded = b.Value, 0
	}
	t.faded = min(1, t.faded+3*f.Dt)
	for q := t.balls.Query(); q.Next(); {
		copy(t.trail[1:], t.trail[:])
		t.trail[0] = q.Get().Value
	}
}

func (t *table) draw(screen *ebiten.Image, _ engine.Frame) {
	screen.Fill(night)
	w, h := float32(screen.Bounds().Dx()), float32(screen.Bounds().Dy())
	t.screen, t.one = screen, min(w/sim.Width, h/sim.Height)
	t.left, t.top = (w-sim.Width*t.one)/2, (h-sim.Height*t.one)/2
	for y := float32(8); y < sim.Height; y += 40 {
		t.box(sim.Width/2-3, y, 6, 24, lines)
	}
	t.number(sim.Width/2-132, int(t.score.Left))
	t.number(sim.Width/2+88, int(t.score.Right))
	t.disc(t.flash.X, t.flash.Y, 14+50*t.faded, ivory.Fade(0.35*(1-t.faded)))
	for i := len(t.trail) - 1; i > 0; i-- {
		t.disc(t.trail[i].X, t.trail[i].Y, sim.BallRadius*(1-float32(i)/20), ivory.Fade(0.22*(1-float32(i)/14)))
	}
	t.disc(t.trail[0].X, t.trail[0].Y, sim.BallRadius, ivory)
	for q := t.paddles.Query(); q.Next(); {
		net, p := q.Get()
		x, tint := float32(sim.Reach-sim.PaddleWidth), sprite.Hex(0xff8fb1)
		if p.Value.Right {
			x = sim.Width - sim.Reach
		}
		if net.Owner != 0 && net.Owner == t.local.Player {
			tint = sprite.Hex(0x6ee7ff) // one's own
		}
		t.box(x, p.Value.Y-sim.PaddleHeight/2, sim.PaddleWidth, sim.PaddleHeight, tint)
	}
}

func (t *table) box(x, y, w, h float32, c sprite.Color) {
	vector.FillRect(t.screen, t.left+x*t.one, t.top+y*t.one, w*t.one, h*t.one, c, true)
}

func (t *table) disc(x, y, r float32, c sprite.Color) {
	vector.FillCircle(t.screen, t.left+x*t.one, t.top+y*t.one, r*t.one, c, true)
}

// digits are segments: top, upper left and right, middle, lower left and right, bottom.
var digits = [10]uint8{0b1110111, 0b0100100, 0b1011101, 0b1101101, 0b0101110, 0b1101011, 0b1111011, 0b0100101, 0b1111111, 0b1101111}

// number draws one below 100, as old displays do.
func (t *table) number(x float32, n int) {
	if n >= 10 {
		t.number(x-58, n/10) // tens stand left of it
	}
	for i, s := range [7][4]float32{{0, 0, 44, 8}, {0, 0, 8, 44}, {36, 0, 8, 44}, {0, 36, 44, 8}, {0, 36, 8, 44}, {36, 36, 8, 44}, {0, 72, 44, 8}} {
		if digits[n%10]>>i&1 != 0 {
			t.box(x+s[0], 40+s[1], s[2], s[3], lines.Mix(ivory, 0.4))
		}
	}
}
