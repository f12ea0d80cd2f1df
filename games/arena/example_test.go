package arena_test

import (
	"fmt"
	"time"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena"
	"github.com/tandem-engine/tandem/games/arena/bots"
	"github.com/tandem-engine/tandem/games/arena/server"
	"github.com/tandem-engine/tandem/net/session"
)

// A player on autopilot hosts the arena for a few bots, on a clock that only counts.
func Example() {
	host, err := session.NewHost(arena.With(server.Rules{Bots: 3}), session.HostConfig{
		Name:   "Ada",
		Client: []engine.Plugin{bots.Autopilot(0.8)},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer host.Close()
	for now := time.Duration(0); now < 5*time.Second; now += time.Second / 60 {
		if err := host.Advance(now); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Printf("%v, asteroids and ships in sight: %t\n", host.State(), host.Stats().Entities > 50)
	// Output: playing, asteroids and ships in sight: true
}
