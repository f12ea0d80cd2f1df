package bots

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/session"
)

// Autopilot is a client's plugin that flies the local player's ship in place of a human: it sees what the client knows and gives the
// same commands. Skill is from 0 to 1.
func Autopilot(skill float32) engine.Plugin {
	return func(app *engine.App) {
		a := &autopilot{brain: Brain{Skill: skill}}
		app.Receive(a)
		input.Sample(app, a.sample)
	}
}

// autopilot is a system only to be initialised when the world is complete.
type autopilot struct {
	brain  Brain
	local  *session.Local
	senses *Senses
	ships  ecs.Reader4[sim.Ship, sim.Position, sim.Velocity, sim.Heading]
	parts  ecs.ReadMap2[sim.Hull, sim.Gun]
}

// Init implements engine.Initer.
func (a *autopilot) Init(s *ecs.Sim) {
	a.local = ecs.MustResource[session.Local](s.World())
	a.senses = NewSenses(s.All())
	a.ships = ecs.Read4[sim.Ship, sim.Position, sim.Velocity, sim.Heading](s.All())
	a.parts = ecs.NewReadMap2[sim.Hull, sim.Gun](s.All())
}

// Update implements engine.System.
func (a *autopilot) Update(engine.Tick) {}

// sample is the local player's command.
func (a *autopilot) sample(t engine.Tick) sim.Controls {
	self, ok := a.self()
	if !ok {
		return sim.Controls{}
	}
	a.senses.Look()
	return a.brain.Think(t, &self, a.senses)
}

// self finds the local player's ship.
func (a *autopilot) self() (self Self, ok bool) {
	q := a.ships.Query()
	for q.Next() {
		ship, p, v, heading := q.Get()
		if ship.Pilot != a.local.Player {
			continue
		}
		hull, gun, _ := a.parts.Get(q.Entity())
		self, ok = Self{Pilot: ship.Pilot, Position: p, Velocity: v, Heading: heading, Hull: hull, Gun: gun}, true
	}
	return self, ok
}
