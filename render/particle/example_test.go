package particle_test

import (
	"fmt"

	"github.com/tandem-engine/tandem/render/particle"
	"github.com/tandem-engine/tandem/render/sprite"
)

// A burst of sparks that fade out within half a second.
func Example() {
	sparks := &particle.Kind{
		Sprite: "spark",
		Life:   particle.Range{Min: 0.2, Max: 0.5},
		Speed:  particle.Range{Min: 80, Max: 200},
		Spread: 3.14,
		Size:   particle.Exactly(4),
		Glow:   1,
		Ramp:   sprite.Ramp{{At: 0, Color: sprite.White}, {At: 1, Color: sprite.Hex(0xff8800).Fade(0)}},
	}
	pool := particle.NewPool(1000, 7)
	pool.Emit(sparks, 40, particle.Source{X: 100, Y: 50})
	fmt.Println("begin:", pool.Len())
	for range 30 { // half a second of frames
		pool.Step(1.0 / 60)
	}
	fmt.Println("after half a second:", pool.Len())
	// Output:
	// begin: 40
	// after half a second: 0
}
