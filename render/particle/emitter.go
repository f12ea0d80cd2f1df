package particle

// Emitter throws out particles at a steady rate from a source that moves, such as a thruster. It spreads them over the
// way that the source went since the last call, so a trail has no gaps at low frame rates and the same density at all.
// The zero value is ready.
type Emitter struct {
	due    float32
	x, y   float32
	placed bool
}

// Stop makes the next Run begin at its own source rather than at the end of the last trail.
func (e *Emitter) Stop() { *e = Emitter{} }

// Run throws out rate particles a second for the dt seconds (> 0) that end now, when the source is at `from`.
func (e *Emitter) Run(p *Pool, k *Kind, rate, dt float32, from Source) {
	if !e.placed {
		e.x, e.y, e.placed = from.X, from.Y, true
	}
	if rate > 0 && dt > 0 {
		e.due += rate * dt
		step := 1 / rate
		// The most recent particle is the one with the smallest part left over.
		age := (e.due - float32(int(e.due))) * step
		for ; e.due >= 1; e.due-- {
			at := from
			back := min(age/dt, 1)
			at.X += (e.x - from.X) * back
			at.Y += (e.y - from.Y) * back
			p.emit(k, at, age)
			age += step
		}
	}
	e.x, e.y = from.X, from.Y
}
