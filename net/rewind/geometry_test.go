package rewind

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tandem-engine/tandem/engine/physics"
)

func drawShape(t *rapid.T) Shape {
	f := rapid.Float32Range(-60, 60)
	s := Shape{Kind: Kind(rapid.IntRange(0, 2).Draw(t, "kind")), X: f.Draw(t, "x"), Y: f.Draw(t, "y")}
	switch s.Kind {
	case Circle:
		s.Radius = rapid.Float32Range(0, 20).Draw(t, "r")
	case Box:
		s.X1, s.Y1 = s.X+rapid.Float32Range(0, 40).Draw(t, "w"), s.Y+rapid.Float32Range(0, 40).Draw(t, "h")
	default:
		s.X1, s.Y1, s.Radius = f.Draw(t, "x1"), f.Draw(t, "y1"), rapid.Float32Range(0, 10).Draw(t, "r")
	}
	return s
}

// distance is how far a point is from a shape, 0 inside; in plain arithmetic.
func distance(s Shape, x, y float64) float64 {
	switch s.Kind {
	case Circle:
		return math.Max(0, math.Hypot(x-float64(s.X), y-float64(s.Y))-float64(s.Radius))
	case Box:
		dx := math.Max(0, math.Max(float64(s.X)-x, x-float64(s.X1)))
		dy := math.Max(0, math.Max(float64(s.Y)-y, y-float64(s.Y1)))
		return math.Hypot(dx, dy)
	default:
		best := math.Inf(1)
		lx, ly := float64(s.X1)-float64(s.X), float64(s.Y1)-float64(s.Y)
		f := 0.0
		if l := lx*lx + ly*ly; l > 0 {
			f = math.Min(1, math.Max(0, ((x-float64(s.X))*lx+(y-float64(s.Y))*ly)/l))
		}
		best = math.Min(best, math.Hypot(x-float64(s.X)-f*lx, y-float64(s.Y)-f*ly))
		return math.Max(0, best-float64(s.Radius))
	}
}

// TestHitAgainstWalking compares the solved equations with walking along the
// way in small steps.
func TestHitAgainstWalking(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawShape(t)
		f := rapid.Float32Range(-80, 80)
		way := physics.Segment{X0: f.Draw(t, "wx0"), Y0: f.Draw(t, "wy0"), X1: f.Draw(t, "wx1"), Y1: f.Draw(t, "wy1")}
		radius := rapid.Float32Range(0, 8).Draw(t, "radius")
		got, hit := s.hit(way, radius)
		if hit {
			require.True(t, got >= 0 && got <= 1)
			x, y := way.At(got)
			require.InDelta(t, 0, math.Max(0, distance(s, float64(x), float64(y))-float64(radius)), 0.01, "it touches there")
		}
		const steps = 2000
		for i := range steps + 1 {
			k := float64(i) / steps
			x := float64(way.X0) + k*(float64(way.X1)-float64(way.X0))
			y := float64(way.Y0) + k*(float64(way.Y1)-float64(way.Y0))
			if distance(s, x, y) < float64(radius)-0.01 {
				require.True(t, hit, "it passes through at %v", k)
				require.LessOrEqual(t, float64(got), k+1e-4, "and touches before that")
				return
			}
		}
	})
}

func TestOverlapsAndTouches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawShape(t)
		f := rapid.Float32Range(-80, 80)
		c := physics.Circle{X: f.Draw(t, "cx"), Y: f.Draw(t, "cy"), Radius: rapid.Float32Range(0, 30).Draw(t, "cr")}
		gap := distance(s, float64(c.X), float64(c.Y)) - float64(c.Radius)
		if math.Abs(gap) > 0.01 {
			require.Equal(t, gap < 0, s.overlaps(c))
		}
		// A box is touched when some point of it is: look at many.
		b := physics.Box{MinX: c.X, MinY: c.Y, MaxX: c.X + 1 + c.Radius, MaxY: c.Y + 1 + c.Radius/2}
		near := math.Inf(1)
		const n = 60
		for i := range n + 1 {
			for k := range n + 1 {
				x := float64(b.MinX) + float64(i)/n*float64(b.MaxX-b.MinX)
				y := float64(b.MinY) + float64(k)/n*float64(b.MaxY-b.MinY)
				near = math.Min(near, distance(s, x, y))
			}
		}
		if near == 0 {
			require.True(t, s.touches(b))
		}
		if near > 1 { // further than the looks are apart
			require.False(t, s.touches(b))
		}
		require.True(t, meet(grow(s.bounds(), 1e-3), physics.Circle{X: s.X, Y: s.Y}.Box()))
	})
}
