package bots

import (
	"github.com/tandem-engine/tandem/engine/detmath"
	"github.com/tandem-engine/tandem/games/arena/sim"
)

// steer turns towards a place and burns if told to.
func steer(self *Self, goal sim.Position, thrust bool) sim.Controls {
	const sharp = 0.22 // radians off course for a full turn
	off := detmath.WrapAngle(bearing(self.Position, goal) - self.Heading.Angle)
	turn := off * (sim.FullTurn / sharp)
	return sim.Controls{Turn: int8(min(max(turn, -sim.FullTurn), sim.FullTurn)), Thrust: thrust}
}

// facing is how far the bow is off a place, in radians from 0 to π.
func facing(self *Self, goal sim.Position) float32 {
	off := detmath.WrapAngle(bearing(self.Position, goal) - self.Heading.Angle)
	return max(off, -off)
}

// intercept is the place where a bullet fired now from p at speed v meets a target that flies on straight, as seen from a shooter
// whose speed the bullet takes over.
func intercept(p sim.Position, v sim.Velocity, target sim.Position, course sim.Velocity) sim.Position {
	dx, dy := target.X-p.X, target.Y-p.Y
	vx, vy := course.X-v.X, course.Y-v.Y
	// |d + v·t| = BulletSpeed·t, solved for the earliest t > 0.
	a := float32(sim.BulletSpeed*sim.BulletSpeed) - float32(vx*vx) - float32(vy*vy)
	b := float32(dx*vx) + float32(dy*vy)
	c := float32(dx*dx) + float32(dy*dy)
	if a <= 0 {
		return target // it outruns the bullet
	}
	t := (b + detmath.Sqrt(float32(b*b)+float32(a*c))) / a
	return sim.Position{X: target.X + float32(vx*t), Y: target.Y + float32(vy*t)}
}

// dodge finds the obstacle that the ship will run into first and a place to head for instead.
func dodge(self *Self, seen *Senses) (away sim.Position, danger bool) {
	first := float32(caution)
	for i := range seen.Rocks {
		rock := &seen.Rocks[i]
		at, when := meet(self, rock)
		if when < first {
			first, away, danger = when, at, true
		}
	}
	if danger {
		return away, true
	}
	return offFence(self)
}

// meet says when the ship comes too near to a rock and which way leads past it.
func meet(self *Self, rock *Rock) (away sim.Position, when float32) {
	dx, dy := rock.Position.X-self.Position.X, rock.Position.Y-self.Position.Y
	vx, vy := rock.Velocity.X-self.Velocity.X, rock.Velocity.Y-self.Velocity.Y
	room := rock.Radius + sim.ShipRadius + clearance
	square := float32(vx*vx) + float32(vy*vy)
	nearing := -(float32(dx*vx) + float32(dy*vy))
	if square < 1 || nearing <= 0 {
		return away, sim.Side
	}
	when = nearing / square // of the closest approach
	mx, my := dx+float32(vx*when), dy+float32(vy*when)
	if float32(mx*mx)+float32(my*my) > float32(room*room) {
		return away, sim.Side
	}
	// At a right angle to the line to the rock, on the side where it passes anyway.
	side := float32(1)
	if float32(dx*my)-float32(dy*mx) > 0 {
		side = -1
	}
	return sim.Position{
		X: self.Position.X - float32(dy*side) - float32(dx*0.3),
		Y: self.Position.Y + float32(dx*side) - float32(dy*0.3),
	}, when
}

// offFence heads inwards when the ship is about to touch the fence.
func offFence(self *Self) (away sim.Position, danger bool) {
	const edge = sim.Half - 60
	x := self.Position.X + float32(self.Velocity.X*0.7)
	y := self.Position.Y + float32(self.Velocity.Y*0.7)
	if x < edge && x > -edge && y < edge && y > -edge {
		return away, false
	}
	return sim.Position{X: self.Position.X * 0.5, Y: self.Position.Y * 0.5}, true
}

// closing is the speed at which the ship and another come together, in units a second.
func closing(self *Self, other *Ship) float32 {
	dx, dy := other.Position.X-self.Position.X, other.Position.Y-self.Position.Y
	gap := max(1, detmath.Length(dx, dy))
	vx, vy := self.Velocity.X-other.Velocity.X, self.Velocity.Y-other.Velocity.Y
	return (float32(dx*vx) + float32(dy*vy)) / gap
}

func bearing(from, to sim.Position) float32 { return detmath.Atan2(to.Y-from.Y, to.X-from.X) }

func distance(a, b sim.Position) float32 {
	return detmath.Length(a.X-b.X, a.Y-b.Y)
}

func speed(v sim.Velocity) float32 { return detmath.Length(v.X, v.Y) }
