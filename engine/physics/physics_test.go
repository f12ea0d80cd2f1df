package physics

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func drawCircle(t *rapid.T, name string) Circle {
	at := rapid.Float32Range(-60, 60)
	return Circle{at.Draw(t, name+".x"), at.Draw(t, name+".y"), rapid.Float32Range(0, 12).Draw(t, name+".r")}
}

// TestGridFindsWhatBruteForceFinds compares the grid with looking at every pair.
func TestGridFindsWhatBruteForceFinds(t *testing.T) {
	grid := NewGrid(Box{-50, -50, 50, 50}, 7) // smaller than where the circles are
	rapid.Check(t, func(t *rapid.T) {
		grid.Reset()
		circles := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Circle { return drawCircle(t, "c") }), 0, 40).Draw(t, "circles")
		for i, c := range circles {
			require.Equal(t, int32(i), grid.Add(c))
		}
		var pairs []Pair
		for a := range circles {
			for b := a + 1; b < len(circles); b++ {
				if circles[a].Box().touches(circles[b].Box()) {
					pairs = append(pairs, Pair{int32(a), int32(b)})
				}
			}
		}
		require.Equal(t, pairs, grid.Pairs(nil))

		box := drawCircle(t, "probe").Box()
		var near []int32
		for i, c := range circles {
			if c.Box().touches(box) {
				near = append(near, int32(i))
			}
		}
		require.Equal(t, near, grid.Near(nil, box))
	})
}

func TestGridSurvivesWhatIsNoPlace(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	grid := NewGrid(Box{0, 0, 10, 10}, 1)
	for _, c := range []Circle{{nan, nan, nan}, {inf, -inf, 1}, {0, 0, inf}, {-1e30, 1e30, 1}, {5, 5, 1}} {
		grid.Add(c)
	}
	require.Equal(t, []Pair{{1, 2}, {2, 3}, {2, 4}}, grid.Pairs(nil), "an infinite circle touches all but what is nowhere")
}

func TestGridAllocatesNothing(t *testing.T) {
	grid := NewGrid(Box{-100, -100, 100, 100}, 8)
	var pairs []Pair
	var near []int32
	tick := func() {
		grid.Reset()
		for i := range 500 {
			grid.Add(Circle{float32(i%25)*8 - 100, float32(i/25)*8 - 80, 5})
		}
		pairs = grid.Pairs(pairs[:0])
		near = grid.Near(near[:0], Box{-20, -20, 20, 20})
	}
	tick()
	require.NotEmpty(t, pairs)
	require.NotEmpty(t, near)
	require.Zero(t, testing.AllocsPerRun(20, tick))
}

func TestContact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawCircle(t, "a"), drawCircle(t, "b")
		contact, hit := a.Contact(b)
		back, hitBack := b.Contact(a)
		require.Equal(t, hit, hitBack)
		if !hit {
			return
		}
		require.InDelta(t, 1, math.Hypot(float64(contact.NX), float64(contact.NY)), 1e-6)
		if a.X != b.X || a.Y != b.Y {
			require.Equal(t, contact, Contact{-back.NX, -back.NY, back.Depth})
		}
		b.X += float32(contact.NX * (contact.Depth + 0.01))
		b.Y += float32(contact.NY * (contact.Depth + 0.01))
		require.False(t, a.Overlaps(b), "moved by the depth they are apart")
	})
	require.False(t, Circle{0, 0, 1}.Overlaps(Circle{2, 0, 1}), "touching is not overlapping")
}

// TestHit compares the solved equation with walking along the segment in small steps.
func TestHit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.Float32Range(-60, 60)
		s := Segment{at.Draw(t, "x0"), at.Draw(t, "y0"), at.Draw(t, "x1"), at.Draw(t, "y1")}
		c := drawCircle(t, "c")
		got, hit := s.Hit(c)

		const steps, margin = 1000, 0.2 // a step is shorter than the margin
		inside := func(i int, margin float64) bool {
			f := float64(i) / steps
			x := float64(s.X0) + f*(float64(s.X1)-float64(s.X0)) - float64(c.X)
			y := float64(s.Y0) + f*(float64(s.Y1)-float64(s.Y0)) - float64(c.Y)
			return math.Hypot(x, y) <= float64(c.Radius)+margin
		}
		first := -1
		for i := 0; i <= steps && first < 0; i++ {
			if inside(i, 0) {
				first = i
			}
		}
		if first >= 0 {
			require.True(t, hit)
			require.InDelta(t, float64(first)/steps, float64(got), 1.0/steps+1e-5)
		}
		if hit {
			require.True(t, inside(int(got*steps), margin), "the place of the hit is at the rim")
			require.True(t, got >= 0 && got <= 1)
		}
	})
}

func TestSweepDoesNotTunnel(t *testing.T) {
	bullet, rock := Circle{0, 0, 1}, Circle{500, 0, 4}
	at, hit := bullet.Sweep(1000, 0, rock)
	require.True(t, hit)
	require.InDelta(t, 0.495, at, 1e-6)
	_, hit = bullet.Sweep(490, 0, rock)
	require.False(t, hit, "it stops before")
	_, hit = bullet.Sweep(-1000, 0, rock)
	require.False(t, hit, "it flies away")
	_, hit = bullet.Sweep(0, 0, rock)
	require.False(t, hit, "it stands still outside")
	at, hit = Circle{499, 0, 1}.Sweep(0, 0, rock)
	require.True(t, hit && at == 0, "it stands still inside")
}

func TestBox(t *testing.T) {
	box := Box{0, 0, 10, 10}
	require.True(t, box.Overlaps(Circle{-1, 5, 1}), "touching counts")
	require.False(t, box.Overlaps(Circle{-1, -1, 1}), "at a corner the distance is the diagonal")
	require.True(t, box.Overlaps(Circle{5, 5, 0.1}))

	rapid.Check(t, func(t *rapid.T) {
		c := drawCircle(t, "c")
		dx, dy, outside := box.Push(c)
		require.Equal(t, dx != 0 || dy != 0, outside)
		c.X += dx
		c.Y += dy
		if c.Radius <= 5 {
			require.True(t, c.X-c.Radius >= -1e-4 && c.X+c.Radius <= 10+1e-4 && c.Y-c.Radius >= -1e-4 && c.Y+c.Radius <= 10+1e-4)
		} else {
			require.InDelta(t, 5, c.X, 1e-4)
			require.InDelta(t, 5, c.Y, 1e-4)
		}
	})
}

func TestImpossibleGrids(t *testing.T) {
	require.PanicsWithValue(t, "physics: NewGrid({0 0 0 1}, 1): box and cell must have a size",
		func() { NewGrid(Box{0, 0, 0, 1}, 1) })
	require.PanicsWithValue(t, "physics: NewGrid({0 0 10000 10000}, 0.5): 400000000 cells are more than 4194304: make them larger",
		func() { NewGrid(Box{0, 0, 10000, 10000}, 0.5) })
}

func BenchmarkGrid(b *testing.B) {
	grid := NewGrid(Box{-500, -500, 500, 500}, 16)
	var pairs []Pair
	b.ReportAllocs()
	for b.Loop() {
		grid.Reset()
		for i := range 1000 {
			grid.Add(Circle{float32(i%40)*25 - 500, float32(i/40)*40 - 500, 14})
		}
		pairs = grid.Pairs(pairs[:0])
	}
	b.ReportMetric(float64(len(pairs)), "pairs")
}
