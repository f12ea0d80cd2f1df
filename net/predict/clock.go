package predict

import (
	"math"

	"github.com/tandem-engine/tandem/net/replicate"
)

const (
	// safeMargin is how early commands should arrive on a line without
	// jitter, in ticks; half a tick of it is the server's own rounding.
	safeMargin = 1.5
	// spreadMargin is how many mean deviations of arrival are added.
	spreadMargin = 2.5
	// maxSteer is how much faster or slower a client's time may run.
	maxSteer = 0.1
	// steerSeconds is the time in which an error is worked off.
	steerSeconds = 1.0
	// jumpTicks is the error that is jumped over instead.
	jumpTicks = 10
)

// Clock steers the tick of a client: far enough ahead of the server that its
// commands arrive just in time. It is a closed loop: the server says how early
// they arrive, and the client's time runs a little faster or slower.
type Clock struct {
	rate     float64 // ticks a second
	heard    uint32  // tick of the newest status
	blind    uint32  // statuses of commands before this tick are about the time before a jump
	scale    float64
	off      float64 // newest error in ticks, positive: too early
	pipeline pipeline
}

// NewClock makes a clock for a tick rate.
func NewClock(rate int) *Clock { return &Clock{rate: float64(rate), scale: 1} }

// Steer takes the newest status and returns the time scale to run at, and a
// number of ticks to jump, usually 0. tick is the client's newest tick, rtt
// the round trip in seconds.
func (c *Clock) Steer(tick uint32, s replicate.Status, statusTick uint32, rtt float64) (scale float64, jump int) {
	c.pipeline.ran(c.scale-1, rtt*c.rate+marginSamples)
	if statusTick == c.heard || s.Command == 0 || s.Command < c.blind {
		return c.scale, 0
	}
	c.heard = statusTick
	target := safeMargin + spreadMargin*float64(s.Spread)/256
	c.off = float64(s.Margin)/256 - target
	if math.Abs(c.off) > jumpTicks {
		jump = -int(math.Round(c.off))
		c.blind = uint32(max(int64(tick)+int64(jump), 1))
		c.scale = 1
		c.pipeline = pipeline{}
		return c.scale, jump
	}
	// What was steered within the last round trip has not reached the margin.
	left := c.off + c.pipeline.sum
	c.scale = 1 - min(max(left/(c.rate*steerSeconds), -maxSteer), maxSteer)
	return c.scale, 0
}

// Error is how much too early commands arrive, in ticks.
func (c *Clock) Error() float64 { return c.off }

// pipeline sums the ticks gained by steering within the last round trip.
type pipeline struct {
	gained [256]float64 // a tick
	at     int
	sum    float64
}

// ran notes one tick that ran at a scale of 1+gain, and forgets what is older
// than window ticks.
func (p *pipeline) ran(gain, window float64) {
	n := min(max(int(window), 1), len(p.gained)-1)
	p.at = (p.at + 1) % len(p.gained)
	p.gained[p.at] = gain
	p.sum = 0
	for i := range n {
		p.sum += p.gained[(p.at-i+len(p.gained))%len(p.gained)]
	}
}
