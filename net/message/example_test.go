package message_test

import (
	"fmt"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/message"
)

// Shout is what a player says to everybody.
type Shout struct {
	Text string `net:"len=255"`
}

// Chat passes shouts on. It runs on both sides: a client has nobody to pass
// them on to.
type Chat struct {
	in  message.Inbox[Shout]
	out message.Outbox[Shout]
}

// Init implements engine.Initer.
func (c *Chat) Init(s *ecs.Sim) { c.in, c.out = message.From[Shout](s), message.To[Shout](s) }

// Update implements engine.System.
func (c *Chat) Update(t engine.Tick) {
	for _, m := range c.in.Read(t) {
		fmt.Printf("from %d: %s\n", m.From, m.Value.Text)
		c.out.Except(m.From, m.Value)
	}
}

// A session makes the server and hands batches over; here a test does.
func Example() {
	app := engine.New(engine.Config{})
	message.Register[Shout](app)
	app.Simulate(&Chat{})

	var to pipe
	server := message.NewServer(app, message.ServerConfig{})
	ada := server.Add(1, &pipe{})
	server.Add(2, &to)
	app.Receive(system(server.Deliver))
	app.Send(system(server.Flush))
	if err := ada.Receive([]byte{0, 5, 'h', 'e', 'l', 'l', 'o'}); err != nil { // head, length, text
		panic(err)
	}
	if err := app.Step(); err != nil {
		panic(err)
	}
	fmt.Printf("to player 2: % x\n", to.batches[0])
	// Output:
	// from 1: hello
	// to player 2: 00 05 68 65 6c 6c 6f
}
