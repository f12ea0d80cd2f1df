package rewind

import (
	"math"

	"github.com/tandem-engine/tandem/engine/physics"
)

// Products are rounded where they are made, so that all machines give the same
// bits; see package physics.

// turn brings an angle within half a turn.
func turn(d float64) float64 { return math.Remainder(d, 2*math.Pi) }

// within reports whether (dx, dy) is at most r long.
func within(dx, dy, r float32) bool {
	x, y, z := float64(dx), float64(dy), float64(r)
	return float64(x*x)+float64(y*y) <= float64(z*z)
}

func grow(b physics.Box, by float32) physics.Box {
	return physics.Box{MinX: b.MinX - by, MinY: b.MinY - by, MaxX: b.MaxX + by, MaxY: b.MaxY + by}
}

func union(a, b physics.Box) physics.Box {
	return physics.Box{MinX: min(a.MinX, b.MinX), MinY: min(a.MinY, b.MinY), MaxX: max(a.MaxX, b.MaxX), MaxY: max(a.MaxY, b.MaxY)}
}

// meet reports whether two boxes have a point in common.
func meet(a, b physics.Box) bool {
	return a.MinX <= b.MaxX && b.MinX <= a.MaxX && a.MinY <= b.MaxY && b.MinY <= a.MaxY
}

// nearestOn is the point of a segment that is nearest to (x, y).
func nearestOn(s physics.Segment, x, y float32) (float32, float32) {
	dx, dy := float64(s.X1)-float64(s.X0), float64(s.Y1)-float64(s.Y0)
	length := float64(dx*dx) + float64(dy*dy)
	if length == 0 {
		return s.X0, s.Y0
	}
	px, py := float64(x)-float64(s.X0), float64(y)-float64(s.Y0)
	f := min(max((float64(px*dx)+float64(py*dy))/length, 0), 1)
	return float32(float64(s.X0) + float64(f*dx)), float32(float64(s.Y0) + float64(f*dy))
}

// slab is the part of a way, from start to end, on which a coordinate that
// begins at p and changes by d lies between low and high.
func slab(p, d, low, high, start, end float64) (float64, float64, bool) {
	if d == 0 {
		return start, end, p >= low && p <= high
	}
	a, b := (low-p)/d, (high-p)/d
	if a > b {
		a, b = b, a
	}
	start, end = max(start, a), min(end, b)
	return start, end, start <= end
}

// hitRectangle is where a point that moves from (px, py) by (dx, dy) first lies
// in a rectangle.
func hitRectangle(px, py, dx, dy, minX, minY, maxX, maxY float64) (float64, bool) {
	start, end, ok := slab(px, dx, minX, maxX, 0, 1)
	if !ok {
		return 0, false
	}
	start, _, ok = slab(py, dy, minY, maxY, start, end)
	return start, ok
}

// earliest is the first of several hits.
type earliest struct {
	t   float64
	any bool
}

func (e *earliest) add(t float64, hit bool) {
	if hit && (!e.any || t < e.t) {
		e.t, e.any = t, true
	}
}

func (e *earliest) circle(way physics.Segment, x, y, r float32) {
	t, hit := way.Hit(physics.Circle{X: x, Y: y, Radius: r})
	e.add(float64(t), hit)
}

// hitBox is where a disc on a way first touches a box: where its middle enters
// the box that is larger by the radius and has round corners.
func hitBox(way physics.Segment, b physics.Box, radius float32) (float32, bool) {
	px, py := float64(way.X0), float64(way.Y0)
	dx, dy := float64(way.X1)-px, float64(way.Y1)-py
	minX, minY, maxX, maxY, r := float64(b.MinX), float64(b.MinY), float64(b.MaxX), float64(b.MaxY), float64(radius)
	var e earliest
	e.add(hitRectangle(px, py, dx, dy, minX-r, minY, maxX+r, maxY))
	if radius > 0 {
		e.add(hitRectangle(px, py, dx, dy, minX, minY-r, maxX, maxY+r))
		e.circle(way, b.MinX, b.MinY, radius)
		e.circle(way, b.MinX, b.MaxY, radius)
		e.circle(way, b.MaxX, b.MinY, radius)
		e.circle(way, b.MaxX, b.MaxY, radius)
	}
	return float32(e.t), e.any
}

// hitSegment is where a way first comes within r of a line.
func hitSegment(way, line physics.Segment, r float32) (float32, bool) {
	lx, ly := float64(line.X1)-float64(line.X0), float64(line.Y1)-float64(line.Y0)
	length := math.Sqrt(float64(lx*lx) + float64(ly*ly))
	var e earliest
	e.circle(way, line.X0, line.Y0, r)
	if length > 0 {
		e.circle(way, line.X1, line.Y1, r)
		ux, uy := lx/length, ly/length
		px, py := float64(way.X0)-float64(line.X0), float64(way.Y0)-float64(line.Y0)
		dx, dy := float64(way.X1)-float64(way.X0), float64(way.Y1)-float64(way.Y0)
		// Along the line and across it.
		e.add(hitRectangle(
			float64(px*ux)+float64(py*uy), float64(py*ux)-float64(px*uy),
			float64(dx*ux)+float64(dy*uy), float64(dy*ux)-float64(dx*uy),
			0, -float64(r), length, float64(r)))
	}
	return float32(e.t), e.any
}
