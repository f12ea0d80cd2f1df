package predict_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
)

// duel is a server and the client of player 1 without a network between them:
// the test hands over what the server has sent.
type duel struct {
	t              testing.TB
	server, client *engine.App
	sent           *tape
	predictor      *predict.Predictor
	replicas       *replicate.Client
	spots          ecs.Map3[replicate.Net, spot, nudge]
}

// lead is how many ticks the client of a duel is ahead.
const lead = 6

func newDuel(t testing.TB, plugins ...engine.Plugin) *duel {
	return newDuelWith(t, engine.Config{}, plugins...)
}

func newDuelWith(t testing.TB, cfg engine.Config, plugins ...engine.Plugin) *duel {
	d := &duel{t: t, server: engine.New(cfg), client: engine.New(cfg), sent: &tape{}}
	d.server.Add(rules)
	d.server.Add(plugins...)
	server := replicate.NewServer(d.server, replicate.ServerConfig{Channels: replicate.Channels{Structure: 0, Values: 1}})
	d.server.Replicate(server)
	server.Add(1, d.sent)
	predict.Limit(d.client)
	d.client.Add(rules)
	d.client.Add(plugins...)
	d.predictor = predict.New(d.client)
	d.predictor.SetPlayer(1)
	d.replicas = replicate.NewClient(d.client, replicate.ClientConfig{Predictor: d.predictor, TickRate: 60, Interval: 1})
	d.replicas.SetPlayer(1, 0)
	d.client.SetTick(lead)
	require.NoError(t, d.server.Start())
	require.NoError(t, d.client.Start())
	d.spots = ecs.NewMap3[replicate.Net, spot, nudge](d.server.Sim())
	return d
}

// serve runs a tick of the server and returns what it sent, values last.
func (d *duel) serve() [][]byte {
	d.sent.messages = nil
	require.NoError(d.t, d.server.Step())
	return d.sent.messages
}

// play runs a tick of the client, which gets the messages first.
func (d *duel) play(messages ...[]byte) {
	n := d.client.Tick() + 1
	d.replicas.Begin(time.Duration(n) * time.Second / 60)
	for _, m := range messages {
		if m[0] == 0 {
			require.NoError(d.t, d.replicas.Structure(m[1:]))
		} else {
			require.NoError(d.t, d.replicas.Values(m[1:]))
		}
	}
	d.replicas.Update(engine.Tick{Number: n})
	d.predictor.Reconcile(engine.Tick{Number: n})
	d.predictor.Command(engine.Tick{Number: n})
	require.NoError(d.t, d.client.Step())
	d.predictor.Save(engine.Tick{Number: n})
}

// start lets the client learn of what is there, and brings it ahead.
func (d *duel) start() {
	for range 3 * lead {
		d.play(d.serve()...)
	}
	require.Equal(d.t, replicate.Describe(d.server), replicate.Describe(d.client))
}

// own is the spot of the one entity in a world.
func own(t testing.TB, app *engine.App) *spot {
	q := ecs.Query1[spot](ecs.NewSim(app.World()))
	c := q.Query()
	require.True(t, c.Next(), "there is no spot")
	p := c.Get()
	c.Close()
	return p
}
