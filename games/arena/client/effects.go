package client

import (
	"math"

	"github.com/tandem-engine/tandem/render/particle"
	"github.com/tandem-engine/tandem/render/sprite"
)

// effects are what flies about after something has happened: particles, lights, numbers, waves along the fence.
type effects struct {
	below  *particle.Pool // under ships and rocks
	above  *particle.Pool // over them
	lights []light
	blasts []blast
	waves  []wave
	words  []word
}

// light is a short light on the surroundings.
type light struct {
	x, y, reach float32
	color       sprite.Color
	age, life   float32
}

// blast is an explosion that is still to come.
type blast struct {
	x, y, vx, vy, in, size float32
	color                  sprite.Color
}

// wave runs along the fence from where something struck it.
type wave struct{ x, y, age float32 }

// word floats up from where something happened.
type word struct {
	x, y, age float32
	text      string
	color     sprite.Color
}

const (
	waveTime = 0.9
	wordTime = 1.1
)

func newEffects(seed uint64) effects {
	return effects{below: particle.NewPool(3000, seed), above: particle.NewPool(3000, seed+1)}
}

// step lets dt seconds pass.
func (e *effects) step(dt float32) {
	for i := 0; i < len(e.blasts); i++ {
		b := &e.blasts[i]
		b.in -= dt
		b.x += b.vx * dt
		b.y += b.vy * dt
		if b.in <= 0 {
			e.fireball(b.x, b.y, b.vx, b.vy, b.size, b.color)
		}
	}
	e.blasts = keep(e.blasts, func(b *blast) bool { return b.in > 0 })
	e.below.Step(dt)
	e.above.Step(dt)
	for i := range e.lights {
		e.lights[i].age += dt
	}
	e.lights = keep(e.lights, func(l *light) bool { return l.age < l.life })
	for i := range e.waves {
		e.waves[i].age += dt
	}
	e.waves = keep(e.waves, func(w *wave) bool { return w.age < waveTime })
	for i := range e.words {
		e.words[i].age += dt
		e.words[i].y -= 34 * dt
	}
	e.words = keep(e.words, func(w *word) bool { return w.age < wordTime })
}

// keep removes what is not to be kept, in place.
func keep[T any](list []T, f func(*T) bool) []T {
	n := 0
	for i := range list {
		if f(&list[i]) {
			list[n] = list[i]
			n++
		}
	}
	return list[:n]
}

func (e *effects) shine(x, y, reach, life float32, c sprite.Color) {
	e.lights = append(e.lights, light{x: x, y: y, reach: reach, color: c, life: life})
}

// explode is the end of a ship.
func (e *effects) explode(x, y, vx, vy float32, c sprite.Color) {
	e.fireball(x, y, vx, vy, 1, c)
	at := particle.Source{X: x, Y: y, VX: vx, VY: vy, Tint: c}
	e.above.Emit(&wreckage, 18, at)
	at.Tint = sprite.White
	e.above.Emit(&wreckage, 8, at)
	e.above.Emit(&bigFlash, 1, at)
	e.above.Emit(&shockRing, 1, particle.Source{X: x, Y: y, Tint: c.Mix(hot, 0.4)})
	e.shine(x, y, 420, 0.7, fire.Scale(2.6))
	for i := range 4 {
		sin, cos := math.Sincos(float64(i)*2.4 + float64(x))
		out := 14 + 7*float32(i)
		e.blasts = append(e.blasts, blast{
			x: x + out*float32(cos), y: y + out*float32(sin), vx: vx * 0.4, vy: vy * 0.4,
			in: 0.09 + 0.11*float32(i), size: 0.5, color: c,
		})
	}
}

func (e *effects) fireball(x, y, vx, vy, size float32, c sprite.Color) {
	at := particle.Source{X: x, Y: y, VX: vx, VY: vy, Scale: size}
	e.above.Emit(&fireball, int(26*size), at)
	e.above.Emit(&blastSpark, int(46*size), at)
	e.below.Emit(&blastSmoke, int(16*size), at)
	at.Tint = c
	e.above.Emit(&spark, int(12*size), particle.Source{X: x, Y: y, VX: vx, VY: vy, Scale: 1.4 * size, Tint: c})
	e.shine(x, y, 240*size, 0.35, fire.Scale(1.6))
}

