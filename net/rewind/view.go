package rewind

import (
	"math"
	"slices"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
)

// View is the world as one player saw it at one moment. It is a small value,
// good until the tick ends. The zero View is empty.
type View struct {
	past   *Past
	frame  *frame // nil: nothing is recorded
	player input.PlayerID
	moment float64 // in ticks
	until  uint32  // frames up to this tick tell where things were going
}

// Hit is where a way meets a shape.
type Hit struct {
	Shape Shape   // as it was at the moment of the view
	T     float32 // fraction of the way; of a ray, in lengths of its direction
}

// View is the world as a player saw it when it gave its command for the tick. It
// is for the Simulate phase. A player who has no client, a bot for one, sees the
// present.
func (p *Past) View(t engine.Tick, player input.PlayerID) View {
	switch p.side {
	case showing:
		if f := &p.ring[t.Number%replayTicks]; f.valid && f.tick == t.Number {
			return p.static(f)
		}
		return p.static(p.newest)
	case serving:
		if s, ok := p.find(player); ok {
			return p.seen(player, p.sights[s].playhead)
		}
	}
	return p.static(&p.present)
}

// static is the view of one frame as it is.
func (p *Past) static(f *frame) View {
	if f == nil {
		return View{}
	}
	return View{past: p, frame: f, player: p.local, moment: float64(f.tick), until: f.tick}
}

// seen is what a player saw at a moment, in ticks.
func (p *Past) seen(player input.PlayerID, moment float64) View {
	if p.newest == nil {
		return View{}
	}
	moment = min(max(moment, 0), float64(p.newest.tick))
	tick := uint32(moment)
	tick -= tick % p.interval
	f := p.at(tick)
	for ; f == nil && tick < p.newest.tick; f = p.at(tick) { // older than what is kept
		tick += p.interval
		moment = float64(tick)
	}
	if f == nil {
		f, moment = p.newest, float64(p.newest.tick)
	}
	until := min(p.newest.tick, f.tick+stillIntervals*p.interval)
	return View{past: p, frame: f, player: player, moment: moment, until: until}
}

// Moment is the moment of the view, in ticks.
func (v View) Moment() float64 { return v.moment }

// Shapes appends all shapes, by ID and part.
func (v View) Shapes(dst []Shape) []Shape {
	if v.frame == nil {
		return dst
	}
	for i := range v.frame.shapes {
		if v.shows(i) {
			dst = append(dst, Shape{})
			v.past.pose(&dst[len(dst)-1], v.frame, i, v.until, v.moment)
		}
	}
	return dst
}

// Find is one shape of an entity, and whether the player saw it.
func (v View) Find(id replicate.ID, part uint8) (s Shape, ok bool) {
	if v.frame == nil {
		return s, false
	}
	want := Shape{Net: replicate.Net{ID: id}, Part: part}
	i, ok := slices.BinarySearchFunc(v.frame.shapes, want, func(a, b Shape) int { return a.order(&b) })
	if !ok || !v.shows(i) {
		return s, false
	}
	v.past.pose(&s, v.frame, i, v.until, v.moment)
	return s, true
}

// shows reports whether a shape of the frame is in the view: what the player
// predicts itself was not on its screen in the past. The entity's present owner
// and mode decide, not those of the moment: so each is either in the view or among
// what is predicted, which the game looks at in the present, also while that
// changes.
func (v View) shows(i int) bool {
	s := &v.frame.shapes[i]
	net := s.Net
	if v.past.world.Has(s.Entity, v.past.net) {
		net = *(*replicate.Net)(v.past.world.Pointer(s.Entity, v.past.net))
	}
	return !net.PredictedFor(v.player)
}

// Along appends all shapes that a disc meets on its way, by ID and part; radius
// 0 is a point. A disc that touches a shape from the start meets it at 0.
func (v View) Along(dst []Hit, way physics.Segment, radius float32) []Hit {
	for _, i := range v.candidates(grow(way.Box(), radius)) {
		var s Shape
		v.past.pose(&s, v.frame, int(i), v.until, v.moment)
		if t, hit := s.hit(way, radius); hit {
			dst = append(dst, Hit{s, t})
		}
	}
	return dst
}

// First is the shape that a disc meets first on its way; of several, that of the
// lowest ID and part.
func (v View) First(way physics.Segment, radius float32) (first Hit, any bool) {
	for _, i := range v.candidates(grow(way.Box(), radius)) {
		var s Shape
		v.past.pose(&s, v.frame, int(i), v.until, v.moment)
		if t, hit := s.hit(way, radius); hit && (!any || t < first.T) {
			first, any = Hit{s, t}, true
		}
	}
	return first, any
}

// Ray is the shape that a ray from (x, y) in the direction (dx, dy) meets first.
func (v View) Ray(x, y, dx, dy float32) (Hit, bool) {
	if v.frame == nil || len(v.frame.shapes) == 0 {
		return Hit{}, false
	}
	// The ray as far as there is anything.
	b := v.past.span(v.frame, v.until).bounds
	start, end, ok := slab(float64(x), float64(dx), float64(b.MinX), float64(b.MaxX), 0, math.Inf(1))
	if ok {
		start, end, ok = slab(float64(y), float64(dy), float64(b.MinY), float64(b.MaxY), start, end)
	}
	if !ok || math.IsInf(end, 1) || math.IsNaN(end) {
		return Hit{}, false // it goes elsewhere, or nowhere
	}
	at := func(t float64) (float32, float32) {
		return float32(float64(x) + float64(t*float64(dx))), float32(float64(y) + float64(t*float64(dy)))
	}
	var way physics.Segment
	way.X0, way.Y0 = at(start)
	way.X1, way.Y1 = at(end)
	hit, ok := v.First(way, 0)
	hit.T = float32(start + float64(float64(hit.T)*(end-start)))
	return hit, ok
}

// In appends all shapes that have a point in common with a circle, by ID and
// part.
func (v View) In(dst []Shape, c physics.Circle) []Shape {
	for _, i := range v.candidates(c.Box()) {
		var s Shape
		v.past.pose(&s, v.frame, int(i), v.until, v.moment)
		if s.overlaps(c) {
			dst = append(dst, s)
		}
	}
	return dst
}

// Within appends all shapes that have a point in common with a box, by ID and
// part.
func (v View) Within(dst []Shape, b physics.Box) []Shape {
	for _, i := range v.candidates(b) {
		var s Shape
		v.past.pose(&s, v.frame, int(i), v.until, v.moment)
		if s.touches(b) {
			dst = append(dst, s)
		}
	}
	return dst
}

// candidates lists the shapes near a box, in their order.
func (v View) candidates(b physics.Box) []int32 {
	if v.frame == nil {
		return nil
	}
	p := v.past
	p.near = p.span(v.frame, v.until).grid.Near(p.near[:0], grow(b, slack(b)))
	p.near = slices.DeleteFunc(p.near, func(i int32) bool { return !v.shows(int(i)) })
	return p.near
}
