package server

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/bots"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/session"
)

// Lobby seats the players who join and the bots, and clears away those who leave.
type Lobby struct {
	rules Rules

	joined *ecs.Events[session.Joined]
	left   *ecs.Events[session.Left]
	seats  seats
	bots   int // seated so far
}

// Init implements engine.Initer.
func (l *Lobby) Init(s *ecs.Sim) {
	l.joined = ecs.EventsOf[session.Joined](s.World())
	l.left = ecs.EventsOf[session.Left](s.World())
	l.seats = newSeats(s)
}

// Update implements engine.System.
func (l *Lobby) Update(t engine.Tick) {
	for ; l.bots < l.rules.Bots; l.bots++ {
		l.seats.take(sim.FirstBot+input.PlayerID(l.bots), bots.Name(l.bots), t.Number)
	}
	for _, p := range l.left.Read() {
		l.seats.leave(p.Player)
	}
	for _, p := range l.joined.Read() {
		l.seats.take(p.Player, p.Name, t.Number)
	}
}
