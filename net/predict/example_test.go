package predict_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
)

// Server and client spawn the same bullet in the same tick, and call it the
// same.
func ExampleKeys() {
	const bullet = 1
	server, client := engine.New(engine.Config{}), engine.New(engine.Config{})
	tick := engine.Tick{Number: 1200}
	a := predict.NewKeys(server.Sim()).Next(tick, 7, bullet)
	b := predict.NewKeys(client.Sim()).Next(tick, 7, bullet)
	second := predict.NewKeys(client.Sim()).Next(tick, 7, bullet)
	fmt.Println(a.ID == b.ID, b.ID == second.ID)
	// Output: true false
}

// The first 50 ms of the line are covered by delay, the next 100 ms by
// prediction, and what is left by more delay. A game sets this once:
//
//	session.Game{Delay: predict.Delay{First: 50 * time.Millisecond, Predict: 100 * time.Millisecond}}
func ExampleDelay() {
	d := predict.NewDelayer(predict.Delay{First: 50 * time.Millisecond, Predict: 100 * time.Millisecond}, 60)
	fmt.Println(d.Next(1, 0.3, 2), "ticks at 300 ms")
	// Output: 14 ticks at 300 ms
}

type flash struct {
	X, Y float32 `net:"min=-100,max=100,step=0.1"`
}

// mines explode. The system runs on both sides; the flash is emitted by both,
// and shown once.
type mines struct{ flashes *predict.Events[flash] }

func (m *mines) Init(s *ecs.Sim) { m.flashes = predict.EventsOf[flash](s) }

func (m *mines) Update(t engine.Tick) {
	if t.Number == 3 {
		m.flashes.Emit(t, 7, flash{X: 10})
	}
}

// lights show them on a client, frame by frame.
type lights struct{ flashes *predict.Events[flash] }

func (l *lights) Init(s *ecs.Sim) { l.flashes = predict.EventsOf[flash](s) }

func (l *lights) Present(engine.Frame) {
	for _, e := range l.flashes.Begun() {
		fmt.Println("flash at", e.Value.X, e.Value.Y, "in tick", e.Key.Tick)
	}
	for _, e := range l.flashes.Cancelled() {
		fmt.Println("no flash after all", e.Key)
	}
}

// An event takes one line in the plugin that both sides share.
func ExampleEvent() {
	client := engine.New(engine.Config{})
	predict.Limit(client) // the session does this, and runs the predictor
	predict.Event[flash](client)
	client.Simulate(&mines{})
	client.Present(&lights{})
	p := predict.New(client)
	for range 5 {
		_ = client.Step()
		p.Present(engine.Frame{})
		_ = client.Render(engine.Frame{})
	}
	// Output: flash at 10 0 in tick 3
}

// sights is a system of a server: what is near the middle is predicted by all
// clients, so that they can run into it where it is; all else is shown where it was.
type sights struct {
	things ecs.Filter2[replicate.Net, spot]
}

func (s *sights) Init(to *ecs.Sim) { s.things = ecs.Query2[replicate.Net, spot](to) }

func (s *sights) Update(engine.Tick) {
	q := s.things.Query()
	for q.Next() {
		net, at := q.Get()
		at.X++
		if net.Mode = replicate.Interpolated; -3 < at.X && at.X < 3 {
			net.Mode = replicate.ByAll
		}
	}
}

// Whether clients predict an entity or interpolate it is a field of its
// [replicate.Net], which a server may change at any time: they go over without a
// jump, and are told the commands of whoever steers it.
func ExamplePredictor_mode() {
	server := engine.New(engine.Config{})
	replicate.Component[spot](server, replicate.Predict(), replicate.Interpolate(replicate.Lerp))
	server.Simulate(&sights{})
	ships := ecs.NewMap2[replicate.Net, spot](server.Sim())
	ship := ships.NewEntity(replicate.Net{ID: 1, Owner: 7}, spot{X: -5})
	for range 10 {
		_ = server.Step()
		net, at := ships.Get(ship)
		fmt.Print(at.X, " ", net.PredictedFor(2), "; ")
	}
	// Output: -4 false; -3 false; -2 true; -1 true; 0 true; 1 true; 2 true; 3 false; 4 false; 5 false;
}

// counter keeps a number outside of components, where no rollback finds it.
type counter struct {
	count float32
	spots ecs.Filter1[spot]
}

func (c *counter) Init(s *ecs.Sim) { c.spots = ecs.Query1[spot](s) }

func (c *counter) Update(engine.Tick) {
	c.count++
	q := c.spots.Query()
	for q.Next() {
		q.Get().X = c.count
	}
}

// A test of a game takes a few lines.
func ExampleSyncTest() {
	err := predict.SyncTest(predict.SyncTestConfig{
		Sim: func(app *engine.App) {
			replicate.Component[spot](app, replicate.Predict())
			app.Simulate(&counter{})
		},
		Setup: func(app *engine.App) {
			spots := ecs.NewMap2[replicate.Net, spot](app.Sim())
			spots.NewEntity(replicate.Net{Mode: replicate.ByAll}, spot{})
		},
	})
	var d *predict.Desync
	fmt.Println(errors.As(err, &d), d.Tick, d.Component, d.Field, d.First, d.Again)
	// Output: true 2 predict_test.spot X 2 10
}
