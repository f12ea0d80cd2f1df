package engine

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
)

// recorder writes down when it ran.
type recorder struct {
	name string
	log  *[]string
}

func (r *recorder) Init(*ecs.Sim) { *r.log = append(*r.log, "init "+r.name) }
func (r *recorder) Update(t Tick) {
	*r.log = append(*r.log, fmt.Sprintf("%s %d %t", r.name, t.Number, t.Replay))
}

func (r *recorder) Present(f Frame) {
	*r.log = append(*r.log, fmt.Sprintf("%s frame %d", r.name, f.Number))
}

// act is a system made of a function.
type act func(t Tick)

func (f act) Update(t Tick) { f(t) }

func TestPhasesRunInOrder(t *testing.T) {
	var log []string
	rec := func(name string) *recorder { return &recorder{name, &log} }
	app := New(Config{})
	app.Send(rec("send"))
	app.Replicate(rec("replicate"))
	app.Simulate(rec("simulate a"), rec("simulate b"))
	app.Input(rec("input"))
	app.Receive(rec("receive"))
	app.Present(rec("present"))

	require.NoError(t, app.Start())
	require.Equal(t, []string{
		"init receive", "init input", "init simulate a", "init simulate b", "init replicate", "init send", "init present",
	}, log)

	log = nil
	require.NoError(t, app.Step())
	require.Equal(t, []string{
		"receive 1 false", "input 1 false", "simulate a 1 false", "simulate b 1 false", "replicate 1 false", "send 1 false",
	}, log)

	log = nil
	app.SetTick(41)
	require.NoError(t, app.Step())
	require.NoError(t, app.Render(Frame{Number: 7}))
	require.Contains(t, log, "receive 42 false")
	require.Contains(t, log, "present frame 7")
}

func TestResimulate(t *testing.T) {
	type shot struct{ tick uint32 }
	app := New(Config{})
	events := ecs.EventsOf[shot](app.World())
	var seen []string
	app.Receive(act(func(tick Tick) {
		require.Empty(t, events.Read(), "a tick begins without events")
		if tick.Number == 3 {
			events.Emit(shot{99})
			require.NoError(t, app.Resimulate(1))
			require.NoError(t, app.Resimulate(2))
			require.Equal(t, uint32(3), app.Tick())
			require.Equal(t, []shot{{99}}, events.Read(), "a replay leaves the events of the tick around it alone")
			app.World().ClearEvents()
		}
	}))
	app.Simulate(act(func(tick Tick) {
		require.Empty(t, events.Read(), "a replay begins without events")
		require.Equal(t, tick.Number, app.Tick())
		events.Emit(shot{tick.Number})
		seen = append(seen, fmt.Sprintf("%d %t", tick.Number, tick.Replay))
	}))
	app.Send(act(func(tick Tick) { require.Equal(t, []shot{{tick.Number}}, events.Read()) }))
	for range 3 {
		require.NoError(t, app.Step())
	}
	require.Equal(t, []string{"1 false", "2 false", "1 true", "2 true", "3 false"}, seen)
}

func TestSystemPanic(t *testing.T) {
	cause := errors.New("the cause")
	app := New(Config{})
	app.Simulate(act(func(tick Tick) {
		if tick.Number == 2 {
			panic(cause)
		}
	}))
	require.NoError(t, app.Step())
	err := app.Step()

	var p *SystemPanic
	require.ErrorAs(t, err, &p)
	require.ErrorIs(t, err, cause)
	require.Equal(t, Simulate, p.Phase)
	require.Equal(t, uint32(2), p.Tick)
	require.Contains(t, string(p.Stack), "TestSystemPanic")
	require.EqualError(t, err, "engine: system engine.act panicked in phase Simulate of tick 2: the cause")
	require.Equal(t, err, app.Step(), "an App that panicked is over")
	require.Equal(t, err, app.Render(Frame{}))
}
