package server

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/message"
	"github.com/tandem-engine/tandem/net/session"
)

// Hops moves pilots who want to fly elsewhere to another room of the server.
type Hops struct {
	room *session.Room // nil: nobody serves this world
	desk message.Answers[sim.Hop, sim.Hopped]
}

// Init implements engine.Initer.
func (h *Hops) Init(s *ecs.Sim) {
	h.room = session.RoomOf(s.World())
	h.desk = message.Requests[sim.Hop, sim.Hopped](s)
}

// Update implements engine.System.
func (h *Hops) Update(t engine.Tick) {
	for _, q := range h.desk.Read(t) {
		others, moved := h.hop(q.From)
		if !moved {
			h.desk.Reply(q.Ticket, sim.Hopped{Alone: others == 0})
		}
	}
}

// hop sends a pilot to the other room with the fewest. It says how many others there are, and whether one had space.
func (h *Hops) hop(pilot input.PlayerID) (others int, moved bool) {
	if h.room == nil {
		return 0, false
	}
	var best *session.Room
	fewest := 0
	for _, r := range h.room.Server().Rooms() {
		s := r.Stats()
		if r == h.room || !s.Open {
			continue
		}
		others++
		if s.Seats < s.Max && (best == nil || s.Seats < fewest) {
			best, fewest = r, s.Seats
		}
	}
	return others, best != nil && h.room.Move(pilot, best) == nil
}
