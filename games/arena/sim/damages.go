package sim

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
)

// Damages applies the damage of this tick to the hulls that are simulated here: all of them on a server, the own ship's on a
// client. What follows when nothing is left of a hull is for the server to decide.
type Damages struct {
	events *ecs.Events[Damage]
	hulls  ecs.Map1[Hull]
}

// Init implements engine.Initer.
func (d *Damages) Init(s *ecs.Sim) {
	d.events = ecs.EventsOf[Damage](s.World())
	d.hulls = ecs.NewMap1[Hull](s)
}

// Update implements engine.System.
func (d *Damages) Update(t engine.Tick) {
	for _, e := range d.events.Read() {
		h := d.hulls.Get(e.Target)
		if h == nil || h.Safe(t.Number) || h.Points <= 0 || e.Amount <= 0 {
			continue
		}
		if e.Source != 0 || t.Number > h.Hurt+ticks(CreditTime, t.Dt) {
			h.By = e.Source // who chases a ship into a rock has earned it
		}
		h.Points = max(0, h.Points-e.Amount)
		h.Hurt = t.Number
	}
}

// Safe says whether the hull is shielded in a tick.
func (h Hull) Safe(tick uint32) bool { return tick < h.SafeUntil }
