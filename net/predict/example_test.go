package predict_test

import (
	"fmt"
	"time"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/predict"
)

// Server and client spawn the same bullet in the same tick, and call it the
// same.
func ExampleKeys() {
	const bullet = 1
	server, client := engine.New(engine.Config{}), engine.New(engine.Config{})
	tick := engine.Tick{Number: 1200}
	a := predict.NewKeys(server.Sim()).Next(tick, 7, bullet)
	b := predict.NewKeys(client.Sim()).Next(tick, 7, bullet)
	second := predict.NewKeys(client.Sim()).Next(tick, 7, bullet)
	fmt.Println(a.ID == b.ID, b.ID == second.ID)
	// Output: true false
}

// The first 50 ms of the line are covered by delay, the next 100 ms by
// prediction, and what is left by more delay. A game sets this once:
//
//	session.Game{Delay: predict.Delay{First: 50 * time.Millisecond, Predict: 100 * time.Millisecond}}
func ExampleDelay() {
	d := predict.NewDelayer(predict.Delay{First: 50 * time.Millisecond, Predict: 100 * time.Millisecond}, 60)
	fmt.Println(d.Next(1, 0.3, 2), "ticks at 300 ms")
	// Output: 14 ticks at 300 ms
}
