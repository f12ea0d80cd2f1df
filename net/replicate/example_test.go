package replicate_test

import (
	"fmt"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/replicate"
)

// Balloon is a component that travels.
type Balloon struct {
	Height float32 `net:"min=0,max=1000,step=0.5"`
	Burst  bool
}

// Registering a component for the network is one line. The text is what
// servers and clients compare when they meet.
func ExampleComponent() {
	app := engine.New(engine.Config{})
	replicate.Component[Balloon](app, replicate.Predict(), replicate.Interpolate(replicate.Lerp))
	fmt.Printf("%s", replicate.TableOf(app).Text())
	// Output:
	// component replicate_test.Balloon predict=true presence=false
	//   Height float 0..1000 in 2000 steps
	//   Burst bool
}
