package sim

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
)

// Repairs mends the hulls of ships that have been left alone for a while and charges their guns.
type Repairs struct {
	ships ecs.Filter2[Hull, Gun]
}

// Init implements engine.Initer.
func (r *Repairs) Init(s *ecs.Sim) { r.ships = ecs.Query2[Hull, Gun](s, ecs.With[Ship]()) }

// Update implements engine.System.
func (r *Repairs) Update(t engine.Tick) {
	wait := ticks(RepairWait, t.Dt)
	q := r.ships.Query()
	for q.Next() {
		h, g := q.Get()
		g.Energy = min(FullEnergy, g.Energy+float32(EnergyRate*t.Dt))
		if h.Points > 0 && t.Number >= h.Hurt+wait {
			h.Points = min(FullHull, h.Points+float32(RepairRate*t.Dt))
		}
	}
}
