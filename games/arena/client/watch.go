package client

import (
	"math"
	"strconv"

	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/render/particle"
)

// watch finds out from one frame to the next what has happened, and shows it. It looks only at what has changed in the
// scene, so it is the same for what is predicted and for what is interpolated.
type watch struct {
	ships  tracker[ship]
	rocks  tracker[rock]
	shots  tracker[shot]
	crates tracker[crate]
	flames map[uint64]*plume
	spare  []*plume

	hurtOwn float32 // points that the own ship has lost in this frame
}

// plume is what trails a ship.
type plume struct {
	exhaust, smoke particle.Emitter
	power          float32 // of the flame, 0..1
}

func newWatch() watch {
	return watch{
		ships: newTracker[ship](), rocks: newTracker[rock](), shots: newTracker[shot](), crates: newTracker[crate](),
		flames: map[uint64]*plume{},
	}
}

func (w *watch) look(s *scene, e *effects, dt float32) {
	w.hurtOwn = 0
	w.lookAtShots(s, e)
	w.lookAtRocks(s, e)
	w.lookAtShips(s, e, dt)
	w.lookAtCrates(s, e)
}

func (w *watch) lookAtShips(s *scene, e *effects, dt float32) {
	w.ships.begin()
	for i := range s.ships {
		now := &s.ships[i]
		before, known := w.ships.see(now.key, *now)
		if !known {
			if now.safeUntil > s.tick+60 { // fresh; one that only comes into sight has not arrived now
				e.warp(now.x, now.y, now.color)
			}
		} else {
			w.compareShips(s, e, &before, now)
		}
		w.trail(e, now, s.tick, dt)
	}
	w.ships.end(func(last ship) {
		w.drop(last.key)
		if pilot := s.find(last.pilot); pilot == nil {
			e.warp(last.x, last.y, last.color)
			return
		}
		e.explode(last.x, last.y, last.vx, last.vy, last.color)
	})
}

func (w *watch) compareShips(s *scene, e *effects, before, now *ship) {
	if lost := before.hull - now.hull; lost > 0.4 {
		if now.own {
			w.hurtOwn += lost
		}
		if now.by == s.me && s.me != 0 && !now.own && now.hurt != before.hurt {
			e.say(now.x, now.y-26, strconv.Itoa(int(lost+0.5)), warning)
		}
		if lost > 3 {
			e.above.Emit(&spark, 6, particle.Source{X: now.x, Y: now.y, VX: now.vx, VY: now.vy, Direction: now.angle + 2})
		}
	}
	w.fence(e, &before.body, &now.body, sim.ShipRadius)
}

// fence shows what bounces off the fence: a speed that turns round next to it.
func (w *watch) fence(e *effects, before, now *body, radius float32) {
	const near, fast = 26, 25
	limit := sim.Half - radius - near
	switch {
	case now.x > limit && before.vx > fast && now.vx < 0:
		e.struck(sim.Half, now.y, math.Pi)
	case now.x < -limit && before.vx < -fast && now.vx > 0:
		e.struck(-sim.Half, now.y, 0)
	}
	switch {
	case now.y > limit && before.vy > fast && now.vy < 0:
		e.struck(now.x, sim.Half, -math.Pi/2)
	case now.y < -limit && before.vy < -fast && now.vy > 0:
		e.struck(now.x, -sim.Half, math.Pi/2)
	}
}

