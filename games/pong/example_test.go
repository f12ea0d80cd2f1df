package pong_test

import (
	"fmt"
	"time"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/games/pong"
	"github.com/tandem-engine/tandem/games/pong/sim"
	"github.com/tandem-engine/tandem/net/session"
)

// Somebody hosts pong, plays the left side against the computer, and does nothing.
func Example() {
	host, err := session.NewHost(pong.Game, session.HostConfig{Name: "Ada"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer host.Close()
	for now := time.Duration(0); now < 30*time.Second; now += time.Second / 60 {
		if err := host.Advance(now); err != nil {
			fmt.Println(err)
			return
		}
	}
	score := ecs.MustResource[sim.Score](host.App().World())
	fmt.Println("the computer is ahead:", score.Right > score.Left)
	// Output: the computer is ahead: true
}
