package bots

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/input"
)

// Senses is what can be seen of the arena in a tick: the same for all who look.
type Senses struct {
	Ships  []Ship
	Rocks  []Rock
	Crates []Crate

	ships  ecs.Reader4[sim.Ship, sim.Position, sim.Velocity, sim.Hull]
	rocks  ecs.Reader4[sim.Rock, sim.Position, sim.Velocity, sim.Body]
	crates ecs.Reader2[sim.Crate, sim.Position]
}

// Ship is a ship that is seen.
type Ship struct {
	Pilot    input.PlayerID
	Position sim.Position
	Velocity sim.Velocity
	Hull     sim.Hull
}

// Rock is an asteroid that is seen.
type Rock struct {
	Position sim.Position
	Velocity sim.Velocity
	Radius   float32
}

// Crate is a crate that is seen.
type Crate struct {
	Kind     sim.CrateKind
	Position sim.Position
}

// NewSenses makes senses for a world.
func NewSenses(all ecs.All) *Senses {
	return &Senses{
		ships:  ecs.Read4[sim.Ship, sim.Position, sim.Velocity, sim.Hull](all),
		rocks:  ecs.Read4[sim.Rock, sim.Position, sim.Velocity, sim.Body](all),
		crates: ecs.Read2[sim.Crate, sim.Position](all),
	}
}

// Look brings the senses up to date.
func (s *Senses) Look() {
	s.Ships, s.Rocks, s.Crates = s.Ships[:0], s.Rocks[:0], s.Crates[:0]
	ships := s.ships.Query()
	for ships.Next() {
		ship, p, v, hull := ships.Get()
		s.Ships = append(s.Ships, Ship{Pilot: ship.Pilot, Position: p, Velocity: v, Hull: hull})
	}
	rocks := s.rocks.Query()
	for rocks.Next() {
		_, p, v, body := rocks.Get()
		s.Rocks = append(s.Rocks, Rock{Position: p, Velocity: v, Radius: body.Radius})
	}
	crates := s.crates.Query()
	for crates.Next() {
		crate, p := crates.Get()
		s.Crates = append(s.Crates, Crate{Kind: crate.Kind, Position: p})
	}
}

// ship finds a pilot's ship, nil if it is not in sight.
func (s *Senses) ship(pilot input.PlayerID) *Ship {
	for i := range s.Ships {
		if pilot != 0 && s.Ships[i].Pilot == pilot {
			return &s.Ships[i]
		}
	}
	return nil
}

// nearestRock is nil in an empty sky.
func (s *Senses) nearestRock(p sim.Position) *Rock {
	var nearest *Rock
	least := float32(2 * sim.Side)
	for i := range s.Rocks {
		if d := distance(p, s.Rocks[i].Position); d < least {
			least, nearest = d, &s.Rocks[i]
		}
	}
	return nearest
}
