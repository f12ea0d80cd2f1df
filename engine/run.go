package engine

import (
	"context"
	"fmt"
	"time"
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
	loop := NewLoop(app.TickRate(), cfg.CatchUp)
	late := lateness{app: app}
	for ctx.Err() == nil {
		now := clock.Now()
		for range loop.Advance(now) {
			if err := app.Step(); err != nil {
				return err
			}
		}
		late.watch(now, loop.Stats().Dropped)
		if err := clock.WaitUntil(ctx, loop.Next()); err != nil && ctx.Err() == nil {
			return fmt.Errorf("engine: waiting for the next tick: %w", err)
		}
	}
	return nil
}

// lateness logs when a loop begins to drop ticks, and when it has dropped none for a while.
type lateness struct {
	app     *App
	late    bool
	since   time.Duration // of the last drop
	before  uint64        // drops when it was last on time
	dropped uint64
}

// onTimeAgain is how long no tick may be dropped for a loop to count as on time.
const onTimeAgain = 5 * time.Second

func (l *lateness) watch(now time.Duration, dropped uint64) {
	log := l.app.Log()
	switch {
	case dropped > l.dropped:
		if !l.late {
			log.Warn("dropping ticks: the machine was asleep or is too slow", "tick", l.app.Tick())
		}
		l.late, l.since, l.dropped = true, now, dropped
	case l.late && now-l.since >= onTimeAgain:
		log.Info("on time again", "tick", l.app.Tick(), "dropped", dropped-l.before)
		l.late, l.before = false, dropped
	}
}
