// Package client is how pong looks and is played: everything that needs a window.
package client

import (
	"math"
	"strconv"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/pong/sim"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/input/device"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/render/draw"
	"github.com/tandem-engine/tandem/render/hud"
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
	draw.Add(app, hud.Board(sim.Width, sim.Height, t.draw))
}

// table draws the game.
type table struct {
	local   *session.Local
	score   *sim.Score
	paddles ecs.Reader2[replicate.Net, replicate.View[sim.Paddle]]
	balls   ecs.Reader1[replicate.View[sim.Ball]]
	bounces *predict.Events[sim.Bounce]
	trail   []puff // the newest last: the ball itself
	flash   puff
}

// puff is what stays for a while where the ball was.
type puff struct{ x, y, age float32 }

const trailTime = 0.22 // seconds

var night, lines, ivory = sprite.Hex(0x0b1020), sprite.Hex(0x2b3a67), sprite.Hex(0xfdf6e3)

func (t *table) Present(f engine.Frame) {
	t.flash.age += f.Dt
	for _, b := range t.bounces.Begun() {
		t.flash = puff{x: b.Value.X, y: b.Value.Y}
	}
	for i := range t.trail {
		t.trail[i].age += f.Dt
	}
	for len(t.trail) > 0 && t.trail[0].age > trailTime {
		t.trail = t.trail[:copy(t.trail, t.trail[1:])]
	}
	q := t.balls.Query()
	for q.Next() {
		b := q.Get().Value
		if b.Serve > f.Tick {
			t.trail = t.trail[:0] // it has been put there
		}
		t.trail = append(t.trail, puff{x: b.X, y: b.Y})
	}
}

func (t *table) draw(c *hud.Canvas, _ engine.Frame) {
	c.Fill(c.Bounds(), night.Scale(0.5))
	c.Fill(hud.Rect{W: sim.Width, H: sim.Height}, night)
	for y := float32(8); y < sim.Height; y += 40 {
		c.Fill(hud.Rect{X: sim.Width/2 - 3, Y: y, W: 6, H: 24}, lines)
	}
	big := hud.Text{Font: hud.Bold, Size: 84, Color: lines.Mix(ivory, 0.4), Align: 0.5}
	c.Text(sim.Width/2-110, 80, strconv.Itoa(int(t.score.Left)), big)
	c.Text(sim.Width/2+110, 80, strconv.Itoa(int(t.score.Right)), big)
	if faded := 3 * t.flash.age; faded < 1 {
		c.Disc(t.flash.x, t.flash.y, 14+50*faded, ivory.Fade(0.35*(1-faded)))
	}
	const steps = 12 // from frame to frame
	for i := range (len(t.trail) - 1) * steps {
		from, to, part := t.trail[i/steps], t.trail[i/steps+1], float32(i%steps)/steps
		young := 1 - (from.age+part*(to.age-from.age))/trailTime
		c.Disc(from.x+part*(to.x-from.x), from.y+part*(to.y-from.y), sim.BallRadius*young, ivory.Fade(0.08*young))
	}
	if n := len(t.trail); n > 0 {
		c.Disc(t.trail[n-1].x, t.trail[n-1].y, sim.BallRadius, ivory)
	}
	q := t.paddles.Query()
	for q.Next() {
		net, p := q.Get()
		x, out, tint := float32(sim.Reach-sim.PaddleWidth), float32(-1), sprite.Hex(0xff8fb1)
		if p.Value.Right {
			x, out = sim.Width-sim.Reach, 1
		}
		if net.Owner != 0 && net.Owner == t.local.Player {
			tint = sprite.Hex(0x6ee7ff)
			c.Text(sim.Width/2+110*out, 144, "you", hud.Text{Font: hud.Bold, Size: 20, Color: tint, Align: 0.5})
		}
		c.Fill(hud.Rect{X: x, Y: p.Value.Y - sim.PaddleHeight/2, W: sim.PaddleWidth, H: sim.PaddleHeight}, tint)
	}
}
