package predict

import (
	"math"
	"time"
)

// Delay says how the time is covered that a command takes to the server and its
// effect back: by letting it take effect later here too, which costs the player
// responsiveness but is never wrong, or by predicting. The zero value predicts
// all of it, as most games do.
//
//	predict.Delay{First: 50 * time.Millisecond}                 // no prediction at all on a good line
//	predict.Delay{Predict: 150 * time.Millisecond}              // on a bad line delay rather than predict more
//	predict.Delay{Predict: predict.Nothing}                     // lockstep: a command is shown once the server has it
//
// It follows the line: the round trip and, beyond it, how early commands must
// arrive to be in time.
type Delay struct {
	First   time.Duration // covered by delay before anything is predicted
	Predict time.Duration // predicted at most; what is beyond is delay again. 0: no limit
}

// Nothing is the Predict of a [Delay] that predicts nothing.
const Nothing = time.Duration(-1)

// mostDelay bounds the delay, in ticks: a command must lie in the server's
// window.
const mostDelay = 100

// Delayer decides, tick after tick, by how many ticks commands are delayed. It
// changes the delay one tick at a time, and not for what is only noise.
type Delayer struct {
	rate    float64
	first   float64 // ticks
	predict float64
	now     int
	changed uint32 // tick
	started bool
}

// NewDelayer makes one for a tick rate.
func NewDelayer(d Delay, rate int) *Delayer {
	ticks := func(t time.Duration) float64 { return max(t, 0).Seconds() * float64(rate) }
	x := &Delayer{rate: float64(rate), first: ticks(d.First), predict: ticks(d.Predict)}
	if d.Predict == 0 {
		x.predict = math.Inf(1)
	}
	return x
}

// changesPerSecond bounds how fast the delay follows the line, in ticks.
const changesPerSecond = 8

// delayBand is how far the wish may be from the middle of the present tick
// before the delay changes, in ticks.
const delayBand = 1

// Next is the delay of the tick that is about to run. rtt is that of the line in
// seconds, margin how early commands should arrive, in ticks.
func (d *Delayer) Next(tick uint32, rtt, margin float64) int {
	wish := d.wish(rtt*d.rate + margin)
	if !d.started {
		d.now, d.changed, d.started = int(wish), tick, true
		return d.now
	}
	off := wish - float64(d.now) - 0.5
	if math.Abs(off) > delayBand && float64(tick-d.changed) >= d.rate/changesPerSecond && !(off < 0 && d.now == 0) {
		d.changed = tick
		if off > 0 {
			d.now++
		} else {
			d.now--
		}
	}
	return d.now
}

// wish is the delay for a span of ticks between giving a command and knowing what
// came of it.
func (d *Delayer) wish(span float64) float64 {
	wish := min(span, d.first)
	if rest := span - wish; rest > d.predict {
		wish += rest - d.predict
	}
	return min(wish, mostDelay)
}
