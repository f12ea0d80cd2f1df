package particle

import (
	"math"

	"github.com/tandem-engine/tandem/render/sprite"
)

// Particle is one live particle. Readers get it from Pool.All.
type Particle struct {
	X, Y     float32 // world units
	VX, VY   float32 // world units a second
	Rotation float32 // radians
	Spin     float32 // radians a second
	Age      float32 // seconds
	Life     float32 // seconds; a particle with Age >= Life is gone
	Size     float32 // world units across, at birth
	Tint     sprite.Color
	Kind     *Kind
}

// Progress is the part of its life that is over, 0..1.
func (p *Particle) Progress() float32 { return min(p.Age/p.Life, 1) }

// Width is the size across now, in world units.
func (p *Particle) Width() float32 { return p.Size * (1 + (p.Kind.Grow-1)*p.Progress()) }

// Color is the colour now: the kind's ramp times the particle's tint.
func (p *Particle) Color() sprite.Color { return p.Kind.Ramp.At(p.Progress()).Times(p.Tint) }

// Pool holds up to a fixed number of particles. Make one with NewPool.
type Pool struct {
	live    []Particle
	random  random
	dropped uint64
}

// NewPool makes a pool for at most capacity particles. Capacities below 1 are raised to 1.
func NewPool(capacity int, seed uint64) *Pool {
	return &Pool{live: make([]Particle, 0, max(capacity, 1)), random: random(seed)}
}

// All returns the live particles in no particular order, valid until the next call of Emit, Step or Clear.
func (p *Pool) All() []Particle { return p.live }

// Len is the number of live particles.
func (p *Pool) Len() int { return len(p.live) }

// Cap is the greatest number of live particles.
func (p *Pool) Cap() int { return cap(p.live) }

// Dropped counts the particles that found the pool full and were left out.
func (p *Pool) Dropped() uint64 { return p.dropped }

// Clear removes all particles.
func (p *Pool) Clear() { p.live = p.live[:0] }

// Emit throws out n particles of a kind. What finds no room is dropped and counted.
func (p *Pool) Emit(k *Kind, n int, from Source) {
	for range n {
		p.emit(k, from, 0)
	}
}

// emit throws out one particle that is already age seconds old.
func (p *Pool) emit(k *Kind, from Source, age float32) {
	if len(p.live) == cap(p.live) {
		p.dropped++
		return
	}
	if from.Scale == 0 {
		from.Scale = 1
	}
	if from.Tint == (sprite.Color{}) {
		from.Tint = sprite.White
	}
	r := &p.random
	direction := from.Direction + k.Spread*r.signed()
	speed := r.in(k.Speed) * from.Scale
	sin, cos := math.Sincos(float64(direction))
	q := Particle{
		X: from.X, Y: from.Y,
		VX:   from.VX*k.Inherit + float32(cos)*speed,
		VY:   from.VY*k.Inherit + float32(sin)*speed,
		Life: max(r.in(k.Life), 1e-3), Size: r.in(k.Size) * from.Scale,
		Spin: r.in(k.Spin), Tint: from.Tint, Kind: k,
	}
	if k.Scatter > 0 {
		sin, cos := math.Sincos(2 * math.Pi * float64(r.unit()))
		distance := k.Scatter * from.Scale * float32(math.Sqrt(float64(r.unit())))
		q.X += float32(cos) * distance
		q.Y += float32(sin) * distance
	}
	if k.Aligned {
		q.Rotation = direction
	} else {
		q.Rotation = r.unit() * 2 * math.Pi
	}
	if !q.step(age) {
		return
	}
	p.live = append(p.live, q)
}

// Step ages all particles by dt seconds, moves them and removes those whose life is over. Negative dt does nothing.
func (p *Pool) Step(dt float32) {
	if dt <= 0 {
		return
	}
	for i := 0; i < len(p.live); {
		if p.live[i].step(dt) {
			i++
			continue
		}
		last := len(p.live) - 1
		p.live[i] = p.live[last]
		p.live = p.live[:last]
	}
}

// step reports whether the particle is still alive.
func (p *Particle) step(dt float32) bool {
	p.Age += dt
	p.X += p.VX * dt
	p.Y += p.VY * dt
	if drag := p.Kind.Drag; drag > 0 {
		keep := 1 / (1 + drag*dt) // implicit Euler: slows and never turns around, however long dt is
		p.VX *= keep
		p.VY *= keep
	}
	p.Rotation += p.Spin * dt
	if p.Kind.Aligned && (p.VX != 0 || p.VY != 0) {
		p.Rotation = float32(math.Atan2(float64(p.VY), float64(p.VX)))
	}
	return p.Age < p.Life
}
