package input_test

import (
	"fmt"
	"unsafe"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
)

// Thrust is what a player can order in one tick.
type Thrust struct {
	Turn float32 `net:"min=-1,max=1,step=0.05"`
	Burn bool
}

// Example lets keys steer: a device fills the state, the game turns it into a command once a tick.
func Example() {
	app := engine.New(engine.Config{})
	input.Command[Thrust](app) // in the plugin that server and client share

	keys := input.NewState(input.Bindings{
		"turn": input.Bind("A/D", "ArrowLeft/ArrowRight", "PadLeftX"),
		"burn": input.Bind("W", "ArrowUp", "PadA"),
	})
	input.Sample(app, func(engine.Tick) Thrust { // in the client's plugin
		defer keys.EndTick()
		return Thrust{Turn: keys.Axis("turn"), Burn: keys.Down("burn")}
	})

	keys.SetKey(input.KeyA, true) // as input/device does
	keys.SetKey(input.KeyArrowUp, true)
	var command Thrust // as prediction does
	ecs.MustResource[input.Commands](app.World()).Sample(engine.Tick{Number: 1}, unsafe.Pointer(&command))
	fmt.Printf("%+v\n", command)
	// Output: {Turn:-1 Burn:true}
}

func ExampleBindings_With() {
	game := input.Bindings{"fire": input.Bind("Space"), "turn": input.Bind("A/D")}
	player := input.Bindings{"fire": input.Bind("MouseLeft", "PadRightTrigger")} // from a configuration file
	bindings, err := game.With(player)
	fmt.Println(bindings["fire"], bindings["turn"], err)
	// Output: [MouseLeft PadRightTrigger] [A/D] <nil>
}

// ExamplePress jumps once for each time the key goes down. The command of the second tick is lost; its press comes with
// that of the third.
func ExamplePress() {
	type hop struct{ Jump input.Press }
	app := engine.New(engine.Config{})
	input.Command[hop](app)
	keys := input.NewState(input.Bindings{"jump": input.Bind("Space")})
	input.Sample(app, func(engine.Tick) hop {
		defer keys.EndTick()
		return hop{Jump: keys.Press("jump")}
	})
	commands := ecs.MustResource[input.Commands](app.World())
	var sampled [4]hop
	for tick := uint32(1); tick <= 3; tick++ {
		keys.SetKey(input.KeySpace, tick == 2)
		commands.Sample(engine.Tick{Number: tick}, unsafe.Pointer(&sampled[tick]))
	}
	commands.Since(unsafe.Pointer(&sampled[3]), unsafe.Pointer(&sampled[1])) // as the server does
	fmt.Println(sampled[1].Jump.Pressed(), sampled[3].Jump.Pressed())
	// Output: false true
}
