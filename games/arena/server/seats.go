package server

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
)

// seats gives and takes places on the scoreboard.
type seats struct {
	sim    *ecs.Sim
	pilots ecs.Filter1[sim.Pilot]
	ships  ecs.Filter1[sim.Ship]
	places ecs.Map2[replicate.Net, sim.Pilot]
	given  uint8 // counts seats, for their colours
}

func newSeats(s *ecs.Sim) seats {
	return seats{
		sim:    s,
		pilots: ecs.Query1[sim.Pilot](s),
		ships:  ecs.Query1[sim.Ship](s),
		places: ecs.NewMap2[replicate.Net, sim.Pilot](s),
	}
}

// take seats a pilot, whose ship is launched in this tick.
func (s *seats) take(id input.PlayerID, name string, tick uint32) {
	s.places.NewEntity(replicate.Net{}, sim.Pilot{
		ID:   id,
		Name: name,
		Hue:  s.given * 158, // the golden section of the circle: neighbours in time are far apart in colour
		Back: max(1, tick),
	})
	s.given++
}

// leave frees a pilot's seat and removes the ship.
func (s *seats) leave(id input.PlayerID) {
	pilots := s.pilots.Query()
	for pilots.Next() {
		if pilots.Get().ID == id {
			s.sim.Despawn(pilots.Entity())
		}
	}
	ships := s.ships.Query()
	for ships.Next() {
		if ships.Get().Pilot == id {
			s.sim.Despawn(ships.Entity())
		}
	}
}
