package replicate

import "github.com/tandem-engine/tandem/ecs"

// View is what a client shows of component T: between two snapshots for
// interpolated entities, between two ticks and with corrections smoothed for
// predicted ones. Present systems write it once a frame; drawing reads it and
// never T. Components registered with [Interpolate] or [Predict] have one.
type View[T any] struct{ Value T }

// viewType is the untyped handle of a View[T] component. The value lies at
// the beginning of the struct, so a pointer to it is a pointer to a T.
type viewType struct{ id ecs.ID }

func newViewType[T any](w *ecs.World) *viewType {
	return &viewType{id: ecs.ComponentID[View[T]](w)}
}

// Simulated tags the entities that a client simulates itself: the scope of
// its systems. Servers do not use it.
type Simulated struct{}

// Disabled tags entities that a predicted despawn took out of the simulation
// and whose despawn the server has not confirmed yet.
type Disabled struct{}
