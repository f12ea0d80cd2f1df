package server

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/net/message"
	"github.com/tandem-engine/tandem/net/replicate"
)

// Foresights lets most of the players decide whether clients predict everybody's ship or only their own. It may change at any time.
// Ships of bots are never predicted: nobody relays what they are about to do.
type Foresights struct {
	wishes message.Inbox[sim.Foresight]
	scores scores
	ships  ecs.Filter2[replicate.Net, sim.Ship]
}

// Init implements engine.Initer.
func (f *Foresights) Init(s *ecs.Sim) {
	f.wishes = message.From[sim.Foresight](s)
	f.scores = newScores(s)
	f.ships = ecs.Query2[replicate.Net, sim.Ship](s)
}

// Update implements engine.System.
func (f *Foresights) Update(t engine.Tick) {
	for _, m := range f.wishes.Read(t) {
		if p := f.scores.of(m.From); p != nil {
			p.Foresees = m.Value.Wanted
		}
	}
	mode := f.mode()
	ships := f.ships.Query()
	for ships.Next() {
		if net, ship := ships.Get(); ship.Pilot < sim.FirstBot && net.Mode != mode {
			net.Mode = mode
		}
	}
}

// mode is what most players want.
func (f *Foresights) mode() replicate.Mode {
	players, wanted := 0, 0
	pilots := f.scores.pilots.Query()
	for pilots.Next() {
		if p := pilots.Get(); p.ID < sim.FirstBot {
			players++
			if p.Foresees {
				wanted++
			}
		}
	}
	if 2*wanted > players {
		return replicate.ByAll
	}
	return replicate.ByOwner
}
