package physics_test

import (
	"fmt"

	"github.com/tandem-engine/tandem/engine/physics"
)

func Example() {
	circles := []physics.Circle{{X: 10, Y: 10, Radius: 3}, {X: 80, Y: 80, Radius: 3}, {X: 14, Y: 10, Radius: 3}}
	grid := physics.NewGrid(physics.Box{MaxX: 100, MaxY: 100}, 8)
	for _, c := range circles {
		grid.Add(c)
	}
	for _, p := range grid.Pairs(nil) {
		if contact, ok := circles[p.A].Contact(circles[p.B]); ok {
			fmt.Printf("%d and %d overlap by %g along (%g, %g)\n", p.A, p.B, contact.Depth, contact.NX, contact.NY)
		}
	}
	// Output: 0 and 2 overlap by 2 along (1, 0)
}

func ExampleCircle_Sweep() {
	bullet, rock := physics.Circle{Radius: 1}, physics.Circle{X: 50, Radius: 9}
	if t, hit := bullet.Sweep(100, 0, rock); hit {
		fmt.Printf("it hits after %g of its way\n", t)
	}
	// Output: it hits after 0.4 of its way
}
