package server

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/net/message"
)

// Wrecks clears away ships of which nothing is left, keeps the count, and tells everybody: as an event on the server, and as a message.
type Wrecks struct {
	rules Rules

	sim    *ecs.Sim
	ships  ecs.Filter3[sim.Ship, sim.Hull, sim.Position]
	scores scores
	cargo  cargo
	events *ecs.Events[sim.Wreck]
	news   message.Outbox[sim.Wreck]
}

// Init implements engine.Initer.
func (w *Wrecks) Init(s *ecs.Sim) {
	w.sim = s
	w.ships = ecs.Query3[sim.Ship, sim.Hull, sim.Position](s)
	w.scores = newScores(s)
	w.cargo = newCargo(s)
	w.events = ecs.EventsOf[sim.Wreck](s.World())
	w.news = message.To[sim.Wreck](s)
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
		victim, killer := w.scores.of(ship.Pilot), w.scores.of(hull.By)
		if victim == nil {
			continue
		}
		if killer == victim {
			killer = nil
		}
		wreck := sim.Wreck{Victim: who(victim), By: who(killer)}
		w.events.Emit(wreck)
		w.news.All(wreck)
		victim.Back = t.Number + seconds(w.rules.Respawn, t.Dt)
		if !counts {
			continue
		}
		victim.Deaths++
		if killer != nil {
			killer.Kills++
		}
	}
}

// who is a pilot as messages name it; nil is nobody.
func who(p *sim.Pilot) sim.Who {
	if p == nil {
		return sim.Who{}
	}
	return sim.Who{ID: p.ID, Name: p.Name, Hue: p.Hue}
}

// seconds is a span in ticks, at least one.
func seconds(s, dt float32) uint32 { return uint32(max(1, s/dt+0.5)) }
