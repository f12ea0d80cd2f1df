package engine

import (
	"context"
	"fmt"
)

// RunConfig configures [Run]. The zero value works.
type RunConfig struct {
	Clock   Clock // nil: SystemClock
	CatchUp int   // most ticks at once after a delay; 0: DefaultCatchUp
}

// Run steps an App in real time, without a screen, until the context ends or a system panics. Then it stops the App. It
// returns nil if the context ended it, for that is how one asks it to, and otherwise the error of Step.
func Run(ctx context.Context, app *App, cfg RunConfig) error {
	defer app.Stop()
	clock := cfg.Clock
	if clock == nil {
		clock = SystemClock()
	}
	if err := app.Start(); err != nil {
		return err
	}
	loop := NewLoop(app.TickRate(), cfg.CatchUp)
	dropped := uint64(0)
	for {
		for range loop.Advance(clock.Now()) {
			if err := app.Step(); err != nil {
				return err
			}
		}
		if d := loop.Stats().Dropped; d > dropped {
			app.Log().Warn("ticks dropped: the machine is too slow or was asleep", "dropped", d-dropped, "tick", app.Tick())
			dropped = d
		}
		if err := clock.WaitUntil(ctx, loop.Next()); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("engine: waiting for the next tick: %w", err)
		}
	}
}
