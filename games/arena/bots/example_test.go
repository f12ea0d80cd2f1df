package bots_test

import (
	"fmt"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/bots"
	"github.com/tandem-engine/tandem/games/arena/sim"
)

// A brain is a function from what it sees to what it does, with a little memory.
func Example() {
	brain := bots.Brain{Skill: 1}
	seen := &bots.Senses{Ships: []bots.Ship{{Pilot: 2, Position: sim.Position{X: 300}, Hull: sim.Hull{Points: sim.FullHull}}}}

	ahead := bots.Self{Pilot: 1, Hull: sim.Hull{Points: sim.FullHull}}
	fmt.Printf("%+v\n", brain.Think(engine.Tick{Number: 1, Dt: 1. / 60}, &ahead, seen))
	abeam := ahead
	abeam.Heading.Angle = -1.5
	fmt.Printf("%+v\n", brain.Think(engine.Tick{Number: 2, Dt: 1. / 60}, &abeam, seen))
	// Output:
	// {Turn:0 Thrust:false Fire:true Tap:{Total:0 New:0}}
	// {Turn:7 Thrust:false Fire:false Tap:{Total:0 New:0}}
}
