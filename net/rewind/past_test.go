package rewind

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
)

var square = physics.Box{MinX: -100, MinY: -100, MaxX: 100, MaxY: 100}

// TestAlone: without a session everybody sees the beginning of the tick.
func TestAlone(t *testing.T) {
	app := engine.New(engine.Config{})
	x := float32(0)
	p := Record(app, Config{World: square, Cell: 10}, sourceFunc(func(r *Recorder) {
		r.Circle(ecs.Entity{}, replicate.Net{ID: 1, Owner: 1, Mode: replicate.ByOwner}, physics.Circle{X: x, Radius: 1}, 0)
		r.Circle(ecs.Entity{}, replicate.Net{}, physics.Circle{X: x, Radius: 1}, 0) // these have no name yet
		r.Circle(ecs.Entity{}, replicate.Net{}, physics.Circle{X: x, Radius: 2}, 0)
	}))
	var seen []float32
	nameless := 0
	app.Simulate(systemFunc(func(t engine.Tick) {
		for _, s := range p.View(t, 1).Shapes(nil) {
			seen = append(seen, s.X)
		}
		nameless += len(p.View(t, 1).Shapes(nil)) - 1
		x++
	}))
	for range 3 {
		require.NoError(t, app.Step())
	}
	require.Equal(t, []float32{0, 0, 0, 1, 1, 1, 2, 2, 2}, seen)
	require.Equal(t, 6, nameless)
	p.Serve(1)
	require.NoError(t, app.Step())
	p.See(2, Sight{Tick: 5, Playhead: 4})
	require.Len(t, p.View(engine.Tick{Number: 5}, 2).Shapes(nil), 1, "clients have not heard of them")
	require.Len(t, p.View(engine.Tick{Number: 5}, 3).Shapes(nil), 3)
	require.Same(t, p, Of(app.World()))
}

type systemFunc func(engine.Tick)

func (f systemFunc) Update(t engine.Tick) { f(t) }

// TestShowing: a client sees what it showed in the tick, also when the tick is
// replayed, without what it predicts itself.
func TestShowing(t *testing.T) {
	app := engine.New(engine.Config{})
	p := Record(app, Config{World: square, Cell: 10}, sourceFunc(func(r *Recorder) {
		for owner := range input.PlayerID(3) {
			r.Circle(ecs.Entity{}, replicate.Net{ID: replicate.ID(owner) + 1, Owner: owner, Mode: replicate.ByOwner}, physics.Circle{X: float32(app.Tick()), Radius: 1}, 0)
		}
	}))
	p.Show(0)
	p.Show(2)
	replay := uint32(0)
	seen := map[uint32][]Shape{}
	app.Simulate(systemFunc(func(tk engine.Tick) {
		got := p.View(tk, 2).Shapes(nil)
		if tk.Replay {
			require.Equal(t, seen[tk.Number], got)
		}
		seen[tk.Number] = got
	}))
	app.Receive(systemFunc(func(tk engine.Tick) {
		for n := replay; n > 0 && n < tk.Number; n++ {
			require.NoError(t, app.Resimulate(n))
		}
	}))
	require.NoError(t, app.Step())
	require.Len(t, seen[1], 2)
	require.EqualValues(t, 2, seen[1][1].Net.ID)
	require.EqualValues(t, 1, seen[1][0].X)
	for range 300 {
		require.NoError(t, app.Step())
	}
	replay = 290
	require.NoError(t, app.Step())
	app.SetTick(5000) // the clock jumps: nothing of before is mixed in
	replay = 0
	require.NoError(t, app.Step())
	require.EqualValues(t, 5001, seen[5001][0].X)
	require.EqualValues(t, 5001, p.View(engine.Tick{Number: 4999}, 2).Shapes(nil)[0].X, "what is not kept is the newest")
}

// TestServingBeforeAnything asks before there is a snapshot.
func TestServingBeforeAnything(t *testing.T) {
	_, p := served(t, 0, 0)
	p.See(1, Sight{Tick: 1, Playhead: 40, RTT: time.Second})
	v := p.View(engine.Tick{Number: 1}, 1)
	require.Empty(t, v.Shapes(nil))
	_, ok := v.First(physics.Segment{X1: 5}, 1)
	require.False(t, ok)
	_, ok = v.Ray(0, 0, 1, 0)
	require.False(t, ok)
	_, ok = v.Find(1, 0)
	require.False(t, ok)
	require.Empty(t, p.View(engine.Tick{Number: 1}, 2).Shapes(nil))
	require.Empty(t, View{}.In(nil, physics.Circle{}))
}

