package sim

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
)

// Fuses ends bullets whose time is up or that reach the fence.
type Fuses struct {
	sim     *ecs.Sim
	bullets ecs.Filter2[Bullet, Position]
}

// Init implements engine.Initer.
func (f *Fuses) Init(s *ecs.Sim) {
	f.sim = s
	f.bullets = ecs.Query2[Bullet, Position](s)
}

// Update implements engine.System.
func (f *Fuses) Update(t engine.Tick) {
	q := f.bullets.Query()
	for q.Next() {
		b, p := q.Get()
		if t.Number >= b.Dies || outside(p) {
			f.sim.Despawn(q.Entity())
		}
	}
}

// outside says whether a bullet at p touches the fence.
func outside(p *Position) bool {
	const edge = Half - BulletRadius
	return p.X > edge || p.X < -edge || p.Y > edge || p.Y < -edge
}
