package predict_test

import (
	"fmt"

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
