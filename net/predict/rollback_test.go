package predict_test

import (
	"bytes"
	"log/slog"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
)

// TestLaterStateWins confirms two ticks before one rollback, and then the older
// one once more: what the client ends with is a replay of the later.
func TestLaterStateWins(t *testing.T) {
	d := newDuel(t)
	d.spots.NewEntity(replicate.Net{Owner: 1, Mode: replicate.ByOwner}, spot{}, nudge{})
	d.start()
	own(t, d.server).X = 5
	older := d.serve()
	own(t, d.server).X = 7
	later := d.serve()
	d.play(append(older, later...)...)
	d.play()
	require.Equal(t, spot{X: 7}, *own(t, d.client))
	require.Equal(t, uint64(1), d.predictor.Stats().Mispredictions)

	own(t, d.server).X = 9
	older = d.serve()
	own(t, d.server).X = 11
	d.play(d.serve()...)
	require.Equal(t, spot{X: 11}, *own(t, d.client))
	d.play(older...)
	require.Equal(t, spot{X: 11}, *own(t, d.client), "what comes late takes nothing back")
	require.Equal(t, uint64(2), d.predictor.Stats().Mispredictions)
}

// TestTooDeepSnaps lets nothing through for longer than the ring reaches: the
// state is set, nothing is replayed, and it is counted.
func TestTooDeepSnaps(t *testing.T) {
	d := newDuel(t)
	d.spots.NewEntity(replicate.Net{Owner: 1, Mode: replicate.ByOwner}, spot{}, nudge{})
	d.start()
	own(t, d.server).X = 5
	late := d.serve()
	for range 200 {
		d.play()
	}
	before := d.predictor.Stats()
	d.play(late...)
	after := d.predictor.Stats()
	require.Equal(t, before.TooDeep+1, after.TooDeep)
	require.Equal(t, before.Replayed, after.Replayed)
	require.Equal(t, spot{X: 5}, *own(t, d.client))
}

// TestReports: a misprediction is told with component, field, entity, tick and
// both values, and logged once a second.
func TestReports(t *testing.T) {
	var log bytes.Buffer
	d := newDuel(t)
	d.spots.NewEntity(replicate.Net{ID: 77, Owner: 1, Mode: replicate.ByOwner}, spot{}, nudge{})
	d.start()
	own(t, d.server).Y = 5
	d.play(d.serve()...)
	last := d.predictor.Stats().Last
	require.Equal(t, predict.Misprediction{
		Tick: d.server.Tick(), Entity: 77, Component: "predict_test.spot", Field: "Y", Predicted: "0", Confirmed: "5",
	}, last)
	require.Contains(t, last.String(), "predict_test.spot.Y of 4d at tick")
	require.Equal(t, []predict.Blame{{Component: "predict_test.spot", Count: 1}}, d.predictor.Blame())

	d.spots.NewEntity(replicate.Net{ID: 78, Owner: 1, Mode: replicate.ByOwner}, spot{}, nudge{})
	d.play(d.serve()...)
	d.play(d.serve()...)
	last = d.predictor.Stats().Last
	require.Equal(t, replicate.ID(78), last.Entity)
	require.Empty(t, last.Component)
	require.Equal(t, "no entity", last.Predicted)
	require.Contains(t, last.Confirmed, "predict_test.spot")

	loud := newDuelWith(t, engine.Config{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	loud.spots.NewEntity(replicate.Net{Owner: 1, Mode: replicate.ByOwner}, spot{}, nudge{})
	loud.start()
	log.Reset()
	for i := range 90 {
		own(t, loud.server).X = float32(i)
		loud.play(loud.serve()...)
	}
	require.Equal(t, 2, strings.Count(log.String(), "misprediction"), log.String())
	require.Contains(t, log.String(), "unlogged=")
}

// ghosts spawns, on the client alone, what no server has.
type ghosts struct {
	spots ecs.Map2[replicate.Net, spot]
	keys  *predict.Keys
}

func (g *ghosts) Init(s *ecs.Sim) {
	g.spots, g.keys = ecs.NewMap2[replicate.Net, spot](s), predict.NewKeys(s)
}

func (g *ghosts) Update(t engine.Tick) { g.spots.NewEntity(g.keys.Next(t, 1, 5), spot{}) }

// TestOrphansAreLoud: a predicted spawn that the server never makes dies once the
// server's state of its tick is known, and a warning says which it was, once a
// second.
func TestOrphansAreLoud(t *testing.T) {
	var log bytes.Buffer
	sides := 0
	d := newDuelWith(t, engine.Config{Log: slog.New(slog.NewTextHandler(&log, nil))}, func(app *engine.App) {
		if sides++; sides == 2 { // the server's comes first
			app.Simulate(&ghosts{})
		}
	})
	d.spots.NewEntity(replicate.Net{Owner: 1, Mode: replicate.ByOwner}, spot{}, nudge{})
	for range 100 {
		d.play(d.serve()...)
	}
	require.Greater(t, d.predictor.Stats().Orphans, uint64(80))
	ghosts := ecs.Query1[spot](ecs.NewSim(d.client.World()))
	q := ghosts.Query()
	require.LessOrEqual(t, q.Count(), 2*lead)
	q.Close()
	require.Equal(t, 2, strings.Count(log.String(), "predicted spawn died"), log.String())
	require.Contains(t, log.String(), "level=WARN")
	require.Contains(t, log.String(), "owner=1")
	require.Contains(t, log.String(), "kind=5")
	require.Contains(t, log.String(), "unlogged=5")
}

// TestRollbackAllocatesNothing mispredicts in every tick. What the runtime itself
// allocates now and then does not count.
func TestRollbackAllocatesNothing(t *testing.T) {
	d := newDuel(t)
	d.spots.NewEntity(replicate.Net{Owner: 1, Mode: replicate.ByOwner}, spot{}, nudge{})
	d.start()
	least := ^uint64(0)
	for range 20 {
		own(t, d.server).X++
		for _, m := range d.serve() {
			require.NoError(t, d.replicas.Values(m[1:]))
		}
		next, replayed := d.client.Tick()+1, d.predictor.Stats().Replayed
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		d.predictor.Reconcile(engine.Tick{Number: next})
		runtime.ReadMemStats(&after)
		require.Equal(t, replayed+uint64(next-1-d.server.Tick()), d.predictor.Stats().Replayed)
		least = min(least, after.Mallocs-before.Mallocs)
		d.play()
	}
	require.Zero(t, least)
}
