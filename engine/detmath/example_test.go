package detmath_test

import (
	"fmt"
	"math"

	"github.com/tandem-engine/tandem/engine/detmath"
)

func Example() {
	heading := detmath.WrapAngle(5 * math.Pi / 2)
	sin, cos := detmath.Sincos(heading)
	fmt.Printf("heading %.3f points to (%.1f, %.1f)\n", heading, cos, sin)
	fmt.Printf("(3, 4) is %g long and points to %.4f\n", detmath.Length(3, 4), detmath.Atan2(4, 3))
	// Output:
	// heading 1.571 points to (0.0, 1.0)
	// (3, 4) is 5 long and points to 0.9273
}
