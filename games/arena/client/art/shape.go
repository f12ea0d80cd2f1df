package art

import "math"

// shape gives the signed distance to an outline: negative inside, in the unit of its coordinates.
type shape func(x, y float64) float64

// polygon is the exact distance to a simple polygon, after Quilez, "2D distance functions"; points are x, y pairs.
func polygon(points ...float64) shape {
	n := len(points) / 2
	return func(x, y float64) float64 {
		best, sign := math.Inf(1), 1.0
		for i, j := 0, n-1; i < n; j, i = i, i+1 {
			ax, ay, bx, by := points[2*i], points[2*i+1], points[2*j], points[2*j+1]
			ex, ey, wx, wy := bx-ax, by-ay, x-ax, y-ay
			t := clamp((wx*ex + wy*ey) / (ex*ex + ey*ey))
			dx, dy := wx-ex*t, wy-ey*t
			best = min(best, dx*dx+dy*dy)
			above, below, left := y >= ay, y < by, ex*wy > ey*wx
			if (above && below && left) || (!above && !below && !left) {
				sign = -sign
			}
		}
		return sign * math.Sqrt(best)
	}
}

// ellipse is near enough to the distance for outlines that are not much longer than wide.
func ellipse(cx, cy, rx, ry float64) shape {
	return func(x, y float64) float64 {
		x, y = (x-cx)/rx, (y-cy)/ry
		n := math.Hypot(x, y)
		if n == 0 {
			return -min(rx, ry)
		}
		return (n - 1) * n / math.Hypot(x/rx, y/ry)
	}
}

// box has its middle at cx, cy and the half extents hx, hy.
func box(cx, cy, hx, hy float64) shape {
	return func(x, y float64) float64 {
		dx, dy := math.Abs(x-cx)-hx, math.Abs(y-cy)-hy
		return math.Hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0)
	}
}

// round takes off the corners by growing the outline.
func (s shape) round(r float64) shape {
	return func(x, y float64) float64 { return s(x, y) - r }
}

// mirrored joins a shape with its mirror image across the x axis.
func (s shape) mirrored() shape {
	return func(x, y float64) float64 { return s(x, math.Abs(y)) }
}

// join is what lies in either of the two.
func (s shape) join(t shape) shape {
	return func(x, y float64) float64 { return min(s(x, y), t(x, y)) }
}
