package sprite_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tandem-engine/tandem/render/sprite"
	"pgregory.net/rapid"
)

func aim(r *sprite.Rig) (x, y float32) {
	var c sprite.Camera
	r.Aim(&c)
	return c.X, c.Y
}

func TestRigSnapsToItsFirstTarget(t *testing.T) {
	var r sprite.Rig
	r.Follow(300, -200, 0, 0, 0.016)
	x, y := aim(&r)
	require.Equal(t, [2]float32{300, -200}, [2]float32{x, y})
}

// At a steady speed the view keeps the target at a fixed place: LookAhead seconds behind the centre.
func TestRigKeepsASteadyTargetInPlace(t *testing.T) {
	r := sprite.Rig{LookAhead: 0.25}
	const dt = 1.0 / 60
	px := float32(0)
	for range 600 {
		px += 200 * dt
		r.Follow(px, 0, 200, 0, dt)
	}
	x, _ := aim(&r)
	require.InDelta(t, px+50, x, 0.5)
}

// A smaller frame time gives the same way, so the picture does not depend on the frame rate.
func TestRigIsIndependentOfFrameRate(t *testing.T) {
	run := func(fps int) float32 {
		r := sprite.Rig{LookAhead: 0.2}
		r.Snap(0, 0)
		for range fps {
			r.Follow(100, 0, 0, 0, 1/float32(fps))
		}
		x, _ := aim(&r)
		return x
	}
	require.InDelta(t, run(240), run(30), 0.5)
	require.InDelta(t, 100, run(60), 1)
}

func TestLookAheadIsLimited(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := sprite.Rig{LookAhead: 1, AheadMax: 80}
		vx := rapid.Float32Range(-4000, 4000).Draw(t, "vx")
		vy := rapid.Float32Range(-4000, 4000).Draw(t, "vy")
		for range 300 { // held in place while it reports a speed, as a ship that pushes against a wall does
			r.Snap(0, 0)
			r.Follow(0, 0, vx, vy, 1.0/60)
		}
		x, y := aim(&r)
		drift := math.Hypot(float64(vx), float64(vy)) / 60
		require.LessOrEqual(t, math.Hypot(float64(x), float64(y)), 80+drift+0.1)
	})
}

func TestShakeStaysSmallAndEnds(t *testing.T) {
	r := sprite.Rig{ShakeSize: 10, ShakeTurn: 0.02}
	r.Snap(0, 0)
	r.Shake(0.7)
	r.Shake(5)
	require.Equal(t, float32(1), r.Trauma())
	moved := false
	for range 60 {
		r.Rest(1.0 / 60)
		x, y := aim(&r)
		require.LessOrEqual(t, math.Abs(float64(x)), 10.0)
		require.LessOrEqual(t, math.Abs(float64(y)), 10.0)
		moved = moved || x != 0
	}
	require.True(t, moved)
	x, y := aim(&r)
	require.Equal(t, [2]float32{}, [2]float32{x, y}, "at rest after a second")
}
