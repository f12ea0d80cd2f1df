package sim

import (
	"cmp"
	"slices"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/net/replicate"
)

// Hits ends the bullets that met something solid on their way through this tick. A client asks this of its own bullets only: whether
// it is hit itself is for the server to say.
type Hits struct {
	sim     *ecs.Sim
	bodies  *Bodies
	bullets ecs.Filter4[replicate.Net, Bullet, Position, Velocity]
	pushed  ecs.Map1[Velocity]
	damage  *ecs.Events[Damage]
	flying  []flight
}

// flight is the way of a bullet through one tick.
type flight struct {
	entity ecs.Entity
	id     replicate.ID
	bullet Bullet
	way    physics.Segment
}

// Init implements engine.Initer.
func (h *Hits) Init(s *ecs.Sim) {
	h.sim = s
	h.bodies = ecs.MustResource[Bodies](s.World())
	h.bullets = ecs.Query4[replicate.Net, Bullet, Position, Velocity](s)
	h.pushed = ecs.NewMap1[Velocity](s)
	h.damage = ecs.EventsOf[Damage](s.World())
}

// Update implements engine.System.
func (h *Hits) Update(t engine.Tick) {
	h.flying = h.flying[:0]
	q := h.bullets.Query()
	for q.Next() {
		net, b, p, v := q.Get()
		h.flying = append(h.flying, flight{
			entity: q.Entity(), id: net.ID, bullet: *b,
			way: physics.Segment{X0: p.X - float32(v.X*t.Dt), Y0: p.Y - float32(v.Y*t.Dt), X1: p.X, Y1: p.Y},
		})
	}
	h.bodies.index() // the collisions have moved some
	slices.SortStableFunc(h.flying, func(a, b flight) int { return cmp.Compare(a.id, b.id) })
	for i := range h.flying {
		f := &h.flying[i]
		if target := h.first(f); target != nil {
			h.strike(f, target)
		}
	}
}

// first finds what a bullet meets first, nil if its way is free.
func (h *Hits) first(f *flight) *Solid {
	var target *Solid
	nearest := float32(2) // ways are from 0 to 1
	for _, i := range h.bodies.along(f.way, BulletRadius) {
		s := &h.bodies.Solids[i]
		if s.Pilot == f.bullet.Pilot {
			continue
		}
		bullet := physics.Circle{X: f.way.X0, Y: f.way.Y0, Radius: BulletRadius}
		if t, hit := bullet.Sweep(f.way.X1-f.way.X0, f.way.Y1-f.way.Y0, s.Circle()); hit && t < nearest {
			nearest, target = t, s
		}
	}
	return target
}

// strike passes a bullet's momentum on to what it met and hurts it.
func (h *Hits) strike(f *flight, s *Solid) {
	h.sim.Despawn(f.entity)
	h.damage.Emit(Damage{Target: s.Entity, Source: f.bullet.Pilot, Amount: BulletDamage})
	if v := h.pushed.Get(s.Entity); v != nil {
		dx, dy := direction(f.way.X1-f.way.X0, f.way.Y1-f.way.Y0)
		push := BulletImpulse / s.Body.Mass
		v.X += float32(dx * push)
		v.Y += float32(dy * push)
	}
}
