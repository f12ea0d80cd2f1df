package sim

import (
	"cmp"
	"slices"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/replicate"
)

// Survey fills the resource [Bodies] for the systems after it.
type Survey struct {
	sim    *ecs.Sim
	bodies *Bodies
	solid  ecs.Reader4[replicate.Net, Position, Velocity, Body]
	ships  ecs.ReadMap1[Ship]
}

// Init implements engine.Initer.
func (s *Survey) Init(sim *ecs.Sim) {
	s.sim = sim
	s.bodies = ecs.MustResource[Bodies](sim.World())
	s.solid = ecs.Read4[replicate.Net, Position, Velocity, Body](sim.All())
	s.ships = ecs.NewReadMap1[Ship](sim.All())
}

// Update implements engine.System.
func (s *Survey) Update(engine.Tick) {
	solids := s.bodies.Solids[:0]
	q := s.solid.Query()
	for q.Next() {
		e := q.Entity()
		net, p, v, body := q.Get()
		ship, _ := s.ships.Get(e)
		solids = append(solids, Solid{Entity: e, ID: net.ID, Pilot: ship.Pilot, Own: s.sim.Owns(e), Shared: net.Mode == replicate.ByAll, Position: p, Velocity: v, Body: body})
	}
	slices.SortStableFunc(solids, func(a, b Solid) int { return cmp.Compare(a.ID, b.ID) })
	s.bodies.Solids = solids
}
