package predict

import (
	"math"

	"github.com/tandem-engine/tandem/net/replicate"
)

const (
	// spare is how early the latest commands should arrive, in ticks.
	spare = 0.25
	// maxSteer is how much faster or slower a client's time may run.
	maxSteer = 0.1
	// steerSeconds is the time in which an error is worked off.
	steerSeconds = 0.5
	// jumpTicks is the error that is jumped over instead, if the earliest commands
	// have it too.
	jumpTicks = 10
	// frameSamples is of how many frames the longest but one counts.
	frameSamples = 64
	// lineSamples is how many statuses say what the line is like: some seconds of
	// them.
	lineSamples = 128
	// enoughSamples is from how many on the worst is taken for an accident: a
	// command in two hundred may be late.
	enoughSamples = 64
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
// when it sent each command, and looks at the margin less that shift: a number
// that depends on the line alone. The loop cannot oscillate, however long the
// line is. A tick is run, and its command sent, at the end of the frame in which
// it falls due; by how much that is late is no part of the line either. Of these
// numbers the clock keeps some seconds', and steers so that of the commands, some
// of them late by jitter or because they were lost and sent again, all but one in
// some hundreds come in time.
type Clock struct {
	rate   float64 // ticks a second
	shift  float64 // ticks gained by all steering so far
	shifts [shiftTicks]float64
	delay  uint32  // ticks from giving a command to its own tick
	sent   uint32  // newest command that was given
	heard  uint32  // newest command that the server has spoken of
	mixed  bool    // what it says next is of commands from before a jump, too
	line   window  // margins less the shift
	latest float64 // of line, but for an accident
	best   float64 // the greatest of line
	odd    int     // samples in a row that were far off
	off    float64

	frames window  // length of frames, in ticks
	frame  float64 // what a frame takes, in ticks
}

// NewClock makes a clock for a tick rate.
func NewClock(rate int) *Clock {
	return &Clock{rate: float64(rate), line: newWindow(lineSamples), frames: newWindow(frameSamples)}
}

// Frame tells the clock of a frame of the client, which took so many ticks. What
// is due in a frame is run, and sent, at its end.
func (c *Clock) Frame(ticks float64) {
	c.frames.add(ticks)
	c.frame = max(c.frames.greatest[1], 0)
}

// Steer is called before each tick of the client, next, which is run so many
// ticks after it was due. It takes the newest status and returns the time scale
// to run at, and a number of ticks to jump first, usually 0: the tick to run is
// then next+jump.
func (c *Clock) Steer(next uint32, late float64, s replicate.Status) (scale float64, jump int) {
	newest := next + c.delay // the command that goes out with the tick
	if s.Command > c.heard && newest-s.Command < shiftTicks {
		if !c.mixed {
			c.sample(float64(s.Margin)/256 - c.least(s.Command))
		}
		c.heard, c.mixed = s.Command, false
	}
	scale = 1
	if c.line.added > 0 {
		c.off = c.latest + c.shift - spare - c.frame
		if c.off > jumpTicks || c.off+c.best-c.latest < -jumpTicks {
			jump = -int(math.Round(c.off))
			jump = max(jump, 1-int(next))
			// The ticks that a jump back repeats have been sent: what the
			// server says of those is about the time before the jump.
			c.heard, c.mixed = max(c.heard, newest-1), true
		} else {
			scale -= min(max(c.steer(), -maxSteer), maxSteer)
		}
	}
	c.shift += 1 - 1/scale + float64(jump)
	c.sent = uint32(int64(newest) + int64(jump))
	c.shifts[c.sent%shiftTicks] = c.shift - late
	return scale, jump
}

// steer is the change of speed that works the error off. Who is late hurries more
// than who is early waits.
func (c *Clock) steer() float64 {
	if c.off < 0 {
		return 2 * c.off / (c.rate * steerSeconds)
	}
	return c.off / (c.rate * steerSeconds)
}

// SetDelay tells the clock for how many ticks later commands are given. The
// client's tick may be as much later, for them to arrive as early as before.
func (c *Clock) SetDelay(ticks int) {
	if uint32(ticks) == c.delay {
		return
	}
	c.shift += float64(ticks) - float64(c.delay)
	c.delay = uint32(ticks)
	c.heard, c.mixed = max(c.heard, c.sent), true
}

// Margin is how early the commands should arrive that are not held up on their
// way, in ticks.
func (c *Clock) Margin() float64 {
	if c.line.added == 0 {
		return spare + c.frame
	}
	return spare + c.frame + c.best - c.latest
}

// least is the smallest shift of the commands that a status is about: of those
// since the last, whichever came latest. At most some that a long frame sends.
func (c *Clock) least(newest uint32) float64 {
	least := c.shifts[newest%shiftTicks]
	for n := newest - min(newest-c.heard, mostAtOnce) + 1; n < newest; n++ {
		least = min(least, c.shifts[n%shiftTicks])
	}
	return least
}

// mostAtOnce is how many commands a status is about at most, as far as the clock
// cares.
const mostAtOnce = 16

// Lost tells the clock of ticks that the client's loop has dropped, because the
// machine was too slow: its time has fallen back by as many.
func (c *Clock) Lost(ticks int) { c.shift -= float64(ticks) }

// Behind tells the clock that the server is further than the client's next
// tick: only a jump helps, by that much and the way to the server. It returns
// the ticks to jump. What the clock believed of the line is wrong then.
func (c *Clock) Behind(next, server uint32, rtt float64) int {
	jump := int(server-next) + int(rtt*c.rate) + startLead - int(c.delay)
	c.shift += float64(jump)
	c.heard, c.mixed, c.odd = next+c.delay-1, true, 0
	c.line.clear()
	return jump
}

// startLead is how many ticks beyond the round trip a client starts ahead.
const startLead = 3

// Start is the tick at which a client begins that heard the server's tick
// after half a round trip of rtt seconds.
func (c *Clock) Start(server uint32, rtt float64) uint32 {
	return uint32(max(int64(server)+int64(rtt*c.rate)+startLead-int64(c.delay), 0))
}

// sample takes a margin without the clock's own part in it. Several in a row that
// are far from all others mean that one of the machines or the line has changed
// for good: the clock starts over from there.
func (c *Clock) sample(base float64) {
	known := c.line.added > 0
	if known && base > c.line.least[0]-jumpTicks && base < c.line.greatest[0]+jumpTicks {
		c.odd = 0
	} else if c.odd++; c.odd >= oddSamples {
		c.line.clear()
		c.odd = 0
	}
	c.line.add(base)
	c.best, c.latest = c.line.greatest[0], c.line.least[0]
	if c.line.added >= enoughSamples {
		c.latest = c.line.least[1]
	}
}

// Error is how much too early the latest commands arrive, in ticks; below 0 too
// late.
func (c *Clock) Error() float64 { return c.off }
