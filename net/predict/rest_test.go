package predict_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
)

// belt moves everything while it runs.
type belt struct {
	runs *bool
	all  ecs.Filter1[spot]
}

func (b *belt) Init(s *ecs.Sim) { b.all = ecs.Query1[spot](s) }

func (b *belt) Update(engine.Tick) {
	q := b.all.Query()
	for q.Next() {
		if p := q.Get(); *b.runs {
			p.X += 0.125
		}
	}
}

// TestWhatRestsIsExact: a prediction that is right within tolerance is left alone
// while it moves, and comes to the server's exact value when it rests, without a
// rollback.
func TestWhatRestsIsExact(t *testing.T) {
	runs := false
	d := newDuel(t, func(app *engine.App) { app.Simulate(&belt{runs: &runs}) })
	d.spots.NewEntity(replicate.Net{Owner: 1, Mode: replicate.ByOwner}, spot{X: 1}, nudge{})
	d.start()
	runs = true
	for range 2 * lead {
		d.play(d.serve()...)
	}
	before := d.predictor.Stats()
	own(t, d.client).X += 0.004
	for range 3 * lead {
		d.play(d.serve()...)
	}
	beside := own(t, d.client).X
	runs = false // the client's last ticks have moved it further than the server's: this is a misprediction
	for range 2 * lead {
		d.play(d.serve()...)
	}
	require.InDelta(t, beside, own(t, d.client).X, 1)
	require.Equal(t, *own(t, d.server), *own(t, d.client))

	settled := d.predictor.Stats()
	require.Equal(t, before.Mispredictions+1, settled.Mispredictions)
	own(t, d.client).X += 0.004
	for range 2*lead + 1 {
		d.play(d.serve()...)
	}
	require.Equal(t, *own(t, d.server), *own(t, d.client), "to the last bit")
	require.Equal(t, settled.Mispredictions, d.predictor.Stats().Mispredictions)
	require.Equal(t, settled.Replayed, d.predictor.Stats().Replayed)
}

// mother spawns something for each thing that a player owns, every ten ticks.
type mother struct {
	things ecs.Filter2[replicate.Net, nudge]
	young  *ecs.Spawner2[replicate.Net, spot]
	keys   *predict.Keys
}

func (m *mother) Init(s *ecs.Sim) {
	m.things = ecs.Query2[replicate.Net, nudge](s)
	m.young = ecs.NewSpawner2[replicate.Net, spot](s)
	m.keys = predict.NewKeys(s)
}

func (m *mother) Update(t engine.Tick) {
	q := m.things.Query()
	for q.Next() {
		if n, _ := q.Get(); t.Number%10 == 0 {
			m.young.Spawn(m.keys.Next(t, n.Owner, 1), spot{X: float32(t.Number % 50)})
		}
	}
}

// TestOthersSpawnsAreTheirs: a client that predicts what another player steers
// does not predict what that spawns. It learns of it from the server, once.
func TestOthersSpawnsAreTheirs(t *testing.T) {
	d := newDuel(t, func(app *engine.App) { app.Simulate(&mother{}) })
	for _, owner := range []input.PlayerID{1, 2} {
		d.spots.NewEntity(replicate.Net{Owner: owner, Mode: replicate.ByAll}, spot{}, nudge{})
	}
	for range 200 {
		d.play(d.serve()...)
	}
	stats, at := d.predictor.Stats(), d.client.Tick()
	for range 100 {
		d.play(d.serve()...)
	}
	born := map[input.PlayerID]int{}
	seen := map[replicate.ID]bool{}
	all := ecs.Query1[replicate.Net](ecs.NewSim(d.client.World()))
	q := all.Query()
	for q.Next() {
		n := q.Get()
		require.False(t, seen[n.ID], "%x is there twice", uint64(n.ID))
		seen[n.ID] = true
		if n.ID.SpawnTick() > at {
			born[n.Owner]++
		}
	}
	require.Equal(t, map[input.PlayerID]int{1: 10, 2: 9}, born, "own ones are foreseen")
	require.Equal(t, stats.Mispredictions, d.predictor.Stats().Mispredictions)
	require.Equal(t, stats.Orphans, d.predictor.Stats().Orphans)
}

func TestNoMispredictionSaysSo(t *testing.T) {
	require.Equal(t, "none", newDuel(t).predictor.Stats().Last.String())
}
