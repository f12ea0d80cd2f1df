package server

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/net/replicate"
)

// How likely a crate is left behind.
const (
	WreckCargo = 0.5
	RockCargo  = 0.08
)

// CrateTime is how long a crate waits to be picked up, in seconds.
const CrateTime = 25

// cargo makes crates.
type cargo struct {
	spawner *ecs.Spawner3[replicate.Net, sim.Crate, sim.Position]
}

func newCargo(s *ecs.Sim) cargo {
	return cargo{ecs.NewSpawner3[replicate.Net, sim.Crate, sim.Position](s)}
}

// drop leaves a crate at p with a chance from 0 to 1.
func (c *cargo) drop(t engine.Tick, p sim.Position, site uint64, chance float32) {
	r := t.Random(site, siteCargo)
	if r.Float32() >= chance {
		return
	}
	c.spawner.Spawn(
		replicate.Net{},
		sim.Crate{Kind: sim.CrateKind(r.IntN(2)), Dies: t.Number + seconds(CrateTime, t.Dt)},
		p,
	)
}
