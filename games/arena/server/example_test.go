package server_test

import (
	"fmt"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/server"
	"github.com/tandem-engine/tandem/games/arena/sim"
)

// Four bots play for two minutes without a network or a screen.
func Example() {
	app := engine.New(engine.Config{Seed: 1})
	app.Add(sim.Plugin, server.With(server.Rules{Bots: 4}))
	for app.Tick() < 120*60 {
		if err := app.Step(); err != nil {
			fmt.Println(err)
			return
		}
	}
	pilots := ecs.Query1[sim.Pilot](app.Sim())
	q := pilots.Query()
	for q.Next() {
		p := q.Get()
		fmt.Printf("%s has scored: %t\n", p.Name, p.Score() > 0)
	}
	// Output:
	// Vega has scored: true
	// Rigel has scored: true
	// Altair has scored: true
	// Deneb has scored: true
}
