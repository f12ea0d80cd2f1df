package arena

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/net/session"
)

// Calmable is the game with everything standing still while calm is set: no
// commands, no speed, no spin. Tests and measurements end games so, and compare
// worlds. Server and clients share the flag.
func Calmable(game session.Game, calm *bool) session.Game {
	both, serverOnly := game.Sim, game.Server
	still := func(app *engine.App) { app.Simulate(&calmer{on: calm}) }
	// Before the game's own systems, in replays too, and on the server after them
	// once more, for what keeps the rocks drifting.
	game.Sim = func(app *engine.App) { app.Add(still, both) }
	game.Server = func(app *engine.App) { app.Add(serverOnly, still) }
	return game
}

type calmer struct {
	on     *bool
	moving ecs.Filter1[sim.Velocity]
	ships  ecs.Filter2[sim.Ship, sim.Controls]
	rocks  ecs.Filter1[sim.Rock]
}

// Init implements engine.Initer.
func (c *calmer) Init(s *ecs.Sim) {
	c.moving = ecs.Query1[sim.Velocity](s)
	c.ships = ecs.Query2[sim.Ship, sim.Controls](s)
	c.rocks = ecs.Query1[sim.Rock](s)
}

// Update implements engine.System.
func (c *calmer) Update(engine.Tick) {
	if !*c.on {
		return
	}
	moving, ships, rocks := c.moving.Query(), c.ships.Query(), c.rocks.Query()
	for moving.Next() {
		*moving.Get() = sim.Velocity{}
	}
	for ships.Next() {
		ship, controls := ships.Get()
		ship.Spin, ship.Burning, *controls = 0, false, sim.Controls{}
	}
	for rocks.Next() {
		rocks.Get().Spin = 0
	}
}
