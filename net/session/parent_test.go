package session_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
)

// shards gives every bomb two children, which have no fuse of their own.
type shards struct {
	bombs ecs.Filter3[replicate.Net, fuse, place]
	spawn *ecs.Spawner4[replicate.Net, replicate.Parent, place, speed]
	keys  *predict.Keys
}

const shard = 2

func (s *shards) Init(sim *ecs.Sim) {
	s.bombs = ecs.Query3[replicate.Net, fuse, place](sim)
	s.spawn = ecs.NewSpawner4[replicate.Net, replicate.Parent, place, speed](sim)
	s.keys = predict.NewKeys(sim)
}

func (s *shards) Update(t engine.Tick) {
	q := s.bombs.Query()
	for q.Next() {
		n, f, p := q.Get()
		if f.Until != t.Number+59 {
			continue
		}
		for i := range 2 {
			s.spawn.Spawn(s.keys.Next(t, n.Owner, shard), replicate.Parent{ID: n.ID}, *p, speed{X: float32(i) - 0.5})
		}
	}
}

func shardPlugin(app *engine.App) {
	simPlugin(app)
	replicate.Component[replicate.Parent](app)
	app.Simulate(&shards{})
}

// family counts an app's children, and fails where one has no parent.
func family(t *testing.T, app *engine.App) int {
	names, count := replicate.EntitiesOf(app.World()), 0
	all := ecs.Query1[replicate.Parent](ecs.NewSim(app.World()), ecs.Without[replicate.Disabled]())
	q := all.Query()
	for q.Next() {
		_, ok := names.Lookup(q.Get().ID)
		require.True(t, ok, "a child without its parent %d", q.Get().ID)
		count++
	}
	return count
}

// TestPredictedChildren: what is predicted goes with its predicted parent, and
// comes back with it in a rollback.
func TestPredictedChildren(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64) {
		game, most := bombers, 0
		game.Sim = shardPlugin
		m := newMatchOf(t, game, seed, internet)
		for range 3 {
			m.join()
		}
		for range 60 {
			m.run(200 * time.Millisecond)
			for _, c := range m.clients {
				most = max(most, family(t, c.App()))
			}
		}
		m.quiet = true
		m.run(8 * time.Second)
		m.requireEqual()
		require.Greater(t, most, 3)
		require.Zero(t, family(t, m.server.App()))
		for _, c := range m.clients {
			s := c.Stats().Predict
			t.Logf("confirmed %d, mispredicted %d, orphans %d", s.Confirmed, s.Mispredictions, s.Orphans)
			require.Less(t, s.Mispredictions, s.Confirmed/10)
		}
	})
}
