package client

import (
	"math"

	"github.com/tandem-engine/tandem/games/arena/client/art"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/render/draw"
	"github.com/tandem-engine/tandem/render/sprite"
)

// shipWidth is how wide a ship's picture is drawn, in units: a little larger than the circle that it collides as, which
// is what looks fair.
const shipWidth = 2 * sim.ShipRadius * 1.42 / art.ShipSpan

// drawBelow draws what lies beneath ships and rocks.
func (s *stage) drawBelow() {
	s.fx.Particles(s.effects.below)
	for i := range s.scene.crates {
		c := &s.scene.crates[i]
		pulse := 0.6 + 0.4*float32(math.Sin(float64(s.time*4+c.x)))
		s.fx.Draw(s.pictures.glow, draw.Quad{X: c.x, Y: c.y, Width: 96, Tint: crateColor(c.kind).Fade(0.5 * pulse * s.remaining(c)), Glow: 1})
	}
	for i := range s.scene.ships {
		sh := &s.scene.ships[i]
		glow := float32(0.34)
		if sh.own {
			glow = 0.46
		}
		s.fx.Draw(s.pictures.glow, draw.Quad{X: sh.x, Y: sh.y, Width: 104, Tint: sh.color.Fade(glow), Glow: 1})
		s.flame(sh)
	}
}

// flame is the jet of a ship's two engines.
func (s *stage) flame(sh *ship) {
	p := s.watch.flames[sh.key]
	if p == nil || p.power < 0.03 {
		return
	}
	flicker := 0.82 + 0.18*float32(math.Sin(float64(s.time*71)))*float32(math.Sin(float64(s.time*43+sh.x)))
	length := 46 * p.power * flicker
	sin, cos := math.Sincos(float64(sh.angle))
	fx, fy := float32(cos), float32(sin)
	for _, side := range [2]float32{-7.2, 7.2} {
		x := sh.x - 18*fx - side*fy - length/2*fx
		y := sh.y - 18*fy + side*fx - length/2*fy
		s.fx.Draw(s.pictures.flame, draw.Quad{X: x, Y: y, Width: length, Height: 18, Rotation: sh.angle, Tint: sh.color.Mix(fire, 0.2), Glow: 1})
		x, y = x+length*0.2*fx, y+length*0.2*fy
		s.fx.Draw(s.pictures.flame, draw.Quad{X: x, Y: y, Width: length * 0.6, Height: 9, Rotation: sh.angle, Tint: hot, Glow: 1})
	}
}

func crateColor(k sim.CrateKind) sprite.Color {
	if k == sim.RepairCrate {
		return repair
	}
	return overload
}

// remaining is 1 for a crate that stays and flickers when it is about to fade.
func (s *stage) remaining(c *crate) float32 {
	left := float32(int64(c.dies)-int64(s.scene.tick)) / 60
	if left > 3 || left < 0 {
		return 1
	}
	if math.Sin(float64(s.time*14)) > 0 {
		return 0.35
	}
	return 0.8
}

// drawBodies draws what is lit: crates, rocks, ships.
func (s *stage) drawBodies() {
	for i := range s.scene.crates {
		c := &s.scene.crates[i]
		s.lit.Draw(s.pictures.crates[c.kind%2], draw.Quad{
			X: c.x, Y: c.y, Width: 2 * sim.CrateRadius * 1.5, Rotation: 0.5*s.time + c.x,
			Tint: crateColor(c.kind).Fade(s.remaining(c)),
		})
	}
	for i := range s.scene.rocks {
		r := &s.scene.rocks[i]
		picture, width := s.pictures.rock(r.rock)
		s.lit.Draw(picture, draw.Quad{
			X: r.x, Y: r.y, Width: width, Rotation: r.rock.Spin*s.time + float32(r.rock.Shape),
			Flash: 0.22 * s.recent(r.hurt, 8),
		})
	}
	for i := range s.scene.ships {
		sh := &s.scene.ships[i]
		s.lit.Draw(s.pictures.ships[sh.design], draw.Quad{
			X: sh.x, Y: sh.y, Width: shipWidth, Rotation: sh.angle, Tint: sh.color, Flash: 0.75 * s.recent(sh.hurt, 7),
		})
	}
}

// recent is 1 in the tick that something happened and 0 from some ticks later.
func (s *stage) recent(tick, ticks uint32) float32 {
	if tick == 0 || s.scene.tick < tick || s.scene.tick-tick > 60 {
		return 0
	}
	return max(0, 1-float32(s.scene.tick-tick)/float32(ticks))
}

// drawAbove draws what lies over ships and rocks.
func (s *stage) drawAbove() {
	for i := range s.scene.shots {
		s.shot(&s.scene.shots[i])
	}
	s.fx.Particles(s.effects.above)
	for i := range s.scene.ships {
		sh := &s.scene.ships[i]
		if s.scene.tick < sh.safeUntil {
			left := float32(sh.safeUntil-s.scene.tick) / 60
			flicker := float32(1)
			if left < 0.6 && math.Sin(float64(s.time*30)) < 0 {
				flicker = 0.3
			}
			breath := 1 + 0.04*float32(math.Sin(float64(s.time*5)))
			s.fx.Draw(s.pictures.shield, draw.Quad{X: sh.x, Y: sh.y, Width: 66 * breath, Rotation: s.time * 0.4, Tint: sh.color.Mix(hot, 0.25).Fade(0.85 * flicker), Glow: 0.9})
		}
		if s.scene.tick < sh.overload {
			s.fx.Draw(s.pictures.circle, draw.Quad{X: sh.x, Y: sh.y, Width: 58 + 5*float32(math.Sin(float64(s.time*9))), Tint: overload.Fade(0.55), Glow: 1})
		}
	}
}

// shot draws a bolt with its tail, its light and a white heart.
func (s *stage) shot(b *shot) {
	angle := float32(math.Atan2(float64(b.vy), float64(b.vx)))
	sin, cos := math.Sincos(float64(angle))
	back := func(d float32) (float32, float32) { return b.x - d*float32(cos), b.y - d*float32(sin) }
	s.fx.Draw(s.pictures.glow, draw.Quad{X: b.x, Y: b.y, Width: 38, Tint: b.color.Fade(0.55), Glow: 1})
	x, y := back(18)
	s.fx.Draw(s.pictures.bolt, draw.Quad{X: x, Y: y, Width: 58, Height: 13, Rotation: angle, Tint: b.color, Glow: 1})
	x, y = back(7)
	s.fx.Draw(s.pictures.bolt, draw.Quad{X: x, Y: y, Width: 30, Height: 6.5, Rotation: angle, Tint: hot, Glow: 1})
}

// light sets the lights that shine on rocks and ships: first what flashes, then shots that are near the middle.
func (s *stage) light() {
	s.lights.Clear()
	zoom := s.camera.Scale()
	for i := len(s.effects.lights) - 1; i >= 0; i-- {
		l := &s.effects.lights[i]
		if s.camera.Sees(l.x, l.y, l.reach) {
			x, y := s.camera.ToScreen(l.x, l.y)
			s.lights.Point(x, y, l.reach*zoom, l.color.Scale(1-l.age/l.life))
		}
	}
	for i := range s.scene.shots {
		b := &s.scene.shots[i]
		if s.camera.Sees(b.x, b.y, 60) {
			x, y := s.camera.ToScreen(b.x, b.y)
			s.lights.Point(x, y, 95*zoom, b.color.Scale(1.2))
		}
	}
}
