package sprite

import "math"

// Rig moves a camera the way a person holding one would: it follows a target smoothly, looks ahead of a moving one and
// shakes when told to. The zero value sits at the origin and snaps to the first target it is given.
type Rig struct {
	HalfLife   float32 // seconds in which half of the distance to the target is covered; 0 means 0.08
	LookAhead  float32 // seconds of the target's movement that the view runs ahead
	AheadMax   float32 // longest look-ahead, world units; 0 means no limit
	ShakeSize  float32 // world units that the view moves at full trauma; 0 means 12
	ShakeTurn  float32 // radians that the view turns at full trauma
	ShakeDecay float32 // trauma lost a second; 0 means 1.6

	x, y, ax, ay float32
	trauma, time float32
	aimed        bool
}

// Snap puts the view on a position at once, as after a respawn.
func (r *Rig) Snap(x, y float32) {
	r.x, r.y, r.ax, r.ay, r.aimed = x, y, 0, 0, true
}

// Shake adds trauma, 0..1; it accumulates to at most 1. The view moves by the square of it, so small knocks stay small.
func (r *Rig) Shake(trauma float32) { r.trauma = min(1, r.trauma+max(0, trauma)) }

// Trauma is what is left of the shaking, 0..1.
func (r *Rig) Trauma() float32 { return r.trauma }

// Follow moves the view towards a target at (x, y) with velocity (vx, vy), dt seconds after the last call.
func (r *Rig) Follow(x, y, vx, vy, dt float32) {
	if !r.aimed {
		r.Snap(x, y)
	}
	half := r.HalfLife
	if half == 0 {
		half = 0.08
	}
	ax, ay := vx*r.LookAhead, vy*r.LookAhead
	if n := float32(math.Sqrt(float64(ax*ax + ay*ay))); r.AheadMax > 0 && n > r.AheadMax {
		ax, ay = ax*r.AheadMax/n, ay*r.AheadMax/n
	}
	// The look-ahead turns more slowly than the position follows: a quick flip of the ship does not swing the view.
	near, slow := approach(half, dt), approach(half*5, dt)
	// The target's own movement is carried over whole, so that a steady speed causes no lag behind it.
	r.x += vx*dt + (x-(r.x+vx*dt))*near
	r.y += vy*dt + (y-(r.y+vy*dt))*near
	r.ax += (ax - r.ax) * slow
	r.ay += (ay - r.ay) * slow
	r.Rest(dt)
}

// Rest lets the shaking die down while there is nothing to follow.
func (r *Rig) Rest(dt float32) {
	decay := r.ShakeDecay
	if decay == 0 {
		decay = 1.6
	}
	r.trauma = max(0, r.trauma-decay*dt)
	r.time += dt
}

// Aim points a camera where the rig is.
func (r *Rig) Aim(c *Camera) {
	size := r.ShakeSize
	if size == 0 {
		size = 12
	}
	force := r.trauma * r.trauma
	c.X = r.x + r.ax + force*size*wobble(r.time, 0)
	c.Y = r.y + r.ay + force*size*wobble(r.time, 1)
	c.Rotation = force * r.ShakeTurn * wobble(r.time, 2)
}

// approach is the share of a distance that is covered in dt when half of it takes `half` seconds.
func approach(half, dt float32) float32 {
	return 1 - float32(math.Exp2(float64(-dt/half)))
}

// wobble is a smooth, aperiodic wave in about -1..1: sines with frequencies that have no common period.
func wobble(t float32, axis int) float32 {
	x := float64(t) + float64(axis)*17.3
	return float32(0.5*math.Sin(x*53) + 0.3*math.Sin(x*83.7+1) + 0.2*math.Sin(x*131.1+2))
}