// hit is a shot, flying at an angle, that strikes something.
func (e *effects) hit(x, y, angle float32, c sprite.Color) {
	at := particle.Source{X: x, Y: y, Direction: angle + math.Pi, Tint: c.Mix(hot, 0.3)}
	e.above.Emit(&spark, 11, at)
	e.above.Emit(&flash, 1, at)
	e.above.Emit(&puff, 1, at)
	e.shine(x, y, 130, 0.16, c.Scale(1.7))
}

// fizzle is a shot that has flown its way.
func (e *effects) fizzle(x, y, vx, vy float32, c sprite.Color) {
	e.above.Emit(&puff, 1, particle.Source{X: x, Y: y, VX: vx, VY: vy, Tint: c, Scale: 0.7})
}

// chips fly off a rock that was struck from a direction.
func (e *effects) chips(x, y, vx, vy, direction float32, n int, c sprite.Color) {
	e.above.Emit(&chip, n, particle.Source{X: x, Y: y, VX: vx, VY: vy, Direction: direction, Tint: c})
	e.below.Emit(&dust, n/4, particle.Source{X: x, Y: y, VX: vx, VY: vy, Tint: c, Scale: 0.45})
}

// shatter is the end of a rock of a radius.
func (e *effects) shatter(x, y, vx, vy, radius float32, c sprite.Color) {
	at := particle.Source{X: x, Y: y, VX: vx, VY: vy, Tint: c, Scale: radius / 55}
	e.above.Emit(&rubble, 8+int(radius/2), at)
	e.below.Emit(&dust, 6+int(radius/5), at)
	e.above.Emit(&blastSpark, int(radius/5), particle.Source{X: x, Y: y, VX: vx, VY: vy, Scale: 0.6})
	e.above.Emit(&shockRing, 1, particle.Source{X: x, Y: y, Tint: c.Fade(0.35), Scale: radius / 60})
	e.shine(x, y, radius*3, 0.25, fire.Scale(0.9))
}

// fired is the flash at the bow of a ship that fires.
func (e *effects) fired(s *ship) {
	sin, cos := math.Sincos(float64(s.angle))
	at := particle.Source{X: s.x + 19*float32(cos), Y: s.y + 19*float32(sin), VX: s.vx, VY: s.vy, Direction: s.angle, Tint: s.color}
	e.above.Emit(&muzzle, 1, at)
	e.shine(at.X, at.Y, 110, 0.09, s.color.Scale(1.3))
	at.Scale = 0.6
	e.above.Emit(&spark, 2, at)
}

// warp is a ship that arrives or leaves.
func (e *effects) warp(x, y float32, c sprite.Color) {
	at := particle.Source{X: x, Y: y, Tint: c.Mix(hot, 0.35)}
	e.above.Emit(&warpRing, 1, at)
	e.above.Emit(&flash, 1, particle.Source{X: x, Y: y, Tint: c, Scale: 2.4})
	e.above.Emit(&sparkle, 16, at)
	e.shine(x, y, 220, 0.5, c.Scale(1.6))
}

// picked is a crate that was taken.
func (e *effects) picked(x, y float32, c sprite.Color, text string) {
	e.above.Emit(&sparkle, 24, particle.Source{X: x, Y: y, Tint: c})
	e.above.Emit(&shockRing, 1, particle.Source{X: x, Y: y, Tint: c.Fade(0.6), Scale: 0.45})
	e.shine(x, y, 170, 0.4, c.Scale(1.4))
	e.say(x, y-22, text, c)
}

func (e *effects) say(x, y float32, text string, c sprite.Color) {
	if len(e.words) < 64 {
		e.words = append(e.words, word{x: x, y: y, text: text, color: c})
	}
}

// struck is something that runs into the fence.
func (e *effects) struck(x, y, direction float32) {
	if len(e.waves) < 64 {
		e.waves = append(e.waves, wave{x: x, y: y})
	}
	e.above.Emit(&spark, 10, particle.Source{X: x, Y: y, Direction: direction, Tint: barrier.Mix(hot, 0.4)})
	e.shine(x, y, 160, 0.3, barrier.Scale(1.6))
}
