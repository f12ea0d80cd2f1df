package particle_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tandem-engine/tandem/render/particle"
	"github.com/tandem-engine/tandem/render/sprite"
	"pgregory.net/rapid"
)

func drawKind(t *rapid.T) *particle.Kind {
	span := func(name string, low, high float32) particle.Range {
		a := rapid.Float32Range(low, high).Draw(t, name+" from")
		return particle.Range{Min: a, Max: rapid.Float32Range(a, high).Draw(t, name+" to")}
	}
	return &particle.Kind{
		Life: span("life", 0.01, 3), Speed: span("speed", 0, 500), Size: span("size", 1, 20), Spin: span("spin", -9, 9),
		Spread:  rapid.Float32Range(0, math.Pi).Draw(t, "spread"),
		Inherit: rapid.Float32Range(0, 1).Draw(t, "inherit"),
		Drag:    rapid.Float32Range(0, 20).Draw(t, "drag"),
		Scatter: rapid.Float32Range(0, 30).Draw(t, "scatter"),
		Grow:    rapid.Float32Range(0, 4).Draw(t, "grow"),
		Aligned: rapid.Bool().Draw(t, "aligned"),
	}
}

// After any calls: never more than the capacity, never one whose life is over, none further away than its fastest way
// out, and what was emitted is alive, dead or counted as dropped.
func TestPoolKeepsItsLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := drawKind(t)
		capacity := rapid.IntRange(1, 64).Draw(t, "capacity")
		pool := particle.NewPool(capacity, rapid.Uint64().Draw(t, "seed"))
		emitted, elapsed := 0, float32(0)
		for range rapid.IntRange(1, 30).Draw(t, "rounds") {
			n := rapid.IntRange(0, 20).Draw(t, "n")
			before := pool.Len()
			pool.Emit(kind, n, particle.Source{X: 10, Y: -20, Direction: 1})
			require.Equal(t, min(before+n, capacity), pool.Len(), "Emit fills what room there is")
			emitted += n
			dt := rapid.Float32Range(0, 0.5).Draw(t, "dt")
			pool.Step(dt)
			elapsed += dt
			require.LessOrEqual(t, pool.Len(), pool.Cap())
			require.Equal(t, capacity, pool.Cap())
			for _, p := range pool.All() {
				require.Less(t, p.Age, p.Life)
				require.GreaterOrEqual(t, p.Life, min(kind.Life.Min, kind.Life.Max))
				reach := float64(kind.Speed.Max*elapsed+kind.Scatter)*1.001 + 0.1
				require.LessOrEqual(t, math.Hypot(float64(p.X-10), float64(p.Y+20)), reach)
				require.GreaterOrEqual(t, p.Width(), float32(0))
			}
		}
		pool.Step(kind.Life.Max + 0.1)
		require.Zero(t, pool.Len(), "all are gone once the longest life is over")
		require.LessOrEqual(t, pool.Dropped(), uint64(emitted))
	})
}

func TestSameSeedSameParticles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind, seed := drawKind(t), rapid.Uint64().Draw(t, "seed")
		run := func(seed uint64) []particle.Particle {
			pool := particle.NewPool(200, seed)
			var flame particle.Emitter
			for i := range 20 {
				pool.Emit(kind, 3, particle.Source{X: float32(i), VX: 5})
				flame.Run(pool, kind, 100, 1.0/60, particle.Source{X: float32(i * 3)})
				pool.Step(1.0 / 240)
			}
			return pool.All()
		}
		first := run(seed)
		require.Equal(t, first, run(seed))
		if len(first) > 0 {
			require.NotEqual(t, first, run(seed+1))
		}
	})
}

// Drag may slow a particle to a standstill; it must never turn it around, at any frame time.
func TestDragNeverReverses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := &particle.Kind{
			Life: particle.Exactly(1e6), Speed: particle.Exactly(100), Size: particle.Exactly(1),
			Drag: rapid.Float32Range(0, 1000).Draw(t, "drag"),
		}
		pool := particle.NewPool(1, 1)
		pool.Emit(kind, 1, particle.Source{})
		speed := pool.All()[0].VX
		for range 20 {
			pool.Step(rapid.Float32Range(0, 10).Draw(t, "dt"))
			next := pool.All()[0].VX
			require.GreaterOrEqual(t, next, float32(0))
			require.LessOrEqual(t, next, speed)
			speed = next
		}
	})
}

