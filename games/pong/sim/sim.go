// Package sim is pong as server and clients simulate it, in pixels and seconds.
package sim

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
)

// The table and what moves on it.
const (
	Width, Height             = 1280, 720
	PaddleWidth, PaddleHeight = 18, 120
	PaddleSpeed               = 640
	Reach                     = 60 // from a side to the front of its paddle
	BallRadius                = 11
	ServeSpeed, TopSpeed      = 480, 1300
	FasterBy                  = 1.06 // each time that a paddle is hit
	Spin                      = 420  // how far off the middle of a paddle steers the ball
	Pause                     = 60   // ticks before a serve
)

// Paddle is one side's.
type Paddle struct {
	Right bool
	Y     float32 `net:"min=0,max=720,step=0.125"` // of its middle
}

// Ball is the ball. Until the tick Serve it rests in the middle.
type Ball struct {
	X, Y   float32 `net:"min=-64,max=1344,step=0.0625"`
	VX, VY float32 `net:"min=-2048,max=2047,step=0.25"`
	Serve  uint32
}

// Score is a resource: the points of both sides. The server counts.
type Score struct{ Left, Right uint8 }

// Move is what a player does in a tick: -1 is up, 1 down.
type Move struct {
	Dir int8 `net:"min=-1,max=1"`
}

// Bounce is a predicted event: the ball has hit something there.
type Bounce struct{ X, Y float32 }

// Goal is an event of the server's systems: the ball has left the table.
type Goal struct{ Right bool } // on the right side: a point for the left

// Plugin adds what both sides share.
func Plugin(app *engine.App) {
	replicate.Component[Paddle](app, replicate.Predict(), replicate.Interpolate(replicate.Lerp))
	replicate.Component[Ball](app, replicate.Predict(), replicate.Interpolate(replicate.Lerp), replicate.Snap(Width/3))
	replicate.Resource[Score](app)
	predict.Event[Bounce](app)
	input.Command[Move](app)
	s := app.Sim()
	app.Simulate(
		&paddles{ecs.Query2[Paddle, Move](s)},
		&balls{ecs.Query2[replicate.Net, Ball](s), ecs.Read1[Paddle](s.All()), predict.EventsOf[Bounce](s), ecs.EventsOf[Goal](s.World())},
	)
}

// paddles moves the paddles as their players say.
type paddles struct{ paddles ecs.Filter2[Paddle, Move] }

func (p *paddles) Update(t engine.Tick) {
	q := p.paddles.Query()
	for q.Next() {
		paddle, move := q.Get()
		y := paddle.Y + float32(PaddleSpeed*float32(move.Dir)*t.Dt)
		paddle.Y = min(max(y, PaddleHeight/2), Height-PaddleHeight/2)
	}
}

// balls moves the ball: on a client off its own paddle, and off the other as shown.
type balls struct {
	balls   ecs.Filter2[replicate.Net, Ball]
	paddles ecs.Reader1[Paddle]
	bounces *predict.Events[Bounce]
	goals   *ecs.Events[Goal]
}

func (b *balls) Update(t engine.Tick) {
	q := b.balls.Query()
	for q.Next() {
		net, ball := q.Get()
		if t.Number < ball.Serve {
			continue
		}
		ball.X += float32(ball.VX * t.Dt)
		ball.Y += float32(ball.VY * t.Dt)
		wall := ball.Y < BallRadius && ball.VY < 0 || ball.Y > Height-BallRadius && ball.VY > 0
		if wall {
			ball.VY = -ball.VY
		}
		if b.returned(ball) || wall {
			b.bounces.Emit(t, net.ID, Bounce{ball.X, ball.Y})
		}
		if right := ball.X > Width+BallRadius; right || ball.X < -BallRadius {
			b.goals.Emit(Goal{right})
			*ball = Served(t, right)
		}
	}
}

// returned bounces the ball off the paddle that it has run into.
func (b *balls) returned(ball *Ball) (hit bool) {
	q := b.paddles.Query()
	for q.Next() {
		p := q.Get()
		front, out := float32(Reach+BallRadius), float32(1)
		if p.Right {
			front, out = Width-Reach-BallRadius, -1
		}
		depth := (front - ball.X) * out // how far behind the front it is
		off := (ball.Y - p.Y) / (PaddleHeight/2 + BallRadius)
		if depth < 0 || depth > PaddleWidth+2*BallRadius || off < -1 || off > 1 || ball.VX*out > 0 {
			continue
		}
		ball.X, ball.VX = front, max(min(float32(-ball.VX*FasterBy), TopSpeed), -TopSpeed)
		ball.VY = float32(Spin*off) + float32(ball.VY*0.4)
		hit = true
	}
	return hit
}

// Served is a ball that waits to be served to a side, at an angle by chance.
func Served(t engine.Tick, right bool) Ball {
	r := t.Random(1, 1)
	b := Ball{X: Width / 2, Y: Height / 2, VX: -ServeSpeed, VY: r.Range(-260, 260), Serve: t.Number + Pause}
	if right {
		b.VX = ServeSpeed
	}
	return b
}
