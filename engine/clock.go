package engine

import (
	"context"
	"time"
)

// Clock is where a driver takes its time from. Times are durations since an origin of the clock's own and never go
// backwards.
type Clock interface {
	// Now returns the time.
	Now() time.Duration
	// WaitUntil returns nil at time t, or the context's error as soon as the context ends.
	WaitUntil(ctx context.Context, t time.Duration) error
}

// SystemClock returns a clock that starts at zero now and follows the machine's monotonic clock. It belongs to one
// goroutine.
func SystemClock() Clock { return &systemClock{start: time.Now()} }

type systemClock struct {
	start time.Time
	timer *time.Timer
}

func (c *systemClock) Now() time.Duration { return time.Since(c.start) }

func (c *systemClock) WaitUntil(ctx context.Context, t time.Duration) error {
	wait := t - c.Now()
	if wait <= 0 {
		return ctx.Err()
	}
	if c.timer == nil {
		c.timer = time.NewTimer(wait)
	} else {
		c.timer.Reset(wait)
	}
	select {
	case <-ctx.Done():
		c.timer.Stop()
		return ctx.Err()
	case <-c.timer.C:
		return nil
	}
}

// ManualClock is a clock that moves only when told to, and by being waited for: WaitUntil jumps to the time at once, so
// that a program runs as fast as it can. The zero value stands at zero.
type ManualClock struct{ now time.Duration }

// Now returns the time.
func (c *ManualClock) Now() time.Duration { return c.now }

// Advance moves the clock forward by d; a negative d does nothing.
func (c *ManualClock) Advance(d time.Duration) { c.now += max(d, 0) }

// WaitUntil moves the clock to t, unless it is past that or the context has ended.
func (c *ManualClock) WaitUntil(ctx context.Context, t time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.now = max(c.now, t)
	return nil
}
