package predict

import (
	"math"

	"github.com/tandem-engine/tandem/net/replicate"
)

const (
	// safeMargin is how early commands should arrive on a line without
	// jitter, in ticks: one for the server's own rounding to whole ticks, half
	// a one for the client's.
	safeMargin = 1.5
	// spreadMargin is how many mean deviations of arrival are added.
	spreadMargin = 3
	// maxSteer is how much faster or slower a client's time may run.
	maxSteer = 0.1
	// steerSeconds is the time in which an error is worked off.
	steerSeconds = 0.5
	// jumpTicks is the error that is jumped over instead.
	jumpTicks = 10
	// marginSamples is over how many statuses the margin is smoothed.
	marginSamples = 16
	// oddSamples is how many samples that are far off begin a new estimate.
	oddSamples = 3
	// shiftTicks is for how many ticks the clock remembers its own steering.
	shiftTicks = 512
)

// Clock steers the tick of a client: far enough ahead of the server that its
// commands arrive just in time. The server says how early the newest command
// arrived, and the client's time runs a little faster or slower.
//
// What the server says is about a command of a round trip ago, and the client
// has steered since. So the clock remembers by how much it had shifted its time
// when it sent each command, and smooths the margin less that shift: a number
// that depends on the line alone. The loop cannot oscillate, however long the
// line is.
type Clock struct {
	rate    float64 // ticks a second
	shift   float64 // ticks gained by all steering so far
	shifts  [shiftTicks]float64
	delay   uint32 // ticks from giving a command to its own tick
	heard   uint32 // newest command that the server has spoken of
	base    float64
	spread  float64
	samples int
	odd     int // samples in a row that were far off
	off     float64
}

// NewClock makes a clock for a tick rate.
func NewClock(rate int) *Clock { return &Clock{rate: float64(rate)} }

// Steer is called before each tick of the client, next. It takes the newest
// status and returns the time scale to run at, and a number of ticks to jump
// first, usually 0: the tick to run is then next+jump.
func (c *Clock) Steer(next uint32, s replicate.Status) (scale float64, jump int) {
	newest := next + c.delay // the command that goes out with the tick
	if s.Command > c.heard && newest-s.Command < shiftTicks {
		c.heard = s.Command
		c.sample(float64(s.Margin)/256 - c.shifts[s.Command%shiftTicks])
	}
	scale = 1
	if c.samples > 0 {
		c.off = c.base + c.shift - c.target()
		if math.Abs(c.off) > jumpTicks {
			jump = -int(math.Round(c.off))
			jump = max(jump, 1-int(next))
			// The ticks that a jump back repeats have been sent: what the
			// server says of those is about the time before the jump.
			c.heard = max(c.heard, newest-1)
		} else {
			scale -= min(max(c.off/(c.rate*steerSeconds), -maxSteer), maxSteer)
		}
	}
	c.shift += 1 - 1/scale + float64(jump)
	c.shifts[uint32(int64(newest)+int64(jump))%shiftTicks] = c.shift
	return scale, jump
}

// SetDelay tells the clock for how many ticks later commands are given. The
// client's tick may be as much later, for them to arrive as early as before.
func (c *Clock) SetDelay(ticks int) {
	c.shift += float64(ticks) - float64(c.delay)
	c.delay = uint32(ticks)
}

// Margin is how early commands should arrive, in ticks.
func (c *Clock) Margin() float64 { return c.target() }

// Lost tells the clock of ticks that the client's loop has dropped, because the
// machine was too slow: its time has fallen back by as many.
func (c *Clock) Lost(ticks int) { c.shift -= float64(ticks) }

// Behind tells the clock that the server is further than the client's next
// tick: only a jump helps, by that much and the way to the server. It returns
// the ticks to jump. What the clock believed of the line is wrong then.
func (c *Clock) Behind(next, server uint32, rtt float64) int {
	jump := int(server-next) + int(rtt*c.rate) + startLead - int(c.delay)
	c.shift += float64(jump)
	c.heard, c.samples, c.odd = next+c.delay-1, 0, 0
	return jump
}

// startLead is how many ticks beyond the round trip a client starts ahead.
const startLead = 3

// Start is the tick at which a client begins that heard the server's tick
// after half a round trip of rtt seconds.
func (c *Clock) Start(server uint32, rtt float64) uint32 {
	return uint32(max(int64(server)+int64(rtt*c.rate)+startLead-int64(c.delay), 0))
}

// target is how early commands should arrive, in ticks.
func (c *Clock) target() float64 { return safeMargin + spreadMargin*c.spread }

// sample smooths the margin without the clock's own part in it. Several samples
// in a row that are far off mean that one of the machines or the line has
// changed for good: the clock starts over from there.
func (c *Clock) sample(base float64) {
	if math.Abs(base-c.base) > jumpTicks+spreadMargin*c.spread {
		c.odd++
	} else {
		c.odd = 0
	}
	if c.odd >= oddSamples {
		c.samples, c.odd = 0, 0
	}
	c.samples++
	gain := max(1/float64(c.samples), 1.0/marginSamples)
	d := base - c.base
	if c.samples == 1 {
		c.base, d = base, 0
	}
	c.base += gain * d
	c.spread += gain * (math.Abs(d) - c.spread)
}

// Error is how much too early commands arrive, in ticks.
func (c *Clock) Error() float64 { return c.off }
