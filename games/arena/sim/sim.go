// Package sim is the arena: a top-down deathmatch in space at 60 ticks a second.
//
// Ships thrust, turn and shoot in a square of [Side] units with a bouncing energy fence, between drifting asteroids that
// collide with everything. Server, client and bots run these same systems. On a server they see every entity; on a client
// only the ship and the bullets that it predicts, and whatever else is near is read through [ecs.Sim.All].
//
// Distances are in units (a ship is 32 across), time is in seconds, masses are in ships. X grows to the right, Y grows
// downwards, and a heading of zero points along +X.
package sim

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/rewind"
)

// Plugin adds the arena's components and systems to app. It is the same on both sides.
func Plugin(app *engine.App) {
	register(app)
	input.Command[Controls](app)
	ecs.SetResource(app.World(), newBodies())
	rewind.Record(app, rewind.Config{World: fence, Cell: cell}, &Outlines{})
	app.Simulate(
		&Steering{},
		&Guns{},
		&Movement{},
		&Survey{},
		&Collisions{},
		&Fence{},
		&Fuses{},
		&Hits{},
		&Damages{},
		&Repairs{},
	)
}
