package replicate_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/wire"
)

// pose has every kind of field that something can be said between two values of.
type pose struct {
	Turn  [4]float32                   `net:"quat,bits=12"`
	Tail  struct{ W, X, Y, Z float64 } `net:"quat,bits=12"`
	Tint  [3]uint8                     `net:"color"`
	Glow  float32                      `net:"color"`
	Angle float32                      `net:"angle,bits=12"`
	Gear  uint8                        `net:"enum=5"`
	Aim   wire.Optional[[2]float32]    `net:"min=-9,max=9,step=0.1"`
	Level int16
}

func poseType(opts ...replicate.Option) *replicate.Type {
	app := engine.New(engine.Config{})
	replicate.Component[pose](app, opts...)
	return replicate.TableOf(app).Types[0]
}

// about is a rotation by an angle about an axis: x, y, z, w.
func about(x, y, z, angle float64) [4]float64 {
	n := math.Sqrt(x*x + y*y + z*z)
	s := math.Sin(angle/2) / n
	return [4]float64{x * s, y * s, z * s, math.Cos(angle / 2)}
}

func (p *pose) turn(q [4]float64) {
	for i := range q {
		p.Turn[i] = float32(q[i])
	}
	p.Tail.X, p.Tail.Y, p.Tail.Z, p.Tail.W = q[0], q[1], q[2], q[3]
}

// requireTurn checks that both rotations of a pose are q, whatever their sign.
func requireTurn(t *testing.T, q [4]float64, p pose) {
	t.Helper()
	dot := q[0]*float64(p.Turn[0]) + q[1]*float64(p.Turn[1]) + q[2]*float64(p.Turn[2]) + q[3]*float64(p.Turn[3])
	require.InDelta(t, 1, math.Abs(dot), 1e-5)
	dot = q[0]*p.Tail.X + q[1]*p.Tail.Y + q[2]*p.Tail.Z + q[3]*p.Tail.W
	require.InDelta(t, 1, math.Abs(dot), 1e-9)
}

// TestRotationsTurn: between two rotations about one axis lies the rotation
// about it by the angle between, on the shorter way, whatever the signs.
func TestRotationsTurn(t *testing.T) {
	typ := poseType(replicate.Interpolate(replicate.Lerp))
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		x, y, z := rng.Float64()-0.5, rng.Float64()-0.5, rng.Float64()-0.5
		from, arc := rng.Float64()*6, (rng.Float64()*2-1)*3.1
		f := rng.Float64()
		var a, b, out pose
		a.turn(about(x, y, z, from))
		q := about(x, y, z, from+arc)
		if rng.IntN(2) == 0 {
			q = [4]float64{-q[0], -q[1], -q[2], -q[3]}
		}
		b.turn(q)
		typ.Lerp(unsafe.Pointer(&out), unsafe.Pointer(&a), unsafe.Pointer(&b), f)
		requireTurn(t, about(x, y, z, from+f*arc), out)

		// A correction is the way back, and half of it half the way.
		way := typ.Difference(nil, unsafe.Pointer(&a), unsafe.Pointer(&b))
		for i := range way {
			way[i] *= 0.5
		}
		out = b
		typ.Offset(unsafe.Pointer(&out), way)
		requireTurn(t, about(x, y, z, from+arc/2), out)
	}
}

func TestBetweenTwoValues(t *testing.T) {
	typ := poseType(replicate.Interpolate(replicate.Lerp))
	a := pose{Tint: [3]uint8{0, 200, 10}, Glow: 0.2, Angle: 3, Gear: 1, Level: 4}
	b := pose{Tint: [3]uint8{100, 100, 11}, Glow: 0.4, Angle: -3, Gear: 4, Level: 8, Aim: wire.Some([2]float32{4, 4})}
	a.turn([4]float64{3: 1})
	b.turn([4]float64{3: 1})
	out := a
	typ.Lerp(unsafe.Pointer(&out), unsafe.Pointer(&a), unsafe.Pointer(&b), 0.5)
	require.Equal(t, [3]uint8{50, 150, 11}, out.Tint)
	require.InDelta(t, 0.3, out.Glow, 1e-6)
	require.InDelta(t, math.Pi, math.Abs(float64(out.Angle)), 1e-6, "across the half turn")
	require.Equal(t, uint8(1), out.Gear, "an enum steps")
	require.Equal(t, int16(4), out.Level)
	require.Equal(t, wire.Optional[[2]float32]{}, out.Aim, "what was not there does not come from zero")
	a.Aim = wire.Some([2]float32{0, 8})
	out = a
	typ.Lerp(unsafe.Pointer(&out), unsafe.Pointer(&a), unsafe.Pointer(&b), 0.25)
	require.Equal(t, [2]float32{1, 7}, out.Aim.Value)

	held := poseType()
	out = a
	held.Lerp(unsafe.Pointer(&out), unsafe.Pointer(&a), unsafe.Pointer(&b), 0.5)
	require.Equal(t, a, out)
}

// TestRotationTolerance: a quaternion and its opposite are one rotation.
func TestRotationTolerance(t *testing.T) {
	typ := poseType(replicate.Predict())
	var a, b pose
	a.turn(about(1, 2, 3, 1))
	b.turn(about(1, 2, 3, 1+1e-4))
	require.True(t, typ.Equal(unsafe.Pointer(&a), unsafe.Pointer(&b)))
	q := about(1, 2, 3, 1)
	b.turn([4]float64{-q[0], -q[1], -q[2], -q[3]})
	require.True(t, typ.Equal(unsafe.Pointer(&a), unsafe.Pointer(&b)))
	field, _, _ := typ.FirstDifference(unsafe.Pointer(&a), unsafe.Pointer(&b))
	require.Empty(t, field)
	b.turn(about(1, 2, 3, 1.01))
	require.False(t, typ.Equal(unsafe.Pointer(&a), unsafe.Pointer(&b)))
	field, _, _ = typ.FirstDifference(unsafe.Pointer(&a), unsafe.Pointer(&b))
	require.Equal(t, "Turn", field)
}
