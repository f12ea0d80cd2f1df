package server

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/input"
)

// Wrecked is an event: a ship was lost.
type Wrecked struct {
	Pilot input.PlayerID
	By    input.PlayerID // whose doing it was; 0 is nobody's
}

// Wrecks clears away ships of which nothing is left, and keeps the count.
type Wrecks struct {
	rules Rules

	sim    *ecs.Sim
	ships  ecs.Filter3[sim.Ship, sim.Hull, sim.Position]
	scores scores
	cargo  cargo
	events *ecs.Events[Wrecked]
}

// Init implements engine.Initer.
func (w *Wrecks) Init(s *ecs.Sim) {
	w.sim = s
	w.ships = ecs.Query3[sim.Ship, sim.Hull, sim.Position](s)
	w.scores = newScores(s)
	w.cargo = newCargo(s)
	w.events = ecs.EventsOf[Wrecked](s.World())
}

// Update implements engine.System.
func (w *Wrecks) Update(t engine.Tick) {
	counts := w.scores.count(t.Number)
	q := w.ships.Query()
	for q.Next() {
		ship, hull, p := q.Get()
		if hull.Points > 0 {
			continue
		}
		w.sim.Despawn(q.Entity())
		w.cargo.drop(t, *p, uint64(ship.Pilot), WreckCargo)
		w.events.Emit(Wrecked{Pilot: ship.Pilot, By: hull.By})
		victim := w.scores.of(ship.Pilot)
		if victim == nil {
			continue
		}
		victim.Back = t.Number + seconds(w.rules.Respawn, t.Dt)
		if !counts {
			continue
		}
		victim.Deaths++
		if killer := w.scores.of(hull.By); killer != nil && killer != victim {
			killer.Kills++
		}
	}
}

// seconds is a span in ticks, at least one.
func seconds(s, dt float32) uint32 { return uint32(max(1, s/dt+0.5)) }
