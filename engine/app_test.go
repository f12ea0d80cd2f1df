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

func TestPanicInInitAndPresent(t *testing.T) {
	app := New(Config{})
	app.Receive(badInit{})
	require.EqualError(t, app.Step(), "engine: system engine.badInit panicked in phase Initialise of tick 0: no")
	require.Error(t, app.Start(), "it stays broken")

	app = New(Config{})
	app.Present(badPresent{})
	require.EqualError(t, app.Render(Frame{}), "engine: system engine.badPresent panicked in phase Present of tick 0: no")
}

type badInit struct{}

func (badInit) Init(*ecs.Sim) { panic("no") }
func (badInit) Update(Tick)   {}

type badPresent struct{}

func (badPresent) Present(Frame) { panic("no") }

// TestOpenQueryIsFoundInItsSystem blames the system that left a query open, not the next one to change something.
func TestOpenQueryIsFoundInItsSystem(t *testing.T) {
	app := New(Config{})
	app.World().NewEntity()
	app.Simulate(act(func(Tick) {}), &leaver{})
	require.EqualError(t, app.Step(), "engine: system *engine.leaver panicked in phase Simulate of tick 1: "+
		"ecs: a query is still open at the end of the system: a loop over it was left early; Close it there")
}

type leaver struct{ filter ecs.Filter1[body] }

type body struct{ X, V float32 }

func (l *leaver) Init(s *ecs.Sim) {
	l.filter = ecs.Query1[body](s)
	bodies := ecs.NewMap1[body](s)
	bodies.NewEntity(body{})
}

func (l *leaver) Update(Tick) {
	q := l.filter.Query()
	q.Next()
}

func TestPanicInReplayEndsTheApp(t *testing.T) {
	app := New(Config{})
	app.Receive(act(func(tick Tick) {
		if tick.Number == 2 {
			_ = app.Resimulate(1)
		}
	}))
	app.Simulate(act(func(tick Tick) {
		if tick.Replay {
			panic("no")
		}
	}))
	require.NoError(t, app.Step())
	require.EqualError(t, app.Step(), "engine: system engine.act panicked in phase Simulate of tick 1: no")
}

func TestMisuseSaysTheFix(t *testing.T) {
	require.PanicsWithValue(t, "engine: Config.TickRate is 5000: choose 1 to 1000 ticks a second, or 0 for 60",
		func() { New(Config{TickRate: 5000}) })

	app := New(Config{})
	require.NoError(t, app.Start())
	require.PanicsWithValue(t, "engine: App.Simulate after Start: add plugins and systems before the first Step",
		func() { app.Simulate(act(func(Tick) {})) })
	require.PanicsWithValue(t, "engine: App.Add after Start: add plugins and systems before the first Step",
		func() { app.Add(func(*App) {}) })

	app = New(Config{})
	app.Simulate(act(func(Tick) { _ = app.Step() }))
	require.EqualError(t, app.Step(), "engine: system engine.act panicked in phase Simulate of tick 1: "+
		"engine: App.Step from inside a tick or frame: let whoever drives the App call it")
}

// mover is a system like those of games.
type mover struct {
	bodies  ecs.Filter1[body]
	spawner *ecs.Spawner1[body]
	turns   *ecs.Events[int]
	sim     *ecs.Sim
}

func (m *mover) Init(s *ecs.Sim) {
	m.bodies, m.spawner, m.turns, m.sim = ecs.Query1[body](s), ecs.NewSpawner1[body](s), ecs.EventsOf[int](s.World()), s
}

func (m *mover) Update(t Tick) {
	r := t.Random(1, 2)
	m.spawner.Spawn(body{V: r.Range(1, 2)})
	q := m.bodies.Query()
	for q.Next() {
		b := q.Get()
		if b.X += float32(b.V * t.Dt); b.X > 1 {
			m.sim.Despawn(q.Entity())
			m.turns.Emit(int(t.Number))
		}
	}
}

func (m *mover) Present(Frame) {}

func TestStepAllocatesNothing(t *testing.T) {
	app := New(Config{})
	m := &mover{}
	app.Simulate(m)
	app.Present(m)
	app.Receive(act(func(Tick) {}))
	tick := func() {
		if app.Step() != nil || app.Render(Frame{}) != nil {
			t.Fatal("the app is broken")
		}
	}
	for range 200 {
		tick()
	}
	require.Positive(t, app.World().Len())
	require.Zero(t, testing.AllocsPerRun(1000, tick))
}
