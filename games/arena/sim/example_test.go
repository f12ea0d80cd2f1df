package sim_test

import (
	"fmt"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/sim"
)

// The systems run on any entity that has the components: here half a ship, which only flies.
func Example() {
	app := engine.New(engine.Config{})
	app.Add(sim.Plugin)
	ships := ecs.NewMap5[sim.Ship, sim.Position, sim.Velocity, sim.Heading, sim.Controls](app.Sim())
	ship := ships.NewEntity(sim.Ship{}, sim.Position{}, sim.Velocity{}, sim.Heading{}, sim.Controls{Thrust: true})

	for app.Tick() < 60 {
		if err := app.Step(); err != nil {
			fmt.Println(err)
			return
		}
	}
	_, p, v, _, _ := ships.Get(ship)
	fmt.Printf("after a second of thrust it has come %.0f units and makes %.0f a second\n", p.X, v.X)
	// Output: after a second of thrust it has come 267 units and makes 427 a second
}