// The number thrown out follows from rate and time alone, whatever the frame rate, and they lie on the way that the
// source went.
func TestEmitterIsIndependentOfFrameRate(t *testing.T) {
	still := &particle.Kind{Life: particle.Exactly(100), Size: particle.Exactly(1)}
	for _, fps := range []int{7, 30, 60, 144, 1000} {
		pool := particle.NewPool(4000, 1)
		var e particle.Emitter
		e.Run(pool, still, 0, 0, particle.Source{})
		for i := range fps {
			e.Run(pool, still, 500, 1/float32(fps), particle.Source{X: 1000 * float32(i+1) / float32(fps)})
		}
		require.InDelta(t, 500, pool.Len(), 1, "%d frames a second", fps)
		var seen [10]int
		for _, p := range pool.All() {
			require.True(t, p.X >= 0 && p.X <= 1000, "%v", p.X)
			seen[min(int(p.X/100), 9)]++
		}
		for part, n := range seen {
			require.InDelta(t, 50, n, 2, "part %d of the trail at %d frames a second", part, fps)
		}
	}
}

func TestEmitterTrailIsUnbrokenAfterStop(t *testing.T) {
	still := &particle.Kind{Life: particle.Exactly(100), Size: particle.Exactly(1)}
	pool := particle.NewPool(1000, 1)
	var e particle.Emitter
	e.Run(pool, still, 100, 0.5, particle.Source{X: 0})
	e.Stop()
	pool.Clear()
	e.Run(pool, still, 100, 0.5, particle.Source{X: 1000})
	require.NotZero(t, pool.Len())
	for _, p := range pool.All() {
		require.Equal(t, float32(1000), p.X, "nothing is strewn between the old place and the new")
	}
}

func TestColorFollowsRampAndTint(t *testing.T) {
	kind := &particle.Kind{
		Life: particle.Exactly(2), Size: particle.Exactly(4), Grow: 3,
		Ramp: sprite.Ramp{{At: 0, Color: sprite.White}, {At: 1, Color: sprite.White.Fade(0)}},
	}
	pool := particle.NewPool(1, 1)
	pool.Emit(kind, 1, particle.Source{Tint: sprite.Hex(0xff0000)})
	pool.Step(1)
	p := pool.All()[0]
	require.InDelta(t, 0.5, p.Color().A, 1e-6)
	require.Equal(t, float32(0), p.Color().G)
	require.InDelta(t, 8, p.Width(), 1e-5)
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	kind := &particle.Kind{
		Life: particle.Range{Min: 0.1, Max: 0.5}, Speed: particle.Range{Min: 10, Max: 90}, Size: particle.Exactly(3),
		Spread: math.Pi, Aligned: true, Ramp: sprite.Ramp{{At: 0, Color: sprite.White}, {At: 1}},
	}
	pool := particle.NewPool(500, 1)
	var e particle.Emitter
	sum := float32(0)
	frame := func() {
		pool.Emit(kind, 10, particle.Source{})
		e.Run(pool, kind, 600, 1.0/60, particle.Source{X: 5})
		pool.Step(1.0 / 60)
		for i := range pool.All() {
			sum += pool.All()[i].Color().A
		}
	}
	for range 100 {
		frame()
	}
	require.Zero(t, testing.AllocsPerRun(200, frame))
	require.NotZero(t, sum)
}

func BenchmarkStep(b *testing.B) {
	kind := &particle.Kind{Life: particle.Exactly(1e9), Speed: particle.Range{Min: 10, Max: 90}, Drag: 1, Aligned: true}
	pool := particle.NewPool(4096, 1)
	pool.Emit(kind, 4096, particle.Source{})
	b.ReportAllocs()
	for b.Loop() {
		pool.Step(1.0 / 60)
	}
}
