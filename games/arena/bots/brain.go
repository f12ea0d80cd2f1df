package bots

import (
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/detmath"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/input"
)

// Brain is what a computer pilot keeps in mind from one tick to the next. The zero value is a fresh pilot without skill.
type Brain struct {
	Skill float32 // 0 to 1: how steadily it aims, how early it fires

	target  input.PlayerID // the ship it hunts; 0 is none
	decide  uint32         // the tick at which it looks around again
	wobble  float32        // its error of aim at the moment, in radians
	passing float32        // the side on which it passes its target: 1 or -1
}

// Self is the ship that a brain flies.
type Self struct {
	Pilot    input.PlayerID
	Position sim.Position
	Velocity sim.Velocity
	Heading  sim.Heading
	Hull     sim.Hull
	Gun      sim.Gun
}

// Sites of random numbers, apart from those of the server.
const siteDecide = 0x200

// How a brain flies and fights. Distances are in units, times in seconds.
const (
	attention = 0.4  // between two looks around
	reach     = 780  // of a shot worth trying
	closeIn   = 420  // from here on it stops chasing and circles
	tooClose  = 170  // from here on it turns away
	weak      = 35   // hull points that make it shy
	prize     = 700  // how far it goes for a crate
	caution   = 1.1  // how far it looks ahead for obstacles
	clearance = 26   // between it and an obstacle
	clumsy    = 0.62 // error of aim without skill, in radians
)

// Think decides what to do in a tick, from what can be seen.
func (b *Brain) Think(t engine.Tick, self *Self, seen *Senses) sim.Controls {
	if t.Number >= b.decide {
		b.look(t, self, seen)
	}
	if away, danger := dodge(self, seen); danger {
		return steer(self, away, true)
	}
	enemy := seen.ship(b.target)
	if goal, ok := b.errand(self, seen, enemy); ok {
		c := steer(self, goal, facing(self, goal) < 0.8)
		c.Fire = enemy != nil && b.hits(self, enemy)
		return c
	}
	if enemy != nil {
		return b.fight(self, enemy)
	}
	if rock := seen.nearestRock(self.Position); rock != nil {
		return b.shoot(self, rock)
	}
	return sim.Controls{}
}

// look chooses a target and renews the error of aim.
func (b *Brain) look(t engine.Tick, self *Self, seen *Senses) {
	r := t.Random(uint64(self.Pilot), siteDecide)
	b.decide = t.Number + max(1, uint32(attention*r.Range(0.7, 1.3)/t.Dt))
	b.wobble = r.Range(-clumsy, clumsy) * (1 - b.Skill)
	if b.passing == 0 || r.Float32() < 0.12 {
		b.passing = float32(2*r.IntN(2) - 1)
	}
	b.target = 0
	least := float32(4 * sim.Side)
	for i := range seen.Ships {
		s := &seen.Ships[i]
		if s.Pilot == self.Pilot || s.Hull.Safe(t.Number) {
			continue
		}
		cost := distance(self.Position, s.Position) + float32(2*s.Hull.Points)
		if s.Pilot == self.Hull.By {
			cost *= 0.6 // it shoots back
		}
		if cost < least {
			least, b.target = cost, s.Pilot
		}
	}
}

// errand is a place worth going to before fighting: a crate, or anywhere away from the enemy for a ship that is nearly lost.
func (b *Brain) errand(self *Self, seen *Senses, enemy *Ship) (goal sim.Position, ok bool) {
	shy := self.Hull.Points < weak
	far := float32(prize)
	if shy {
		far *= 2
	}
	for i := range seen.Crates {
		c := &seen.Crates[i]
		if c.Kind == sim.RepairCrate && self.Hull.Points > 0.8*sim.FullHull {
			continue
		}
		if d := distance(self.Position, c.Position); d < far {
			far, goal, ok = d, c.Position, true
		}
	}
	if ok || !shy || enemy == nil || distance(self.Position, enemy.Position) > 1.5*reach {
		return goal, ok
	}
	// Away from the enemy, but rather along the fence than into it.
	dx, dy := self.Position.X-enemy.Position.X, self.Position.Y-enemy.Position.Y
	return sim.Position{
		X: min(max(self.Position.X+dx, -0.85*sim.Half), 0.85*sim.Half),
		Y: min(max(self.Position.Y+dy, -0.85*sim.Half), 0.85*sim.Half),
	}, true
}

// fight chases a ship, circles it when near, and fires ahead of it.
func (b *Brain) fight(self *Self, enemy *Ship) sim.Controls {
	gap := distance(self.Position, enemy.Position)
	aim := b.aim(self, enemy.Position, enemy.Velocity)
	switch {
	case gap < tooClose:
		return b.pass(self, enemy)
	case gap < closeIn:
		c := steer(self, aim, false)
		c.Thrust = closing(self, enemy) < -40 // keep it from slipping away
		c.Fire = b.hits(self, enemy)
		return c
	}
	c := steer(self, aim, facing(self, aim) < 0.5 && closing(self, enemy) < 260)
	c.Fire = b.hits(self, enemy)
	return c
}

// pass flies by a ship that is too close, still firing if it happens to be in front.
func (b *Brain) pass(self *Self, enemy *Ship) sim.Controls {
	dx, dy := enemy.Position.X-self.Position.X, enemy.Position.Y-self.Position.Y
	beside := sim.Position{
		X: self.Position.X - float32(dy*b.passing),
		Y: self.Position.Y + float32(dx*b.passing),
	}
	c := steer(self, beside, true)
	c.Fire = b.hits(self, enemy)
	return c
}

// shoot breaks a rock, from a distance.
func (b *Brain) shoot(self *Self, rock *Rock) sim.Controls {
	aim := b.aim(self, rock.Position, rock.Velocity)
	gap := distance(self.Position, rock.Position) - rock.Radius
	c := steer(self, aim, gap > closeIn && speed(self.Velocity) < 250)
	c.Fire = gap < reach && facing(self, aim) < 0.1
	return c
}

// hits says whether a shot fired now is likely to hit a ship.
func (b *Brain) hits(self *Self, enemy *Ship) bool {
	gap := distance(self.Position, enemy.Position)
	if gap > reach {
		return false
	}
	width := detmath.Atan2(sim.ShipRadius*(2.2-b.Skill), gap)
	return facing(self, b.aim(self, enemy.Position, enemy.Velocity)) < width
}

// aim is where to point so that a bullet meets something that keeps its course, as well as the pilot can judge it.
func (b *Brain) aim(self *Self, p sim.Position, v sim.Velocity) sim.Position {
	at := intercept(self.Position, self.Velocity, p, v)
	if b.wobble == 0 {
		return at
	}
	sin, cos := detmath.Sincos(b.wobble)
	dx, dy := at.X-self.Position.X, at.Y-self.Position.Y
	return sim.Position{
		X: self.Position.X + float32(dx*cos) - float32(dy*sin),
		Y: self.Position.Y + float32(dx*sin) + float32(dy*cos),
	}
}
