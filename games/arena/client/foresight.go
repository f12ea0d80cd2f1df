package client

import (
	"fmt"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/message"
)

// foresight is a key with which the local player asks for the ships of others to be predicted, or not. It is a system of the Receive
// phase. Interpolation is the better default: what others will do can only be guessed, so that their ships are corrected all the time,
// and fewer shots hit what their shooter saw (see docs/performance.md).
type foresight struct {
	stage *stage
	keys  *input.State
	wish  message.Outbox[sim.Foresight]
	had   bool // what the scoreboard said last
}

// Init implements engine.Initer.
func (f *foresight) Init(s *ecs.Sim) { f.wish = message.To[sim.Foresight](s) }

// Update implements engine.System.
func (f *foresight) Update(engine.Tick) {
	me := f.stage.scene.pilot
	if me == nil {
		return
	}
	if f.keys.Pressed(Foresee) {
		f.wish.Server(sim.Foresight{Wanted: !me.Foresees})
	}
	if f.had != me.Foresees {
		f.had = me.Foresees
		f.stage.hopping.say(f.tally())
	}
}

// tally says how many want what, and what comes of it.
func (f *foresight) tally() string {
	players, wanted := 0, 0
	for i := range f.stage.scene.pilots {
		if p := &f.stage.scene.pilots[i]; p.ID < sim.FirstBot {
			players++
			if p.Foresees {
				wanted++
			}
		}
	}
	how := "INTERPOLATED"
	if 2*wanted > players {
		how = "PREDICTED"
	}
	text := fmt.Sprintf("PLAYERS ARE %s: %d OF %d WANT THEM PREDICTED", how, wanted, players)
	if 2*wanted > players {
		text += " (SHOTS HIT MORE SURELY WITHOUT: P)"
	}
	return text
}
