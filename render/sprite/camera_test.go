package sprite_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tandem-engine/tandem/render/sprite"
	"pgregory.net/rapid"
)

func drawCamera(t *rapid.T) sprite.Camera {
	return sprite.Camera{
		X: rapid.Float32Range(-5000, 5000).Draw(t, "x"), Y: rapid.Float32Range(-5000, 5000).Draw(t, "y"),
		Zoom:     rapid.Float32Range(0.1, 8).Draw(t, "zoom"),
		Rotation: rapid.Float32Range(-7, 7).Draw(t, "rotation"),
		Width:    rapid.Float32Range(1, 4000).Draw(t, "width"), Height: rapid.Float32Range(1, 4000).Draw(t, "height"),
	}
}

func TestToWorldInvertsToScreen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCamera(t)
		x := c.X + rapid.Float32Range(-1000, 1000).Draw(t, "dx")
		y := c.Y + rapid.Float32Range(-1000, 1000).Draw(t, "dy")
		wx, wy := c.ToWorld(c.ToScreen(x, y))
		require.InDelta(t, x, wx, 0.02)
		require.InDelta(t, y, wy, 0.02)
	})
}

func TestCameraCentreIsScreenCentre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCamera(t)
		sx, sy := c.ToScreen(c.X, c.Y)
		require.InDelta(t, c.Width/2, sx, 1e-3)
		require.InDelta(t, c.Height/2, sy, 1e-3)
	})
}

// Every pixel of the screen shows a place inside View, and Sees says so.
func TestViewHoldsTheScreen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCamera(t)
		x0, y0, x1, y1 := c.View()
		wx, wy := c.ToWorld(
			rapid.Float32Range(0, c.Width).Draw(t, "sx"),
			rapid.Float32Range(0, c.Height).Draw(t, "sy"))
		slack := float32(0.05)
		require.True(t, wx >= x0-slack && wx <= x1+slack && wy >= y0-slack && wy <= y1+slack,
			"(%v,%v) not in (%v,%v)-(%v,%v)", wx, wy, x0, y0, x1, y1)
		require.True(t, c.Sees(wx, wy, slack))
		far := 2*(x1-x0+y1-y0) + 2
		require.False(t, c.Sees(c.X+far, c.Y, 1))
	})
}

func TestZeroCameraShowsAPixelAUnit(t *testing.T) {
	c := sprite.Camera{Width: 100, Height: 60}
	sx, sy := c.ToScreen(3, -4)
	require.Equal(t, [2]float32{53, 26}, [2]float32{sx, sy})
}

func TestPositiveRotationTurnsTheViewClockwise(t *testing.T) {
	c := sprite.Camera{Rotation: math.Pi / 2}
	// Looking with the head turned to the right, what lies to the right is at the top.
	sx, sy := c.ToScreen(10, 0)
	require.InDelta(t, 0, sx, 1e-4)
	require.InDelta(t, -10, sy, 1e-4)
}

func ExampleCamera() {
	c := sprite.Camera{X: 100, Y: 100, Zoom: 2, Width: 1280, Height: 720}
	fmt.Println(c.ToScreen(110, 100))
	fmt.Println(c.ToWorld(640, 360))
	// Output:
	// 660 360
	// 100 100
}
