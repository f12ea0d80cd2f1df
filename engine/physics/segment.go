package physics

import "math"

// Segment is a straight way from (X0, Y0) to (X1, Y1).
type Segment struct{ X0, Y0, X1, Y1 float32 }

// Box returns the smallest box around the segment.
func (s Segment) Box() Box {
	return Box{min(s.X0, s.X1), min(s.Y0, s.Y1), max(s.X0, s.X1), max(s.Y0, s.Y1)}
}

// At returns the point at a fraction of the way.
func (s Segment) At(t float32) (x, y float32) {
	return s.X0 + float32(t*(s.X1-s.X0)), s.Y0 + float32(t*(s.Y1-s.Y0))
}

// Hit returns where the segment first meets a circle, as a fraction of the way, and false if it does not. A segment that
// starts inside meets it at 0.
func (s Segment) Hit(c Circle) (t float32, hit bool) {
	// The squared distance from the middle after a fraction t of the way is a·t² + 2·b·t + c0 + r².
	px, py := float64(s.X0)-float64(c.X), float64(s.Y0)-float64(c.Y)
	dx, dy := float64(s.X1)-float64(s.X0), float64(s.Y1)-float64(s.Y0)
	r := float64(c.Radius)
	a := float64(dx*dx) + float64(dy*dy)
	b := float64(px*dx) + float64(py*dy)
	c0 := float64(px*px) + float64(py*py) - float64(r*r)
	if c0 <= 0 {
		return 0, true
	}
	root := float64(b*b) - float64(a*c0)
	if !(b < 0 && root >= 0) { // it moves away, passes by, or is no number
		return 0, false
	}
	// The smaller solution (-b-√root)/a, in the form that does not subtract nearly equal numbers.
	first := c0 / (math.Sqrt(root) - b)
	return float32(first), first <= 1
}
