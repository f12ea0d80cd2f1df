package echo

import (
	"fmt"

	"github.com/tandem-engine/tandem/tools/bench/internal/meter"
)

// 64 clients at 60 Hz, spread over a sixtieth of a second.
func Example() {
	l := meter.Load{Clients: 64, Rate: 60}
	fmt.Println(l.Interval().Microseconds(), l.Offset(0), l.Offset(32).Microseconds())
	fmt.Println(Main([]string{"-of", "carrier-pigeon", "server", ":7777", "5"}))
	// Output:
	// 16666 0s 8333
	// "carrier-pigeon" is no kind of echo: tandem, ticking, bare, blocking or net
}
