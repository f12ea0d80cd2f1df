package physics

// Box is a rectangle along the axes.
type Box struct{ MinX, MinY, MaxX, MaxY float32 }

// Overlaps reports whether the box and the circle have a point in common.
func (b Box) Overlaps(c Circle) bool {
	// The point of the box that is nearest to the middle.
	near := Circle{X: min(max(c.X, b.MinX), b.MaxX), Y: min(max(c.Y, b.MinY), b.MaxY)}
	r := float64(c.Radius)
	return distanceSquared(c, near) <= float64(r*r)
}

// Push returns how far a circle must be moved to lie inside the box, and whether it must be. In a direction in which the
// box is smaller than the circle, it is moved to the middle.
func (b Box) Push(c Circle) (dx, dy float32, outside bool) {
	dx = push(c.X, c.Radius, b.MinX, b.MaxX)
	dy = push(c.Y, c.Radius, b.MinY, b.MaxY)
	return dx, dy, dx != 0 || dy != 0
}

func push(at, radius, low, high float32) float32 {
	low, high = low+radius, high-radius
	switch {
	case low > high:
		return float32((low+high)/2) - at
	case at < low:
		return low - at
	case at > high:
		return high - at
	default:
		return 0
	}
}

// touches reports whether two boxes have a point in common.
func (b Box) touches(other Box) bool {
	return b.MinX <= other.MaxX && other.MinX <= b.MaxX && b.MinY <= other.MaxY && other.MinY <= b.MaxY
}
