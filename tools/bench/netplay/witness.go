package netplay

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/rewind"
)

// outcome is what became of a shot.
type outcome struct {
	victim replicate.ID // 0: it met nothing
	tick   uint32       // in which it ended
}

// same reports whether two outcomes are: of the same victim, and not at another
// time than a snapshot's.
func (o outcome) same(p outcome) bool {
	apart := int32(o.tick - p.tick)
	return o.victim == p.victim && apart <= interval && apart >= -interval
}

// witness notes what happens to shots and ships on one side. It comes after the
// game's own systems.
type witness struct {
	past    *rewind.Past
	all     *sim.Bodies // in this tick
	damage  *ecs.Events[sim.Damage]
	bullets ecs.Filter4[replicate.Net, sim.Bullet, sim.Position, sim.Velocity]
	solids  ecs.Reader3[replicate.Net, sim.Position, sim.Body]
	ships   ecs.ReadMap1[sim.Ship]

	shots       map[replicate.ID]outcome // tick 0: it still flies
	flying, now map[replicate.ID]shot    // in the tick before, in this one

	struck  map[input.PlayerID]uint32 // tick in which a ship was hit or touched another last
	touched map[input.PlayerID]uint32 // and in which it touched anything
	bodies  []body
}

type shot struct {
	pilot  input.PlayerID
	x, y   float32
	vx, vy float32
}

type body struct {
	physics.Circle
	pilot input.PlayerID // 0: a rock
}

func newWitness() *witness {
	return &witness{
		shots: map[replicate.ID]outcome{}, flying: map[replicate.ID]shot{}, now: map[replicate.ID]shot{},
		struck: map[input.PlayerID]uint32{}, touched: map[input.PlayerID]uint32{},
	}
}

// Init implements engine.Initer.
func (w *witness) Init(s *ecs.Sim) {
	w.past = ecs.MustResource[rewind.Past](s.World())
	w.all = ecs.MustResource[sim.Bodies](s.World())
	w.damage = ecs.EventsOf[sim.Damage](s.World())
	w.bullets = ecs.Query4[replicate.Net, sim.Bullet, sim.Position, sim.Velocity](s)
	w.solids = ecs.Read3[replicate.Net, sim.Position, sim.Body](s.All())
	w.ships = ecs.NewReadMap1[sim.Ship](s.All())
}

// Update implements engine.System.
func (w *witness) Update(t engine.Tick) {
	w.contacts(t.Number)
	if t.Replay {
		return // shots are as they were seen first
	}
	clear(w.now)
	q := w.bullets.Query()
	for q.Next() {
		n, b, p, v := q.Get()
		w.now[n.ID] = shot{b.Pilot, p.X, p.Y, v.X, v.Y}
		if _, known := w.shots[n.ID]; !known {
			w.shots[n.ID] = outcome{}
		}
	}
	for id, s := range w.flying {
		if _, on := w.now[id]; !on {
			w.shots[id] = outcome{w.victim(t, s), t.Number}
		}
	}
	w.flying, w.now = w.now, w.flying
}

// victim is what a shot that was there in the tick before met in this one.
func (w *witness) victim(t engine.Tick, s shot) (id replicate.ID) {
	way := physics.Segment{X0: s.x, Y0: s.y, X1: s.x + float32(s.vx*t.Dt), Y1: s.y + float32(s.vy*t.Dt)}
	nearest := float32(2)
	for _, hit := range w.past.View(t, s.pilot).Along(nil, way, sim.BulletRadius) {
		if hit.Shape.Tag != uint64(s.pilot) && hit.T < nearest {
			nearest, id = hit.T, hit.Shape.Net.ID
		}
	}
	for i := range w.all.Solids {
		solid := &w.all.Solids[i]
		outline := solid.Circle()
		outline.Radius += sim.BulletRadius
		if at, hit := way.Hit(outline); hit && solid.Shared && solid.Pilot != s.pilot && at < nearest {
			nearest, id = at, solid.ID
		}
	}
	return id
}

// contacts notes which ships are hit, or side by side with something: collisions
// leave bodies so.
func (w *witness) contacts(tick uint32) {
	w.bodies = w.bodies[:0]
	q := w.solids.Query()
	for q.Next() {
		_, p, b := q.Get()
		ship, _ := w.ships.Get(q.Entity())
		w.bodies = append(w.bodies, body{physics.Circle{X: p.X, Y: p.Y, Radius: b.Radius}, ship.Pilot})
	}
	const near = 1 // unit
	for i := range w.bodies {
		a := &w.bodies[i]
		if a.pilot == 0 {
			continue
		}
		for k := range w.bodies {
			b := &w.bodies[k]
			dx, dy, reach := a.X-b.X, a.Y-b.Y, a.Radius+b.Radius+near
			if i == k || dx*dx+dy*dy > reach*reach {
				continue
			}
			w.touched[a.pilot] = tick
			if b.pilot != 0 {
				w.struck[a.pilot] = tick
			}
		}
	}
	for _, d := range w.damage.Read() {
		if ship, ok := w.ships.Get(d.Target); ok && d.Source != 0 {
			w.struck[ship.Pilot], w.touched[ship.Pilot] = tick, tick
		}
	}
}

// compareShots counts the shots whose life has ended on both sides by now.
func (g *game) compareShots() {
	const life = uint32(sim.BulletTime*rate) + 1
	lag := uint32(g.cell.RTT*rate/1000) + uint32(4*g.cell.ticks()) + rate
	last := g.server.App().Tick() - life - lag
	for _, p := range g.players {
		me := p.client.Player().Player
		first := uint32((p.welcome+settle)*rate/1e9) + lag
		counts := func(id replicate.ID) bool { return id.SpawnTick() > first && id.SpawnTick() < last }
		for id, seen := range p.eye.witness.shots {
			if counts(id) {
				real, known := g.ground.shots[id]
				g.out.shot(known && real.same(seen), known && real == seen, seen.victim != 0 || real.victim != 0)
			}
		}
		for id, real := range g.ground.shots {
			if _, known := p.eye.witness.shots[id]; !known && counts(id) && ownerOf(id) == me {
				g.out.shot(false, false, real.victim != 0)
			}
		}
	}
}

// ownerOf is who fired a shot: a predicted spawn is named after its owner.
func ownerOf(id replicate.ID) input.PlayerID { return input.PlayerID(id >> 47) }

func (t *tally) shot(same, exact, hit bool) {
	t.shots++
	if exact {
		t.exact++
	}
	if same {
		t.same++
	}
	if hit {
		t.hits++
		if same {
			t.sameHits++
		}
	}
}
