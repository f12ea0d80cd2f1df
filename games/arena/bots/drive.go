// Package bots flies ships without a human: a [Brain] sees what a player sees and gives the same commands. [Drive] flies the ships of a
// server that have a brain, [Sampler] a client's own.
package bots

import (
	"strconv"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/input"
)

// Drive puts commands on the ships that have a [Brain]. It belongs into the input phase.
type Drive struct {
	senses *Senses
	ships  ecs.Filter6[Brain, sim.Ship, sim.Position, sim.Velocity, sim.Heading, sim.Controls]
	parts  ecs.Map2[sim.Hull, sim.Gun]
}

// Init implements engine.Initer.
func (d *Drive) Init(s *ecs.Sim) {
	d.senses = NewSenses(s.All())
	d.ships = ecs.Query6[Brain, sim.Ship, sim.Position, sim.Velocity, sim.Heading, sim.Controls](s)
	d.parts = ecs.NewMap2[sim.Hull, sim.Gun](s)
}

// Update implements engine.System.
func (d *Drive) Update(t engine.Tick) {
	d.senses.Look()
	q := d.ships.Query()
	for q.Next() {
		brain, ship, p, v, heading, controls := q.Get()
		hull, gun := d.parts.Get(q.Entity())
		self := Self{Pilot: ship.Pilot, Position: *p, Velocity: *v, Heading: *heading, Hull: *hull, Gun: *gun}
		*controls = brain.Think(t, &self, d.senses)
	}
}

// names of bots: stars.
var names = [...]string{
	"Vega", "Rigel", "Altair", "Deneb", "Mira", "Sirius", "Spica", "Capella", "Castor", "Pollux", "Antares", "Regulus",
	"Arcturus", "Bellatrix", "Procyon", "Algol", "Hadar", "Polaris", "Achernar", "Canopus", "Alcor", "Mizar", "Shaula", "Naos",
}

// Name is that of the bot of an ordinal from 0. From the second round through the list on they carry a number.
func Name(ordinal int) string {
	name := names[ordinal%len(names)]
	if round := ordinal / len(names); round > 0 {
		name += " " + strconv.Itoa(round+1)
	}
	return name
}

// Skill is how good the bot of a number is: some are better than others, none is perfect.
func Skill(id input.PlayerID) float32 {
	return 0.2 + float32(id%5)*0.15
}
