package predict_test

import (
	"testing"
	"time"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
)

type spot struct {
	X, Y float32 `net:"min=-100,max=100,step=0.01"`
}

type nudge struct {
	X int8 `net:"min=-1,max=1"`
}

type pushed struct{ all ecs.Filter2[spot, nudge] }

func (p *pushed) Init(s *ecs.Sim) { p.all = ecs.Query2[spot, nudge](s) }
func (p *pushed) Update(engine.Tick) {
	q := p.all.Query()
	for q.Next() {
		at, n := q.Get()
		at.X += float32(n.X)
	}
}

func rules(app *engine.App) {
	replicate.Component[spot](app, replicate.Predict(), replicate.Interpolate(replicate.Lerp))
	input.Command[nudge](app)
	app.Simulate(&pushed{})
}

// tape keeps what a server sends, channel first.
type tape struct{ messages [][]byte }

func (r *tape) Send(ch uint8, p []byte, _ channel.SendOptions) error {
	r.messages = append(r.messages, append([]byte{ch}, p...))
	return nil
}

// recording is what player 1 is sent in a short match with entities of its own
// that come, change and go.
func recording() [][]byte {
	app := engine.New(engine.Config{})
	app.Add(rules)
	server := replicate.NewServer(app, replicate.ServerConfig{Interval: 3, Channels: replicate.Channels{Structure: 0, Values: 1}})
	app.Replicate(server)
	out := &tape{}
	server.Add(1, out)
	own := ecs.NewMap3[replicate.Net, spot, nudge](app.Sim())
	bare := ecs.NewMap1[spot](app.Sim())
	var alive []ecs.Entity
	for i := range 60 {
		switch {
		case i%7 == 0:
			alive = append(alive, own.NewEntity(replicate.Net{Owner: 1, Mode: replicate.ByOwner}, spot{X: float32(i)}, nudge{1}))
		case i%20 == 13:
			app.World().Despawn(alive[0])
			alive = alive[1:]
		case i%20 == 17:
			bare.Remove(alive[0])
		}
		if err := app.Step(); err != nil {
			panic(err)
		}
	}
	return out.messages
}

// FuzzPredictingClient gives a client that predicts, in the middle of a match,
// two messages that a hostile server made up, among healthy ones: it may refuse
// them, but must not panic.
func FuzzPredictingClient(f *testing.F) {
	healthy := recording()
	for i := range len(healthy) - 1 {
		f.Add(healthy[i], healthy[i+1], uint8(i))
	}
	f.Fuzz(func(t *testing.T, one, two []byte, at uint8) {
		app := engine.New(engine.Config{})
		predict.Limit(app)
		app.Add(rules)
		p := predict.New(app)
		p.SetPlayer(1)
		c := replicate.NewClient(app, replicate.ClientConfig{Predictor: p, TickRate: 60, Interval: 3})
		c.SetPlayer(1, 0)
		give := func(m []byte) {
			if len(m) == 0 {
				return
			}
			// A refusal is a fine answer; the session ends the connection then.
			if m[0] == 0 {
				_ = c.Structure(m[1:])
			} else {
				_ = c.Values(m[1:])
			}
		}
		n := uint32(0)
		step := func() {
			n++
			c.Begin(time.Duration(n) * time.Second / 60)
			c.Update(engine.Tick{Number: n})
			p.Reconcile(engine.Tick{Number: n})
			p.Command(engine.Tick{Number: n})
			if err := app.Step(); err != nil {
				t.Fatal(err)
			}
			p.Save(engine.Tick{Number: n})
		}
		for i, m := range healthy {
			if i == int(at)%len(healthy) {
				give(one)
				step()
				give(two)
			}
			give(m)
			step()
		}
	})
}
