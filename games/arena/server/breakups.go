package server

import (
	"math"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/detmath"
	"github.com/tandem-engine/tandem/games/arena/sim"
)

// Breakups splits asteroids of which nothing is left.
type Breakups struct {
	sim    *ecs.Sim
	rocks  ecs.Filter5[sim.Rock, sim.Hull, sim.Position, sim.Velocity, sim.Body]
	scores scores
	quarry quarry
	cargo  cargo
}

// Init implements engine.Initer.
func (b *Breakups) Init(s *ecs.Sim) {
	b.sim = s
	b.rocks = ecs.Query5[sim.Rock, sim.Hull, sim.Position, sim.Velocity, sim.Body](s)
	b.scores = newScores(s)
	b.quarry = newQuarry(s)
	b.cargo = newCargo(s)
}

// Update implements engine.System.
func (b *Breakups) Update(t engine.Tick) {
	counts := b.scores.count(t.Number)
	q := b.rocks.Query()
	for q.Next() {
		rock, hull, p, v, body := q.Get()
		if hull.Points > 0 {
			continue
		}
		b.sim.Despawn(q.Entity())
		if by := b.scores.of(hull.By); by != nil && counts {
			by.Rocks++
		}
		site := uint64(q.Entity().ID())
		if rock.Size == sim.SmallRock {
			b.cargo.drop(t, *p, site, RockCargo)
			continue
		}
		b.split(t, site, rock.Size, *p, *v, body.Radius)
	}
}

// split puts the pieces of a rock on a circle inside it, flying apart. Their speeds cancel out, so that the whole keeps its momentum.
func (b *Breakups) split(t engine.Tick, site uint64, size sim.RockSize, p sim.Position, v sim.Velocity, radius float32) {
	pieces := sim.Rocks[size].Pieces
	r := t.Random(site, siteSplit)
	turn := r.Range(0, 2*math.Pi)
	away := r.Range(50, 110)
	ring := radius * 0.62
	for i := range pieces {
		sin, cos := detmath.Sincos(detmath.WrapAngle(turn + 2*math.Pi*float32(i)/float32(pieces)))
		b.quarry.spawn(size-1,
			sim.Position{X: p.X + float32(cos*ring), Y: p.Y + float32(sin*ring)},
			sim.Velocity{X: v.X + float32(cos*away), Y: v.Y + float32(sin*away)},
			&r)
	}
}
