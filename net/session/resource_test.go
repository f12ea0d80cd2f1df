package session_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
)

// breeze pushes everything; both sides simulate it. weather is only told.
type (
	breeze struct {
		X     float32 `net:"min=-20,max=20,step=0.01"`
		Turns uint16
	}
	weather struct{ Rain uint8 }
)

// calm is the tick after which no wind blows.
const calm = 1600

// air turns the breeze around at its bounds.
type air struct {
	wind *breeze
	all  ecs.Filter1[speed]
}

func (a *air) Init(s *ecs.Sim) {
	a.wind, a.all = ecs.MustResource[breeze](s.World()), ecs.Query1[speed](s)
}

func (a *air) Update(t engine.Tick) {
	if t.Number > calm {
		return
	}
	step := float32(0.05)
	if a.wind.Turns%2 == 1 {
		step = -step
	}
	a.wind.X += step
	if a.wind.X > 5 || a.wind.X < -5 {
		a.wind.Turns++
		a.wind.X = max(min(a.wind.X, 5), -5)
	}
	q := a.all.Query()
	for q.Next() {
		v := q.Get()
		v.X += float32(a.wind.X * t.Dt)
	}
}

func windyPlugin(app *engine.App) {
	replicate.Resource[breeze](app, replicate.Predict())
	replicate.Resource[weather](app)
	simPlugin(app)
	app.Simulate(&air{})
}

// gusts are the server's alone: no client can foresee them.
func gusts(app *engine.App) {
	serverPlugin(app)
	wind, sky := ecs.Resource[breeze](app.World()), ecs.Resource[weather](app.World())
	app.Simulate(systemFunc(func(t engine.Tick) {
		if t.Number%300 == 0 && t.Number < 1500 {
			wind.X = -wind.X
			sky.Rain++
		}
	}))
}

var windy = session.Game{Name: "windy", Version: 1, Sim: windyPlugin, Server: gusts}

// TestPredictedResource plays with a wind that both sides simulate, over a bad
// line. A gust is a misprediction that names the resource; else there is none.
func TestPredictedResource(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64) {
		m := newMatchOf(t, windy, seed, internet)
		for range 3 {
			m.join()
		}
		m.run(25 * time.Second)
		m.quiet = true
		m.run(12 * time.Second) // until what slows down creeps no more
		m.requireEqual()
		server := ecs.Resource[breeze](m.server.App().World())
		require.NotZero(t, server.Turns)
		for _, c := range m.clients {
			w := c.App().World()
			require.Equal(t, ecs.Resource[weather](m.server.App().World()), ecs.Resource[weather](w))
			require.Equal(t, server, ecs.Resource[breeze](w), "bit for bit")
			blame := map[string]uint64{}
			for _, b := range ecs.MustResource[predict.Predictor](w).Blame() {
				blame[b.Component] = b.Count
			}
			t.Log(blame, c.Stats().Predict.Mispredictions)
			require.GreaterOrEqual(t, blame["session_test.breeze"], uint64(3))
			require.Less(t, c.Stats().Predict.Mispredictions, uint64(40))
		}
	})
}

// TestHostedResource is the same alone, in one process.
func TestHostedResource(t *testing.T) {
	host, err := session.NewHost(windy, session.HostConfig{Name: "Ada", Client: []engine.Plugin{wander(1, new(bool))}})
	require.NoError(t, err)
	now := time.Duration(0)
	for ; now < 20*time.Second; now += time.Second / 60 {
		require.NoError(t, host.Advance(now))
	}
	require.Equal(t, ecs.Resource[weather](host.Server().App().World()), ecs.Resource[weather](host.App().World()))
	require.Equal(t, ecs.Resource[breeze](host.Server().App().World()).Turns, ecs.Resource[breeze](host.App().World()).Turns)
	require.NotZero(t, host.Client().Stats().Predict.Mispredictions)
	require.NoError(t, host.Close())
}
