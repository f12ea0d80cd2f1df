package engine_test

import (
	"context"
	"fmt"
	"time"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
)

type Position struct{ X float32 }

type Velocity struct{ X float32 }

// Movement is a system: it makes its filter once and runs over it each tick.
type Movement struct {
	bodies ecs.Filter2[Position, Velocity]
}

func (m *Movement) Init(s *ecs.Sim) { m.bodies = ecs.Query2[Position, Velocity](s) }

func (m *Movement) Update(t engine.Tick) {
	q := m.bodies.Query()
	for q.Next() {
		p, v := q.Get()
		p.X += float32(v.X * t.Dt)
	}
}

// A plugin sets up one part of a game.
func plugin(app *engine.App) { app.Simulate(&Movement{}) }

func Example() {
	app := engine.New(engine.Config{TickRate: 50})
	app.Add(plugin)
	bodies := ecs.NewMap2[Position, Velocity](app.Sim())
	e := bodies.NewEntity(Position{}, Velocity{X: 2})

	for range app.TickRate() { // one second
		if err := app.Step(); err != nil {
			fmt.Println(err)
		}
	}
	p, _ := bodies.Get(e)
	fmt.Printf("tick %d: x = %.2f\n", app.Tick(), p.X)
	// Output: tick 50: x = 2.00
}

// Run drives an app until its context ends. On a manual clock it does so as fast as it can.
func ExampleRun() {
	app := engine.New(engine.Config{})
	app.OnStop(func() { fmt.Println("goodbye after tick", app.Tick()) })

	clock := &engine.ManualClock{}
	ctx, stop := context.WithCancel(context.Background())
	app.Send(systemFunc(func(t engine.Tick) {
		if t.Number == 120 {
			fmt.Println("two seconds on the clock:", clock.Now().Round(time.Millisecond))
			stop()
		}
	}))
	if err := engine.Run(ctx, app, engine.RunConfig{Clock: clock}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// two seconds on the clock: 2s
	// goodbye after tick 120
}

type systemFunc func(engine.Tick)

func (f systemFunc) Update(t engine.Tick) { f(t) }

// A driver with a loop of its own asks a Loop how many ticks are due, and steps the app that often.
func ExampleLoop() {
	loop := engine.NewLoop(60, 5)
	for _, now := range []time.Duration{0, 10, 20, 40, 1000} {
		fmt.Println(loop.Advance(now*time.Millisecond), "ticks")
	}
	fmt.Println(loop.Stats().Dropped, "dropped")
	// Output:
	// 0 ticks
	// 0 ticks
	// 1 ticks
	// 1 ticks
	// 5 ticks
	// 53 dropped
}

// The same tick, id and site give the same numbers, however often a rollback runs the tick again.
func ExampleTick_Random() {
	const siteSpread = 1
	tick := engine.Tick{Number: 10, Seed: 99}
	for range 2 {
		r := tick.Random(7, siteSpread)
		fmt.Println(r.IntN(6)+1, r.IntN(6)+1, r.IntN(6)+1)
	}
	// Output:
	// 5 6 2
	// 5 6 2
}
