package replicate_test

import (
	"fmt"
	"time"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/replicate"
)

// Score is the same for everybody.
type Score struct{ Red, Blue uint16 }

// A resource is put on the wire by one line. Systems of both sides read it as
// they read any other; what the server writes reaches every client.
func ExampleResource() {
	plugin := func(app *engine.App) { replicate.Resource[Score](app) }

	server := engine.New(engine.Config{})
	server.Add(plugin)
	replicas := replicate.NewServer(server, replicate.ServerConfig{Channels: replicate.Channels{Structure: 0, Values: 1}})
	server.Replicate(replicas)
	line := &tape{}
	replicas.Add(1, line)

	client := engine.New(engine.Config{})
	client.Add(plugin)
	copies := replicate.NewClient(client, replicate.ClientConfig{TickRate: 60})
	client.Receive(copies)

	ecs.MustResource[Score](server.World()).Blue = 3
	for tick := range 10 {
		step(server)
		copies.Begin(time.Duration(tick) * time.Second / 60)
		for _, m := range line.messages {
			give(copies, m)
		}
		line.messages = nil
		step(client)
	}
	fmt.Println(*ecs.MustResource[Score](client.World()))
	// Output:
	// {0 3}
}

func step(app *engine.App) {
	if err := app.Step(); err != nil {
		panic(err)
	}
}
