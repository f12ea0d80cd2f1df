package server_test

import (
	"fmt"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/pong/server"
	"github.com/tandem-engine/tandem/games/pong/sim"
)

// Without players the computer plays against itself.
func Example() {
	app := engine.New(engine.Config{})
	app.Add(sim.Plugin, server.Plugin)
	paddles := ecs.Query1[sim.Paddle](app.Sim())
	for range 60 {
		if err := app.Step(); err != nil {
			panic(err)
		}
	}
	q := paddles.Query()
	defer q.Close()
	fmt.Println("paddles:", q.Count())
	// Output: paddles: 2
}
