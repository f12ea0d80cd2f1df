package sim

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/detmath"
)

// Steering turns and pushes the ships as their controls say.
type Steering struct {
	ships ecs.Filter4[Ship, Heading, Velocity, Controls]
}

// Init implements engine.Initer.
func (s *Steering) Init(sim *ecs.Sim) {
	s.ships = ecs.Query4[Ship, Heading, Velocity, Controls](sim)
}

// Update implements engine.System.
func (s *Steering) Update(t engine.Tick) {
	q := s.ships.Query()
	for q.Next() {
		ship, heading, v, controls := q.Get()
		ship.Spin = spin(ship.Spin, controls.Turn, t.Dt)
		heading.Angle = detmath.WrapAngle(heading.Angle + float32(ship.Spin*t.Dt))
		ship.Burning = controls.Thrust
		if ship.Burning {
			burn(v, heading.Angle, t.Dt)
		}
		keep := 1 - float32(Drag*t.Dt)
		v.X = float32(v.X * keep)
		v.Y = float32(v.Y * keep)
	}
}

// spin is the rate of turn after a tick. It builds up, so that a tap aims finely, and stops at once.
func spin(now float32, turn int8, dt float32) float32 {
	want := TurnRate * float32(turn) / FullTurn
	grip := float32(TurnGrip * dt)
	switch {
	case want > 0:
		return min(want, max(now, 0)+grip)
	case want < 0:
		return max(want, min(now, 0)-grip)
	}
	return 0
}

// burn accelerates along the heading. It turns a velocity beyond TopSpeed, but never makes it longer.
func burn(v *Velocity, angle, dt float32) {
	limit := max(TopSpeed, detmath.Length(v.X, v.Y))
	sin, cos := detmath.Sincos(angle)
	push := float32(ThrustPower * dt)
	v.X += float32(cos * push)
	v.Y += float32(sin * push)
	if speed := detmath.Length(v.X, v.Y); speed > limit {
		v.X = float32(v.X * (limit / speed))
		v.Y = float32(v.Y * (limit / speed))
	}
}

// direction is the vector (x, y) at length 1; (1, 0) if it has no direction.
func direction(x, y float32) (float32, float32) {
	length := detmath.Length(x, y)
	if length == 0 {
		return 1, 0
	}
	return x / length, y / length
}
