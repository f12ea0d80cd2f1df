package server

import (
	"cmp"
	"slices"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/detmath"
	"github.com/tandem-engine/tandem/games/arena/bots"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
)

// Launches gives a ship to each pilot whose time to come back has come.
type Launches struct {
	pilots ecs.Filter1[sim.Pilot]
	frame  ecs.Map6[replicate.Net, sim.Position, sim.Velocity, sim.Heading, sim.Body, sim.Ship]
	parts  ecs.Map3[sim.Hull, sim.Gun, sim.Controls]
	brains ecs.Map1[bots.Brain]
	bodies *sim.Bodies
	due    []input.PlayerID
	taken  []sim.Position // berths of this tick
}

// Init implements engine.Initer.
func (l *Launches) Init(s *ecs.Sim) {
	l.pilots = ecs.Query1[sim.Pilot](s)
	l.frame = ecs.NewMap6[replicate.Net, sim.Position, sim.Velocity, sim.Heading, sim.Body, sim.Ship](s)
	l.parts = ecs.NewMap3[sim.Hull, sim.Gun, sim.Controls](s)
	l.brains = ecs.NewMap1[bots.Brain](s)
	l.bodies = ecs.MustResource[sim.Bodies](s.World())
}

// Update implements engine.System.
func (l *Launches) Update(t engine.Tick) {
	l.due, l.taken = l.due[:0], l.taken[:0]
	q := l.pilots.Query()
	for q.Next() {
		if p := q.Get(); p.Back != 0 && t.Number >= p.Back {
			p.Back = 0
			l.due = append(l.due, p.ID)
		}
	}
	slices.SortFunc(l.due, cmp.Compare[input.PlayerID])
	for _, id := range l.due {
		l.launch(t, id)
	}
}

// launch puts a new ship into the arena, looking at its middle.
func (l *Launches) launch(t engine.Tick, id input.PlayerID) {
	r := t.Random(uint64(id), siteBerth)
	p := berth(&r, l.bodies.Solids, l.taken)
	l.taken = append(l.taken, p)
	ship := l.frame.NewEntity(
		replicate.Net{Owner: id, Mode: replicate.ByOwner},
		p,
		sim.Velocity{},
		sim.Heading{Angle: detmath.Atan2(-p.Y, -p.X)},
		sim.Body{Radius: sim.ShipRadius, Mass: sim.ShipMass, Bounce: sim.ShipBounce},
		sim.Ship{Pilot: id},
	)
	l.parts.Add(ship,
		sim.Hull{Points: sim.FullHull, SafeUntil: t.Number + seconds(sim.ShieldTime, t.Dt)},
		sim.Gun{Energy: sim.FullEnergy},
		sim.Controls{},
	)
	if id >= sim.FirstBot {
		l.brains.Add(ship, bots.Brain{Skill: bots.Skill(id)})
	}
}
