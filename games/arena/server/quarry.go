package server

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/net/replicate"
)

// Sites of random numbers: no two uses share one.
const (
	siteSplit = 0x100 + iota
	siteCargo
	siteBerth
	siteField
	siteDrift
)

// quarry makes asteroids.
type quarry struct {
	spawner *ecs.Spawner6[replicate.Net, sim.Rock, sim.Hull, sim.Body, sim.Position, sim.Velocity]
}

func newQuarry(s *ecs.Sim) quarry {
	return quarry{ecs.NewSpawner6[replicate.Net, sim.Rock, sim.Hull, sim.Body, sim.Position, sim.Velocity](s)}
}

// spawn makes a rock of a size, with looks drawn from r.
func (q *quarry) spawn(size sim.RockSize, p sim.Position, v sim.Velocity, r *engine.Random) {
	kind := &sim.Rocks[size]
	q.spawner.Spawn(
		replicate.Net{},
		sim.Rock{Size: size, Shape: uint8(r.IntN(256)), Spin: r.Range(-1.2, 1.2)},
		sim.Hull{Points: kind.Hull},
		sim.Body{Radius: kind.Radius, Mass: kind.Mass, Bounce: 1},
		p, v,
	)
}
