package sim

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
)

// Movement moves what has a velocity.
type Movement struct {
	things ecs.Filter2[Position, Velocity]
}

// Init implements engine.Initer.
func (m *Movement) Init(s *ecs.Sim) { m.things = ecs.Query2[Position, Velocity](s) }

// Update implements engine.System.
func (m *Movement) Update(t engine.Tick) {
	q := m.things.Query()
	for q.Next() {
		p, v := q.Get()
		p.X += float32(v.X * t.Dt)
		p.Y += float32(v.Y * t.Dt)
	}
}
