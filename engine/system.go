package engine

import (
	"time"

	"github.com/tandem-engine/tandem/ecs"
)

// Plugin is a function that sets a part of a game up: it adds systems and resources and registers components.
type Plugin func(*App)

// System runs once a tick, in the phase that it was added to. It keeps filters, maps and scratch space, but no state of
// the game: that lives in components and resources, where rollback finds it.
type System interface {
	Update(t Tick)
}

// Initer is a System or Presenter that wants to make its filters before the first tick.
type Initer interface {
	Init(s *ecs.Sim)
}

// Presenter runs once a frame, on clients with a screen. It may be an [Initer].
type Presenter interface {
	Present(f Frame)
}

// Tick is what a system is told about the tick that it runs in.
type Tick struct {
	Number uint32  // 1 for the first tick of a new App
	Dt     float32 // length in seconds: 1 / tick rate, always the same
	Seed   uint64  // of the App; see Random
	Replay bool    // this tick ran before and is run again by a rollback
}

// Frame is what a presenter is told about the frame that it prepares.
type Frame struct {
	Number uint64        // counts frames from 1
	Dt     float32       // seconds since the frame before
	Alpha  float32       // where the frame lies between the last tick (0) and the next (1)
	Tick   uint32        // number of the last tick
	Now    time.Duration // on the clock of whoever drives the App
}
