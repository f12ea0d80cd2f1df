package sim_test

import (
	"fmt"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/pong/sim"
	"github.com/tandem-engine/tandem/net/replicate"
)

// A ball flies off the table where there is no paddle, and waits in the middle.
func Example() {
	app := engine.New(engine.Config{})
	app.Add(sim.Plugin)
	balls := ecs.NewMap2[replicate.Net, sim.Ball](app.Sim())
	ball := balls.NewEntity(replicate.Net{Mode: replicate.ByAll}, sim.Ball{X: 1200, Y: 360, VX: 600})
	for range 20 {
		if err := app.Step(); err != nil {
			panic(err)
		}
	}
	_, b := balls.Get(ball)
	fmt.Println(b.X, b.Y, b.Serve > 0)
	// Output: 640 360 true
}
