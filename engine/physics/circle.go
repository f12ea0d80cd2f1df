package physics

import "github.com/tandem-engine/tandem/engine/detmath"

// Circle is a disc around (X, Y).
type Circle struct{ X, Y, Radius float32 }

// Contact is where two circles touch.
type Contact struct {
	NX, NY float32 // direction from the first circle to the second, of length 1
	Depth  float32 // how far they overlap: moving either by that along the direction parts them
}

// Box returns the smallest box around the circle.
func (c Circle) Box() Box {
	return Box{c.X - c.Radius, c.Y - c.Radius, c.X + c.Radius, c.Y + c.Radius}
}

// Overlaps reports whether two circles have an area in common. Circles that only touch do not overlap.
func (c Circle) Overlaps(other Circle) bool {
	reach := float64(c.Radius) + float64(other.Radius)
	return distanceSquared(c, other) < float64(reach*reach)
}

// Contact returns how two circles overlap, and false if they do not. Circles with the same middle are parted along x.
func (c Circle) Contact(other Circle) (Contact, bool) {
	if !c.Overlaps(other) {
		return Contact{}, false
	}
	dx, dy := other.X-c.X, other.Y-c.Y
	reach, distance := c.Radius+other.Radius, detmath.Length(dx, dy)
	if distance == 0 {
		return Contact{NX: 1, Depth: reach}, true
	}
	return Contact{NX: dx / distance, NY: dy / distance, Depth: reach - distance}, true
}

// Sweep returns when a circle that moves by (dx, dy) first meets another that stands still, as a fraction of the way,
// and false if it does not. If both move, give the difference of their ways. Circles that overlap from the start meet
// at 0.
func (c Circle) Sweep(dx, dy float32, other Circle) (t float32, hit bool) {
	other.Radius += c.Radius
	return Segment{c.X, c.Y, c.X + dx, c.Y + dy}.Hit(other)
}

func distanceSquared(a, b Circle) float64 {
	dx, dy := float64(b.X)-float64(a.X), float64(b.Y)-float64(a.Y)
	return float64(dx*dx) + float64(dy*dy)
}