// TestNothingAllocates measures a tick of recording and of queries by many.
func TestNothingAllocates(t *testing.T) {
	app := engine.New(engine.Config{})
	tick := uint32(0)
	source := sourceFunc(func(r *Recorder) {
		for i := range 200 {
			x, y := float32(i%20)*10-100, float32(i/20)*20-100
			r.Circle(ecs.Entity{}, replicate.Net{ID: replicate.ID(1000 - i)}, physics.Circle{X: x + float32(tick%10), Y: y, Radius: 4}, 0)
		}
	})
	p := Record(app, Config{World: square, Cell: 20}, source)
	p.Serve(3)
	var hits []Hit
	var shapes []Shape
	step := func() {
		tick++
		require.NoError(t, app.Step())
		for player := range input.PlayerID(30) {
			p.See(player+1, Sight{Tick: tick + 1, Playhead: float64(tick) - float64(player)/2, RTT: time.Second / 4})
			v := p.View(engine.Tick{Number: tick + 1}, player+1)
			hits = v.Along(hits[:0], physics.Segment{X0: -90, Y0: -90, X1: 90, Y1: 80}, 3)
			shapes = v.In(shapes[:0], physics.Circle{Radius: 30})
			_, _ = v.Ray(0, 0, 1, 1)
		}
	}
	for range 100 {
		step()
	}
	require.NotEmpty(t, hits)
	require.NotEmpty(t, shapes)
	require.Zero(t, testing.AllocsPerRun(60, step))
}

// TestMemoryIsBounded: the ring holds Max, and what it holds is reused.
func TestMemoryIsBounded(t *testing.T) {
	_, p := served(t, 2000, 0)
	require.Len(t, p.ring, 8+3)
	for i := range p.ring {
		require.LessOrEqual(t, cap(p.ring[i].shapes), 4)
	}
}

func TestMistakes(t *testing.T) {
	app := engine.New(engine.Config{})
	nothing := sourceFunc(func(*Recorder) {})
	require.Panics(t, func() { Record(app, Config{}, nothing) }, "a world without size")
	require.PanicsWithValue(t, "rewind: Config.Max is 1m0s: choose 0 to 5 s", func() {
		Record(app, Config{World: square, Cell: 10, Max: time.Minute}, nothing)
	})
	Record(app, Config{World: square, Cell: 10}, nothing)
	require.PanicsWithValue(t, "rewind: Record twice: let one source add all shapes", func() {
		Record(app, Config{World: square, Cell: 10}, nothing)
	})
	other := engine.New(engine.Config{})
	Record(other, Config{World: square, Cell: 10}, sourceFunc(func(r *Recorder) { r.Add(Shape{Net: replicate.Net{ID: 1}, Kind: Own}) }))
	require.Error(t, other.Step())
}

func TestAngles(t *testing.T) {
	a, b := Shape{Angle: 3}, Shape{Angle: -3}
	var s Shape
	s.between(&a, &b, 0.5)
	require.InDelta(t, math.Pi, math.Abs(float64(s.Angle)), 1e-6, "along the shorter arc")
}

// BenchmarkBullets is a tick of a server with 400 shapes, 64 shooters and 200
// bullets.
func BenchmarkBullets(b *testing.B) {
	app := engine.New(engine.Config{})
	tick := uint32(0)
	p := Record(app, Config{World: physics.Box{MinX: -2048, MinY: -2048, MaxX: 2048, MaxY: 2048}, Cell: 160}, sourceFunc(func(r *Recorder) {
		for i := range 400 {
			x, y := float32(i%20)*200-2000, float32(i/20)*200-2000
			r.Circle(ecs.Entity{}, replicate.Net{ID: replicate.ID(i + 1)}, physics.Circle{X: x + float32(tick%50), Y: y, Radius: 16}, 0)
		}
	}))
	p.Serve(3)
	var hits []Hit
	b.ReportAllocs()
	for b.Loop() {
		tick++
		if err := app.Step(); err != nil {
			b.Fatal(err)
		}
		for k := range 64 {
			p.See(input.PlayerID(k+1), Sight{Tick: tick + 1, Playhead: float64(tick) - 6 - float64(k%16), RTT: time.Second / 4})
		}
		for k := range 200 {
			v := p.View(engine.Tick{Number: tick + 1}, input.PlayerID(k%64+1))
			x, y := float32(k%20)*190-1900, float32(k/20)*190-1900
			hits = v.Along(hits[:0], physics.Segment{X0: x, Y0: y, X1: x + 14, Y1: y}, 3)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N), "µs/tick")
}
