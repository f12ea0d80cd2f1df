package server

import (
	"math"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/detmath"
	"github.com/tandem-engine/tandem/games/arena/sim"
)

// Field fills the arena with asteroids in the first tick, and later replaces what has been shot away, one large rock a second at most.
type Field struct {
	rules Rules

	rocks  ecs.Filter1[sim.Rock]
	quarry quarry
	bodies *sim.Bodies
	mass   float32 // to be kept up
}

// mixture is how the sizes of the first asteroids alternate.
var mixture = [...]sim.RockSize{sim.LargeRock, sim.MiddleRock, sim.SmallRock, sim.MiddleRock}

// Init implements engine.Initer.
func (f *Field) Init(s *ecs.Sim) {
	f.rocks = ecs.Query1[sim.Rock](s)
	f.quarry = newQuarry(s)
	f.bodies = ecs.MustResource[sim.Bodies](s.World())
	for i := range f.rules.Rocks {
		f.mass += sim.Rocks[mixture[i%len(mixture)]].Mass
	}
}

// Update implements engine.System.
func (f *Field) Update(t engine.Tick) {
	if t.Number%seconds(1, t.Dt) != 1 {
		return
	}
	var mass float32
	q := f.rocks.Query()
	for q.Next() {
		mass += sim.Rocks[q.Get().Size].Mass
	}
	if mass == 0 {
		for i := range f.rules.Rocks {
			f.place(t, i, mixture[i%len(mixture)])
		}
		return
	}
	if mass+sim.Rocks[sim.LargeRock].Mass <= f.mass {
		f.place(t, 0, sim.LargeRock)
	}
}

// place puts a drifting rock where there is room.
func (f *Field) place(t engine.Tick, ordinal int, size sim.RockSize) {
	r := t.Random(uint64(ordinal), siteField)
	p := berth(&r, f.bodies.Solids, nil)
	sin, cos := detmath.Sincos(r.Range(-math.Pi, math.Pi))
	drift := sim.Rocks[size].Drift * r.Range(0.6, 1.4)
	f.quarry.spawn(size, p, sim.Velocity{X: float32(cos * drift), Y: float32(sin * drift)}, &r)
}
