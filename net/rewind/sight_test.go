package rewind

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/net/replicate"
)

// served is a past of n ticks at 60 a second and 20 snapshots, with one disc at
// (tick, 0).
func served(t testing.TB, n int, max time.Duration) (*engine.App, *Past) {
	app := engine.New(engine.Config{})
	runner := sourceFunc(func(r *Recorder) {
		r.Circle(app.World().NewEntity(), replicate.Net{ID: 1}, physics.Circle{X: float32(app.Tick()), Radius: 2}, 7)
	})
	p := Record(app, Config{World: physics.Box{MaxX: 1000, MaxY: 1000, MinY: -1000}, Cell: 50, Max: max}, runner)
	p.Serve(3)
	for range n {
		require.NoError(t, app.Step())
	}
	return app, p
}

type sourceFunc func(r *Recorder)

func (f sourceFunc) Shapes(r *Recorder) { f(r) }

// TestHonestClaims: whatever the line is like, what an honest client shows is
// believed, as long as Max allows.
func TestHonestClaims(t *testing.T) {
	_, p := served(t, 200, 0)
	rapid.Check(t, func(t *rapid.T) {
		rtt := rapid.Float64Range(0, 0.150).Draw(t, "rtt")
		jitter := rapid.Float64Range(0, 0.02).Draw(t, "jitter")
		margin := rapid.Float64Range(0, 3).Draw(t, "margin")
		// The way of this packet and of the snapshots was up to two deviations
		// longer or shorter, and the display shows a frame late.
		off := rapid.Float64Range(-2, 2).Draw(t, "off")*jitter*60 + rapid.Float64Range(0, 2).Draw(t, "frame")
		delay := math.Max(6, 3+3*jitter*60)
		shown := 200 - margin - rtt*60 - delay - off
		if 200-shown > 24 {
			return // beyond Max
		}
		s := Sight{Tick: 200, Playhead: shown, Margin: margin, RTT: seconds(rtt), Jitter: seconds(jitter)}
		require.Equal(t, math.Min(shown, 198), p.See(1, s))
	})
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// TestLiars: whatever a client says, it is granted no moment that its line does
// not explain, none older than Max, and none that has no snapshot.
func TestLiars(t *testing.T) {
	_, p := served(t, 300, 500*time.Millisecond)
	rapid.Check(t, func(t *rapid.T) {
		rtt := rapid.Float64Range(0, 0.5).Draw(t, "rtt")
		claim := rapid.OneOf(
			rapid.Float64Range(-1e9, 1e9), rapid.Float64Range(250, 310),
			rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, 1 << 32}),
		).Draw(t, "claim")
		margin := rapid.SampledFrom([]float64{-100, 0, 1, 3, 15, 20, 200}).Draw(t, "margin")
		acked := rapid.SampledFrom([]uint32{0, 280, 294}).Draw(t, "acked")
		s := Sight{Tick: 300, Playhead: claim, RTT: seconds(rtt), Margin: margin, Acked: acked}
		got := p.See(2, s)
		require.GreaterOrEqual(t, got, 300-30.0, "older than Max")
		require.LessOrEqual(t, got, 300.0, "newer than the newest snapshot")
		believed := math.Min(math.Max(margin, 0), 15)
		require.GreaterOrEqual(t, got, 300-believed-rtt*60-6-3-3-1e-9, "older than the line explains")
		if acked != 0 {
			require.GreaterOrEqual(t, got, float64(acked)-believed-3-6-3-3-1e-9, "older than what it has acknowledged explains")
		}
		if claim >= 300-rtt*60-6 && claim >= 276 && claim <= 300 && (acked == 0 || claim >= 288) {
			require.Equal(t, claim, got)
		}
	})
	stats := p.Stats(2)
	require.Positive(t, stats.Clamped)
	require.GreaterOrEqual(t, stats.Claims, stats.Clamped)
	require.LessOrEqual(t, stats.Behind, 500*time.Millisecond)
}

// TestLocalLiar: on a line without delay the past is out of reach, however old a
// moment is claimed.
func TestLocalLiar(t *testing.T) {
	_, p := served(t, 300, 0)
	for _, claim := range []float64{0, 100, 280, 285} {
		got := p.See(1, Sight{Tick: 301, Playhead: claim, RTT: time.Millisecond, Margin: 1})
		require.Greater(t, got, 287.0, "claimed %v", claim)
	}
	target := physics.Segment{X0: 280, Y0: -50, X1: 280, Y1: 50}
	hit, ok := p.View(engine.Tick{Number: 301}, 1).First(target, 0)
	require.False(t, ok, "%+v: where it was a third of a second ago", hit)
}

func TestMax(t *testing.T) {
	for _, max := range []time.Duration{100 * time.Millisecond, 400 * time.Millisecond, 2 * time.Second} {
		_, p := served(t, 300, max)
		require.InDelta(t, 300-max.Seconds()*60, p.See(1, Sight{Tick: 300, RTT: 10 * time.Second}), 1e-9)
		s, ok := p.View(engine.Tick{Number: 300}, 1).Find(1, 0)
		require.True(t, ok)
		require.InDelta(t, 300-max.Seconds()*60, s.X, 0.01, "all of it is kept")
		require.EqualValues(t, 7, s.Tag)
	}
}

// TestPresent: who has no client sees the present.
func TestPresent(t *testing.T) {
	app, p := served(t, 100, 0)
	see := func() float32 {
		s, ok := p.View(engine.Tick{Number: app.Tick() + 1}, 5).Find(1, 0)
		require.True(t, ok)
		return s.X
	}
	require.EqualValues(t, 100, see())
	p.See(5, Sight{Tick: 101, Playhead: 91.5})
	require.EqualValues(t, 91.5, see())
	p.Forget(5)
	require.EqualValues(t, 100, see())
	require.Zero(t, p.Stats(5))
	p.Forget(6)
}

// TestStationary: a target that stands still is hit exactly when the ray hits
// where the shooter saw it, whenever that was.
func TestStationary(t *testing.T) {
	app := engine.New(engine.Config{})
	at := physics.Circle{X: 300, Y: 200, Radius: 16}
	p := Record(app, Config{World: physics.Box{MaxX: 1000, MaxY: 1000}, Cell: 50}, sourceFunc(func(r *Recorder) {
		r.Circle(app.World().NewEntity(), replicate.Net{ID: 1}, at, 0)
	}))
	p.Serve(3)
	for range 60 {
		require.NoError(t, app.Step())
	}
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.Float32Range(0, 1000)
		way := physics.Segment{X0: f.Draw(t, "x0"), Y0: f.Draw(t, "y0"), X1: f.Draw(t, "x1"), Y1: f.Draw(t, "y1")}
		p.See(1, Sight{Tick: 61, Playhead: rapid.Float64Range(0, 70).Draw(t, "shown"), RTT: seconds(rapid.Float64Range(0, 0.4).Draw(t, "rtt"))})
		_, want := way.Hit(at)
		_, got := p.View(engine.Tick{Number: 61}, 1).First(way, 0)
		require.Equal(t, want, got)
	})
}
