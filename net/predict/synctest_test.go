package predict_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
)

// spark is spawned by whoever pushes, moves by chance, and ends.
type spark struct {
	Until uint32
	Drift float32
}

// tint is not predicted.
type tint struct{ Shade uint16 }

// sparks is a game without mistakes, as long as bug does nothing.
type sparks struct {
	sim    *ecs.Sim
	pushed ecs.Filter3[replicate.Net, spot, nudge]
	flying ecs.Filter3[replicate.Net, spark, spot]
	spawn  *ecs.Spawner3[replicate.Net, spark, spot]
	tints  ecs.Map1[tint]
	keys   *predict.Keys
	bug    func(s *sparks, t engine.Tick, at *spot, f *spark, e ecs.Entity)
	state  float32
	seen   map[replicate.ID]float32
}

func (s *sparks) Init(sim *ecs.Sim) {
	s.sim, s.keys, s.seen = sim, predict.NewKeys(sim), map[replicate.ID]float32{}
	s.pushed = ecs.Query3[replicate.Net, spot, nudge](sim)
	s.flying = ecs.Query3[replicate.Net, spark, spot](sim)
	s.spawn = ecs.NewSpawner3[replicate.Net, spark, spot](sim)
	s.tints = ecs.NewMap1[tint](sim)
}

func (s *sparks) Update(t engine.Tick) {
	q := s.pushed.Query()
	for q.Next() {
		n, at, push := q.Get()
		at.X += float32(n.Owner) * float32(push.X) * t.Dt
		if push.X != 0 && t.Number%3 == 0 {
			s.spawn.Spawn(s.keys.Next(t, n.Owner, 1), spark{Until: t.Number + 20}, *at)
		}
	}
	f := s.flying.Query()
	for f.Next() {
		n, k, at := f.Get()
		r := t.Random(uint64(n.ID), 1)
		k.Drift += r.Range(-1, 1)
		at.Y += float32(k.Drift * t.Dt)
		if s.bug != nil {
			s.bug(s, t, at, k, f.Entity())
		}
		if k.Until <= t.Number {
			s.sim.Despawn(f.Entity())
		}
	}
}

func sparkGame(bug func(s *sparks, t engine.Tick, at *spot, f *spark, e ecs.Entity)) predict.SyncTestConfig {
	return predict.SyncTestConfig{
		Seed: 3,
		Sim: func(app *engine.App) {
			replicate.Component[spot](app, replicate.Predict())
			replicate.Component[spark](app, replicate.Predict())
			replicate.Component[tint](app)
			input.Command[nudge](app)
			input.Sample(app, func(t engine.Tick) nudge { return nudge{X: int8(t.Number/17%3) - 1} })
			app.Simulate(&sparks{bug: bug})
		},
		Setup: func(app *engine.App) {
			ships := ecs.NewMap4[replicate.Net, spot, nudge, tint](app.Sim())
			for owner := range input.PlayerID(3) {
				ships.NewEntity(replicate.Net{Owner: owner + 1, Mode: replicate.ByAll}, spot{}, nudge{}, tint{})
			}
		},
	}
}

// TestSyncTest finds nothing in a game without mistakes, whatever the depth.
func TestSyncTest(t *testing.T) {
	for _, depth := range []int{1, 2, 8, 60} {
		cfg := sparkGame(nil)
		cfg.Depth = depth
		require.NoError(t, predict.SyncTest(cfg), "depth %d", depth)
	}
}

// TestSyncTestFindsBugs plants one of each kind.
func TestSyncTestFindsBugs(t *testing.T) {
	for name, c := range map[string]struct {
		bug       func(s *sparks, t engine.Tick, at *spot, f *spark, e ecs.Entity)
		component string
		field     string
		predicted bool
	}{
		"state outside of components": {func(s *sparks, _ engine.Tick, at *spot, _ *spark, _ ecs.Entity) {
			s.state++
			at.X += s.state
		}, "predict_test.spot", "X", true},
		"state of an entity outside of components": {func(s *sparks, _ engine.Tick, _ *spot, f *spark, _ ecs.Entity) {
			s.seen[replicate.ID(f.Until)]++
			f.Drift += s.seen[replicate.ID(f.Until)]
		}, "predict_test.spark", "Drift", true},
		"map order": {func(_ *sparks, _ engine.Tick, at *spot, _ *spark, _ ecs.Entity) {
			for k := range map[float32]bool{1: true, 2: true, 3: true, 4: true} {
				at.X = float32(at.X*0.5) + k
			}
		}, "predict_test.spot", "X", true},
		"unseeded random": {func(_ *sparks, _ engine.Tick, _ *spot, f *spark, _ ecs.Entity) {
			f.Drift += rand.Float32()
		}, "predict_test.spark", "Drift", true},
		"a component that is not predicted": {func(s *sparks, _ engine.Tick, _ *spot, _ *spark, _ ecs.Entity) {
			q := s.pushed.Query()
			for q.Next() {
				s.tints.Get(q.Entity()).Shade++
			}
		}, "predict_test.tint", "Shade", false},
		"replays are treated otherwise": {func(s *sparks, t engine.Tick, _ *spot, _ *spark, e ecs.Entity) {
			if t.Replay && t.Number%50 == 0 {
				s.sim.Despawn(e)
			}
		}, "", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			var d *predict.Desync
			require.ErrorAs(t, predict.SyncTest(sparkGame(c.bug)), &d)
			require.Equal(t, c.component, d.Component, "%v", d)
			require.Equal(t, c.field, d.Field)
			require.Equal(t, c.predicted, d.Predicted)
			require.NotEqual(t, d.First, d.Again)
			require.NotZero(t, d.Entity)
			require.NotZero(t, d.Tick)
			t.Log(d)
		})
	}
}

func TestSyncTestRefuses(t *testing.T) {
	require.Panics(t, func() { _ = predict.SyncTest(predict.SyncTestConfig{}) })
	require.Panics(t, func() { _ = predict.SyncTest(predict.SyncTestConfig{Sim: rules, Depth: 101}) })
	cfg := sparkGame(func(*sparks, engine.Tick, *spot, *spark, ecs.Entity) { panic("oh") })
	var p *engine.SystemPanic
	require.ErrorAs(t, predict.SyncTest(cfg), &p)
}
