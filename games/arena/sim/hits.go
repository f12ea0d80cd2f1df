package sim

import (
	"cmp"
	"slices"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/detmath"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/rewind"
)

// Hits ends the bullets that met something solid on their way through this tick, where whoever fired them saw it: in the past, or,
// of ships that all clients predict, now. A client asks this of its own bullets only: whether it is hit itself is for the server to
// say.
type Hits struct {
	sim     *ecs.Sim
	past    *rewind.Past
	bodies  *Bodies
	bullets ecs.Filter4[replicate.Net, Bullet, Position, Velocity]
	pushed  ecs.Map2[Velocity, Body]
	damage  *ecs.Events[Damage]
	struck  *predict.Events[Struck]
	flying  []flight
	met     []rewind.Hit
	shared  []int32 // of the bodies: those that all clients predict
	grid    *physics.Grid
	near    []int32
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
	h.past = ecs.MustResource[rewind.Past](s.World())
	h.bodies = ecs.MustResource[Bodies](s.World())
	h.grid = physics.NewGrid(fence, cell)
	h.bullets = ecs.Query4[replicate.Net, Bullet, Position, Velocity](s)
	h.pushed = ecs.NewMap2[Velocity, Body](s)
	h.damage = ecs.EventsOf[Damage](s.World())
	h.struck = predict.EventsOf[Struck](s)
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
	if len(h.flying) == 0 {
		return
	}
	h.survey()
	slices.SortStableFunc(h.flying, func(a, b flight) int { return cmp.Compare(a.id, b.id) })
	for i := range h.flying {
		f := &h.flying[i]
		if target, at := h.first(t, f); at <= 1 {
			h.strike(t, f, target, at)
		}
	}
}

// survey finds what all clients predict.
func (h *Hits) survey() {
	h.shared = h.shared[:0]
	h.grid.Reset()
	for i := range h.bodies.Solids {
		if s := &h.bodies.Solids[i]; s.Shared {
			h.shared = append(h.shared, int32(i))
			h.grid.Add(s.Circle())
		}
	}
}

// first finds what a bullet meets first, and at which fraction of its way; beyond 1 it meets nothing.
func (h *Hits) first(t engine.Tick, f *flight) (target ecs.Entity, nearest float32) {
	h.met = h.past.View(t, f.bullet.Pilot).Along(h.met[:0], f.way, BulletRadius)
	nearest = 2
	for i := range h.met {
		if m := &h.met[i]; m.Shape.Tag != uint64(f.bullet.Pilot) && m.T < nearest {
			nearest, target = m.T, m.Shape.Entity
		}
	}
	if len(h.shared) == 0 {
		return target, nearest
	}
	box := f.way.Box()
	box.MinX, box.MinY, box.MaxX, box.MaxY = box.MinX-BulletRadius, box.MinY-BulletRadius, box.MaxX+BulletRadius, box.MaxY+BulletRadius
	h.near = h.grid.Near(h.near[:0], box)
	for _, i := range h.near {
		s := &h.bodies.Solids[h.shared[i]]
		outline := s.Circle()
		outline.Radius += BulletRadius
		if at, hit := f.way.Hit(outline); hit && at < nearest && s.Pilot != f.bullet.Pilot {
			nearest, target = at, s.Entity
		}
	}
	return target, nearest
}

// strike passes a bullet's momentum on to what it met and hurts it. What the pilot still saw may be gone by now: that ends the bullet
// and nothing else.
func (h *Hits) strike(t engine.Tick, f *flight, target ecs.Entity, at float32) {
	dx, dy := direction(f.way.X1-f.way.X0, f.way.Y1-f.way.Y0)
	x, y := f.way.At(at)
	h.struck.Emit(t, f.id, Struck{X: x, Y: y, Angle: detmath.Atan2(dy, dx), By: f.bullet.Pilot})
	h.sim.Despawn(f.entity)
	h.damage.Emit(Damage{Target: target, Source: f.bullet.Pilot, Amount: BulletDamage})
	if v, body := h.pushed.Get(target); v != nil {
		push := BulletImpulse / body.Mass
		v.X += float32(dx * push)
		v.Y += float32(dy * push)
	}
}