// trail is the thruster's exhaust, and the smoke of a damaged ship.
func (w *watch) trail(e *effects, s *ship, tick uint32, dt float32) {
	p := w.flames[s.key]
	if p == nil {
		p = w.take()
		w.flames[s.key] = p
	}
	want, speed := float32(0), float32(9)
	if s.burning {
		want, speed = 1, 16
	}
	p.power += (want - p.power) * min(1, speed*dt)
	sin, cos := math.Sincos(float64(s.angle))
	back := particle.Source{
		X: s.x - 17*float32(cos), Y: s.y - 17*float32(sin), VX: s.vx, VY: s.vy, Direction: s.angle + math.Pi,
		Tint: s.color,
	}
	rate := float32(0)
	if s.burning {
		rate = 150
	}
	p.exhaust.Run(e.below, &exhaust, rate, dt, back)
	smoke := float32(0)
	if s.hull < 45 {
		smoke = 12 + 30*(1-s.hull/45)
	}
	p.smoke.Run(e.below, &damageSmoke, smoke, dt, particle.Source{X: s.x, Y: s.y, VX: s.vx, VY: s.vy})
	if tick < s.overload {
		e.above.Emit(&tracer, 1, particle.Source{X: s.x + 16*float32(cos), Y: s.y + 16*float32(sin), VX: s.vx, VY: s.vy, Tint: overload})
	}
}

func (w *watch) take() *plume {
	if n := len(w.spare); n > 0 {
		p := w.spare[n-1]
		w.spare = w.spare[:n-1]
		*p = plume{}
		return p
	}
	return new(plume)
}

func (w *watch) drop(key uint64) {
	if p := w.flames[key]; p != nil {
		delete(w.flames, key)
		w.spare = append(w.spare, p)
	}
}

func (w *watch) lookAtShots(s *scene, e *effects) {
	w.shots.begin()
	for i := range s.shots {
		now := &s.shots[i]
		_, known := w.shots.see(now.key, *now)
		if !known {
			continue
		}
		e.below.Emit(&tracer, 1, particle.Source{X: now.x, Y: now.y, Tint: now.color})
	}
	w.shots.end(func(last shot) {
		if s.tick+2 >= last.dies {
			e.fizzle(last.x, last.y, last.vx*0.3, last.vy*0.3, last.color)
			return
		}
		const ahead, limit = 2.0 / 60, float32(sim.Half)
		x, y := last.x+last.vx*ahead, last.y+last.vy*ahead
		if max(x, -x, y, -y) >= limit { // what else it meets is an event
			angle := float32(math.Atan2(float64(last.vy), float64(last.vx)))
			e.hit(min(max(x, -limit), limit), min(max(y, -limit), limit), angle, last.color)
		}
	})
}

func (w *watch) lookAtRocks(s *scene, e *effects) {
	w.rocks.begin()
	for i := range s.rocks {
		now := &s.rocks[i]
		before, known := w.rocks.see(now.key, *now)
		if !known {
			continue
		}
		kind := sim.Rocks[now.rock.Size]
		if now.hurt != before.hurt && now.hull < before.hull {
			w.chipped(s, e, now)
		}
		w.fence(e, &before.body, &now.body, kind.Radius)
	}
	w.rocks.end(func(last rock) {
		kind := sim.Rocks[last.rock.Size]
		e.shatter(last.x, last.y, last.vx, last.vy, kind.Radius, dustOf(last.rock))
	})
}

// chipped shows a wound of a rock, on the side of who gave it.
func (w *watch) chipped(s *scene, e *effects, r *rock) {
	radius := sim.Rocks[r.rock.Size].Radius
	direction := float32(math.Atan2(float64(-r.vy), float64(-r.vx)))
	if by := s.shipOf(r.by); by != nil {
		direction = float32(math.Atan2(float64(by.y-r.y), float64(by.x-r.x)))
	}
	sin, cos := math.Sincos(float64(direction))
	e.chips(r.x+radius*float32(cos), r.y+radius*float32(sin), r.vx, r.vy, direction, 8,
		dustOf(r.rock))
}

func (w *watch) lookAtCrates(s *scene, e *effects) {
	w.crates.begin()
	for i := range s.crates {
		w.crates.see(s.crates[i].key, s.crates[i])
	}
	w.crates.end(func(last crate) {
		if s.tick+10 >= last.dies {
			return
		}
		if last.kind == sim.RepairCrate {
			e.picked(last.x, last.y, repair, "HULL REPAIRED")
		} else {
			e.picked(last.x, last.y, overload, "OVERLOAD")
		}
	})
}

// nobody is no player.
const nobody input.PlayerID = 0
