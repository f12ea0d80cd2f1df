package transport

import (
	"sync/atomic"
	"time"
)

// maxStep is the longest time that may pass between two calls at once.
const maxStep = 5 * time.Second

// clock turns the owner's times into ones that a clock which steps cannot hurt:
// a step back stands still instead, and a leap forward counts as maxStep, so
// that neither stops the timers nor times every connection out. The owner's
// clock minus skew is the time inside. The zero value is ready.
type clock struct {
	started bool
	outside time.Duration // the owner's last time
	skew    atomic.Int64  // read by Groups
}

// read is the time inside for the owner's time.
func (c *clock) read(now time.Duration) time.Duration {
	if !c.started {
		c.started, c.outside = true, now
	}
	step := now - c.outside
	c.outside = now
	switch {
	case step < 0:
		c.skew.Add(int64(step))
	case step > maxStep:
		c.skew.Add(int64(step - maxStep))
	}
	return c.inside(now)
}

// inside converts a time of the owner without noting it.
func (c *clock) inside(now time.Duration) time.Duration {
	return now - time.Duration(c.skew.Load())
}
