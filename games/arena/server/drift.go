package server

import (
	"math"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/detmath"
	"github.com/tandem-engine/tandem/games/arena/sim"
)

// settle is the share of the difference to its drift that a rock loses in a second.
const settle = 0.35

// Drift brings asteroids back to the speed of their size after bullets, ships and other rocks have pushed them about.
type Drift struct {
	rocks ecs.Filter2[sim.Rock, sim.Velocity]
}

// Init implements engine.Initer.
func (d *Drift) Init(s *ecs.Sim) { d.rocks = ecs.Query2[sim.Rock, sim.Velocity](s) }

// Update implements engine.System.
func (d *Drift) Update(t engine.Tick) {
	q := d.rocks.Query()
	for q.Next() {
		rock, v := q.Get()
		drift := sim.Rocks[rock.Size].Drift
		speed := detmath.Length(v.X, v.Y)
		if speed < 1 {
			r := t.Random(uint64(q.Entity().ID()), siteDrift)
			sin, cos := detmath.Sincos(r.Range(-math.Pi, math.Pi))
			v.X, v.Y = cos, sin
			continue
		}
		scale := 1 + float32((drift/speed-1)*float32(settle*t.Dt))
		v.X *= scale
		v.Y *= scale
	}
}
