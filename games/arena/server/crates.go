package server

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/sim"
)

// Crates gives crates to the ships that touch them and lets the others fade.
type Crates struct {
	sim    *ecs.Sim
	crates ecs.Filter2[sim.Crate, sim.Position]
	ships  ecs.Filter4[sim.Ship, sim.Position, sim.Hull, sim.Gun]
}

// Init implements engine.Initer.
func (c *Crates) Init(s *ecs.Sim) {
	c.sim = s
	c.crates = ecs.Query2[sim.Crate, sim.Position](s)
	c.ships = ecs.Query4[sim.Ship, sim.Position, sim.Hull, sim.Gun](s)
}

// Update implements engine.System.
func (c *Crates) Update(t engine.Tick) {
	q := c.crates.Query()
	for q.Next() {
		crate, p := q.Get()
		if t.Number >= crate.Dies || c.pick(t, crate.Kind, p) {
			c.sim.Despawn(q.Entity())
		}
	}
}

// pick hands a crate at p to the nearest ship in reach.
func (c *Crates) pick(t engine.Tick, kind sim.CrateKind, p *sim.Position) bool {
	const reach = sim.ShipRadius + sim.CrateRadius
	nearest := float32(reach * reach)
	var hull *sim.Hull
	var gun *sim.Gun
	q := c.ships.Query()
	for q.Next() {
		_, at, h, g := q.Get()
		dx, dy := at.X-p.X, at.Y-p.Y
		if d := float32(dx*dx) + float32(dy*dy); d < nearest {
			nearest, hull, gun = d, h, g
		}
	}
	switch {
	case hull == nil:
		return false
	case kind == sim.RepairCrate:
		hull.Points = sim.FullHull
	case kind == sim.OverloadCrate:
		gun.Overload = t.Number + seconds(sim.OverloadTime, t.Dt)
		gun.Energy = sim.FullEnergy
	}
	return true
}
