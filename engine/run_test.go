package engine

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	clock := &ManualClock{}
	app := New(Config{TickRate: 50})
	app.Simulate(act(func(tick Tick) {
		require.Equal(t, time.Duration(tick.Number)*20*time.Millisecond, clock.Now(), "each tick runs when it is due")
		if tick.Number == 500 {
			cancel()
		}
	}))
	var stops []string
	app.OnStop(func() { stops = append(stops, "first added") })
	app.OnStop(func() { stops = append(stops, "last added") })
	require.NoError(t, Run(ctx, app, RunConfig{Clock: clock}))
	require.Equal(t, uint32(500), app.Tick())
	require.Equal(t, []string{"last added", "first added"}, stops)
	app.Stop()
	require.Len(t, stops, 2, "stopping again does nothing")
	require.ErrorIs(t, app.Step(), ErrStopped)
}

func TestRunReturnsPanics(t *testing.T) {
	app := New(Config{})
	stopped := false
	app.OnStop(func() { stopped = true })
	app.Simulate(act(func(Tick) { panic("no") }))
	var p *SystemPanic
	require.ErrorAs(t, Run(t.Context(), app, RunConfig{Clock: &ManualClock{}}), &p)
	require.True(t, stopped)
}

func TestRunReturnsTheClocksError(t *testing.T) {
	broken := errors.New("no clock")
	err := Run(t.Context(), New(Config{}), RunConfig{Clock: brokenClock{broken}})
	require.ErrorIs(t, err, broken)
	require.EqualError(t, err, "engine: waiting for the next tick: no clock")
}

type brokenClock struct{ err error }

func (brokenClock) Now() time.Duration                               { return 0 }
func (c brokenClock) WaitUntil(context.Context, time.Duration) error { return c.err }

// TestRunLogsLatenessOnce gives an app a machine that sleeps through ticks, and finds one line for all of it.
func TestRunLogsLatenessOnce(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var text bytes.Buffer
	clock := &ManualClock{}
	app := New(Config{TickRate: 10, Log: slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))})
	app.Simulate(act(func(tick Tick) {
		switch {
		case tick.Number <= 3:
			clock.Advance(time.Second) // loses ten ticks, of which five are made up for
		case tick.Number == 100:
			cancel()
		}
	}))
	require.NoError(t, Run(ctx, app, RunConfig{Clock: clock}))
	require.Equal(t, "level=WARN msg=\"dropping ticks: the machine was asleep or is too slow\" tick=6\n"+
		"level=INFO msg=\"on time again\" tick=61 dropped=20\n", text.String())
}

func TestSystemClock(t *testing.T) {
	clock := SystemClock()
	start := clock.Now()
	require.NoError(t, clock.WaitUntil(t.Context(), start+2*time.Millisecond))
	require.NoError(t, clock.WaitUntil(t.Context(), start+4*time.Millisecond))
	require.GreaterOrEqual(t, clock.Now(), start+4*time.Millisecond)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, clock.WaitUntil(ctx, start+time.Hour), context.Canceled)
	require.ErrorIs(t, clock.WaitUntil(ctx, 0), context.Canceled)
}

func TestManualClock(t *testing.T) {
	var clock ManualClock
	clock.Advance(5)
	clock.Advance(-3)
	require.Equal(t, time.Duration(5), clock.Now())
	require.NoError(t, clock.WaitUntil(t.Context(), 9))
	require.NoError(t, clock.WaitUntil(t.Context(), 2))
	require.Equal(t, time.Duration(9), clock.Now(), "it never goes back")
}
