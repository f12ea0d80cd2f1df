// Package server is what pong's server alone decides: who plays on which side, what
// the computer does with a side that nobody plays on, and points.
package server

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/pong/sim"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
)

// Enough is how many points end a match.
const Enough = 11

// Plugin adds the server's systems.
func Plugin(app *engine.App) {
	app.Input(&Sides{}, &Computer{})
	app.Simulate(&Points{})
}

// Sides gives each side a paddle: the first who join play, and the computer where
// nobody does.
type Sides struct {
	sim      *ecs.Sim
	joined   *ecs.Events[session.Joined]
	left     *ecs.Events[session.Left]
	paddles  ecs.Map3[replicate.Net, sim.Paddle, sim.Move]
	balls    ecs.Map2[replicate.Net, sim.Ball]
	players  [2]input.PlayerID // left and right; 0: the computer
	entities [2]ecs.Entity
	begun    bool
}

// Init implements engine.Initer.
func (s *Sides) Init(to *ecs.Sim) {
	s.sim = to
	s.joined = ecs.EventsOf[session.Joined](to.World())
	s.left = ecs.EventsOf[session.Left](to.World())
	s.paddles = ecs.NewMap3[replicate.Net, sim.Paddle, sim.Move](to)
	s.balls = ecs.NewMap2[replicate.Net, sim.Ball](to)
}

// Update implements engine.System.
func (s *Sides) Update(t engine.Tick) {
	if !s.begun {
		s.begun = true
		s.balls.NewEntity(replicate.Net{Mode: replicate.ByAll}, sim.Served(t, true))
		s.seat(0, 0)
		s.seat(1, 0)
	}
	for _, l := range s.left.Read() {
		s.replace(l.Player, 0)
	}
	for _, j := range s.joined.Read() {
		s.replace(0, j.Player)
	}
}

// replace seats one player in place of another, if that one plays.
func (s *Sides) replace(old, player input.PlayerID) {
	for side, p := range s.players {
		if p == old {
			s.seat(side, player)
			return
		}
	}
}

// seat gives a side's paddle to a player.
func (s *Sides) seat(side int, player input.PlayerID) {
	s.players[side] = player
	if e := s.entities[side]; s.sim.Owns(e) {
		net, _, _ := s.paddles.Get(e)
		net.Owner = player
		return
	}
	paddle := sim.Paddle{Right: side == 1, Y: sim.Height / 2}
	s.entities[side] = s.paddles.NewEntity(replicate.Net{Owner: player, Mode: replicate.ByOwner}, paddle, sim.Move{})
}

// Computer plays the paddles that nobody owns.
type Computer struct {
	paddles ecs.Filter3[replicate.Net, sim.Paddle, sim.Move]
	balls   ecs.Reader1[sim.Ball]
}

// Init implements engine.Initer.
func (c *Computer) Init(s *ecs.Sim) {
	c.paddles = ecs.Query3[replicate.Net, sim.Paddle, sim.Move](s)
	c.balls = ecs.Read1[sim.Ball](s.All())
}

// Update implements engine.System.
func (c *Computer) Update(engine.Tick) {
	ball := sim.Ball{Y: sim.Height / 2}
	balls := c.balls.Query()
	for balls.Next() {
		ball = balls.Get()
	}
	q := c.paddles.Query()
	for q.Next() {
		net, paddle, move := q.Get()
		if net.Owner == 0 {
			*move = play(paddle, ball)
		}
	}
}

// play follows a ball that comes, and waits in the middle for one that goes. It is
// content with less than the middle of the paddle.
func play(p *sim.Paddle, ball sim.Ball) sim.Move {
	goal := float32(sim.Height / 2)
	if ball.VX > 0 == p.Right {
		goal = ball.Y
	}
	const content = sim.PaddleHeight / 4
	switch off := goal - p.Y; {
	case off > content:
		return sim.Move{Dir: 1}
	case off < -content:
		return sim.Move{Dir: -1}
	}
	return sim.Move{}
}

// Points counts goals, and begins anew when there are enough.
type Points struct {
	goals *ecs.Events[sim.Goal]
	score *sim.Score
}

// Init implements engine.Initer.
func (p *Points) Init(s *ecs.Sim) {
	p.goals = ecs.EventsOf[sim.Goal](s.World())
	p.score = ecs.MustResource[sim.Score](s.World())
}

// Update implements engine.System.
func (p *Points) Update(engine.Tick) {
	for _, g := range p.goals.Read() {
		if p.score.Left == Enough || p.score.Right == Enough {
			*p.score = sim.Score{}
		}
		if g.Right {
			p.score.Left++
		} else {
			p.score.Right++
		}
	}
}
