package sim

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/detmath"
	"github.com/tandem-engine/tandem/net/predict"
)

// Collisions pushes overlapping bodies apart and exchanges their momentum. Each pair is worked out for both; what comes of it is
// kept for those that are simulated here, so that on a client the own ship bounces off rocks which only the server moves.
type Collisions struct {
	bodies *Bodies
	moved  ecs.Map2[Position, Velocity]
	damage *ecs.Events[Damage]
	bumped *predict.Events[Bumped]
}

// Init implements engine.Initer.
func (c *Collisions) Init(s *ecs.Sim) {
	c.bodies = ecs.MustResource[Bodies](s.World())
	c.moved = ecs.NewMap2[Position, Velocity](s)
	c.damage = ecs.EventsOf[Damage](s.World())
	c.bumped = predict.EventsOf[Bumped](s)
}

// Update implements engine.System.
func (c *Collisions) Update(t engine.Tick) {
	for _, pair := range c.bodies.touching() {
		a, b := &c.bodies.Solids[pair.A], &c.bodies.Solids[pair.B]
		if !a.Own && !b.Own {
			continue
		}
		speed, touch := collide(a, b)
		if !touch {
			continue
		}
		c.keep(a)
		c.keep(b)
		c.bump(t, a, b, speed)
		c.bump(t, b, a, speed)
		if crash := speed - CrashSpeed; crash > 0 && (a.Pilot != 0 || b.Pilot != 0) {
			amount := float32(crash*CrashDamage) / (a.Body.Mass + b.Body.Mass)
			c.damage.Emit(Damage{Target: a.Entity, Source: b.Pilot, Amount: amount * b.Body.Mass})
			c.damage.Emit(Damage{Target: b.Entity, Source: a.Pilot, Amount: amount * a.Body.Mass})
		}
	}
}

// bump tells of a ship that is simulated here and has run into something.
func (c *Collisions) bump(t engine.Tick, ship, other *Solid, speed float32) {
	if ship.Own && ship.Pilot != 0 && speed > BumpSpeed {
		angle := detmath.Atan2(ship.Position.Y-other.Position.Y, ship.Position.X-other.Position.X)
		c.bumped.Emit(t, ship.ID, Bumped{Angle: angle, Speed: speed})
	}
}

// keep writes a body back, if it is simulated here.
func (c *Collisions) keep(s *Solid) {
	if p, v := c.moved.Get(s.Entity); p != nil {
		*p, *v = s.Position, s.Velocity
	}
}

// collide separates two bodies and lets them bounce. It returns the speed at which they met; touch is false if they do not
// overlap.
func collide(a, b *Solid) (speed float32, touch bool) {
	c, touch := a.Circle().Contact(b.Circle())
	if !touch {
		return 0, false
	}
	// The heavier of the two moves less and changes its velocity less.
	shareA := b.Body.Mass / (a.Body.Mass + b.Body.Mass)
	shareB := a.Body.Mass / (a.Body.Mass + b.Body.Mass)
	a.Position.X -= float32(c.NX * float32(c.Depth*shareA))
	a.Position.Y -= float32(c.NY * float32(c.Depth*shareA))
	b.Position.X += float32(c.NX * float32(c.Depth*shareB))
	b.Position.Y += float32(c.NY * float32(c.Depth*shareB))

	speed = float32((a.Velocity.X-b.Velocity.X)*c.NX) + float32((a.Velocity.Y-b.Velocity.Y)*c.NY)
	if speed <= 0 {
		return 0, true // they are parting already
	}
	change := float32((1 + min(a.Body.Bounce, b.Body.Bounce)) * speed)
	a.Velocity.X -= float32(c.NX * float32(change*shareA))
	a.Velocity.Y -= float32(c.NY * float32(change*shareA))
	b.Velocity.X += float32(c.NX * float32(change*shareB))
	b.Velocity.Y += float32(c.NY * float32(change*shareB))
	return speed, true
}
