package sim

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
)

// Fence throws back the bodies that run into the edge of the arena. It comes last of all that moves them, so that none ends a
// tick outside.
type Fence struct {
	bodies ecs.Filter3[Position, Velocity, Body]
}

// Init implements engine.Initer.
func (f *Fence) Init(s *ecs.Sim) { f.bodies = ecs.Query3[Position, Velocity, Body](s) }

// Update implements engine.System.
func (f *Fence) Update(engine.Tick) {
	q := f.bodies.Query()
	for q.Next() {
		p, v, b := q.Get()
		bounce(&p.X, &v.X, b)
		bounce(&p.Y, &v.Y, b)
	}
}

// bounce keeps one coordinate inside the fence and turns its speed back inwards.
func bounce(p, v *float32, b *Body) {
	edge := Half - b.Radius
	switch {
	case *p > edge:
		*p = edge
		*v = min(*v, float32(-*v*b.Bounce))
	case *p < -edge:
		*p = -edge
		*v = max(*v, float32(-*v*b.Bounce))
	}
}
