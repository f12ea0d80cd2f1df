package engine

import (
	"fmt"
	"math"
	"math/bits"
	"time"
)

// Loop turns the passing of time into ticks of fixed length ("Fix Your Timestep!", Glenn Fiedler, 2004). It counts in
// whole numbers, so it neither gains nor loses a tick in years.
type Loop struct {
	rate    uint64
	catchUp uint64
	scale   uint64 // speed of game time, in 1/scaleOne
	started bool
	last    time.Duration
	debt    uint64 // game time that has passed and was not yet given out as ticks, in 1/(rate·scaleOne) nanoseconds
	stats   LoopStats
}

// scaleOne is the time scale 1 in the loop's fixed point numbers.
const scaleOne = 1 << 16

// tickDebt is the debt that buys one tick: a second of game time holds rate of them.
const tickDebt = uint64(time.Second) * scaleOne

// DefaultCatchUp is the number of ticks that one Advance gives out at most if [NewLoop] is told 0.
const DefaultCatchUp = 5

// LoopStats says how well a loop kept up.
type LoopStats struct {
	Ticks    uint64        // given out
	Dropped  uint64        // lost, because more were due at once than catch-up allows
	Drift    time.Duration // how late the last tick was given out, in real time
	DriftMax time.Duration // the worst Drift
	Scale    float64       // speed of game time
}

// NewLoop makes a loop of rate ticks a second, which gives out at most maxCatchUp of them at once; 0 means
// [DefaultCatchUp].
func NewLoop(rate, maxCatchUp int) *Loop {
	if rate < 1 || rate > MaxTickRate {
		panic(fmt.Sprintf("engine: NewLoop with %d ticks a second: choose 1 to %d", rate, MaxTickRate))
	}
	if maxCatchUp < 0 {
		panic(fmt.Sprintf("engine: NewLoop with a catch-up of %d ticks: choose 1 or more, or 0 for %d",
			maxCatchUp, DefaultCatchUp))
	}
	if maxCatchUp == 0 {
		maxCatchUp = DefaultCatchUp
	}
	return &Loop{rate: uint64(rate), catchUp: uint64(maxCatchUp), scale: scaleOne}
}

// Advance returns the number of ticks to run now. The first call starts the clock and returns 0. Time that does not
// move, or moves backwards, gives none.
func (l *Loop) Advance(now time.Duration) int {
	if !l.started {
		l.started, l.last = true, now
	}
	if now <= l.last {
		return 0
	}
	// 128 bits: hours in nanoseconds × rate × scale do not fit into 64.
	speed := l.rate * l.scale
	high, low := bits.Mul64(uint64(now-l.last), speed)
	low, carry := bits.Add64(low, l.debt, 0)
	due, debt := bits.Div64(high+carry, low, tickDebt)
	l.last, l.debt = now, debt
	if due == 0 {
		return 0
	}
	l.stats.Drift = time.Duration(debt / speed)
	l.stats.DriftMax = max(l.stats.DriftMax, l.stats.Drift)
	run := min(due, l.catchUp)
	l.stats.Ticks += run
	l.stats.Dropped += due - run
	return int(run)
}

// MaxScale is the highest speed of game time.
const MaxScale = 64

// SetScale sets the speed of game time against real time, from the last Advance on: 1 is real time, 0 stands still. It
// is kept to 1/65536.
func (l *Loop) SetScale(s float64) {
	if !(s >= 0 && s <= MaxScale) {
		panic(fmt.Sprintf("engine: Loop.SetScale(%v): choose 0 to %d", s, MaxScale))
	}
	l.scale = uint64(math.Round(s * scaleOne))
}

// Alpha returns where the time of the last Advance lies between the last tick (0) and the next (1).
func (l *Loop) Alpha() float32 { return float32(float64(l.debt) / float64(tickDebt)) }

// Next returns when the next tick is due. It is far away if time stands still, and zero before the first Advance.
func (l *Loop) Next() time.Duration {
	if !l.started {
		return 0
	}
	speed := l.rate * l.scale
	if speed == 0 {
		return 1<<63 - 1
	}
	return l.last + time.Duration((tickDebt-l.debt+speed-1)/speed)
}

// Stats returns how well the loop kept up.
func (l *Loop) Stats() LoopStats {
	s := l.stats
	s.Scale = float64(l.scale) / scaleOne
	return s
}
