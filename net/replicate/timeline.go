package replicate

import (
	"math"
	"time"
)

// timeline decides which moment of the server's past a client shows. It
// learns from the arrival of snapshots how old the newest state usually is,
// stays far enough behind that the next one is there when it is needed, and
// corrects itself by playing a little faster or slower.
type timeline struct {
	rate     float64 // ticks a second
	interval float64 // ticks between snapshots
	now      time.Duration
	part     uint32 // ticks from a snapshot's own message to its values, see ServerConfig.Spread
	newest   uint32 // snapshot whose values are here, or are not to come
	sampled  uint32 // snapshot whose arrival was taken into account last
	heardAny bool
	offset   float64 // smoothed: tick of arriving snapshots minus now in ticks, when their values come
	spread   float64 // smoothed distance from offset
	exact    float64 // the moment to show, in ticks
	playhead float64 // and as it is shown: whole steps, which is what the server is told
	running  bool
}

const (
	// offsetGain smooths over some ten snapshots.
	offsetGain = 0.1
	// playbackRange is how much faster or slower playback may go.
	playbackRange = 0.04
	// deadBand is the error, in snapshot intervals, that is left alone.
	deadBand = 0.25
	// spreadFactor is how many mean deviations of arrival the delay covers: 3
	// are 2.4 standard deviations of a normal distribution.
	spreadFactor = 3
)

func newTimeline(rate int, interval uint32) timeline {
	return timeline{rate: float64(max(rate, 1)), interval: float64(max(interval, 1))}
}

// heard notes that a message of the snapshot of tick has arrived now: values, or
// another, which values follow part ticks later if there are any.
func (t *timeline) heard(tick uint32, values bool) {
	if values || t.part == 0 {
		t.newest = max(t.newest, tick)
	} else {
		t.newest = max(t.newest, tick-min(tick, uint32(t.interval)))
	}
	if t.heardAny && tick <= t.sampled {
		return
	}
	o := float64(tick) - t.ticks(t.now)
	if !values {
		o -= float64(t.part)
	}
	if !t.heardAny || math.Abs(o-t.offset) > t.rate { // a second off: the server or we stood still
		t.offset, t.spread = o, 0
	}
	t.spread += offsetGain * (math.Abs(o-t.offset) - t.spread)
	t.offset += offsetGain * (o - t.offset)
	t.sampled, t.heardAny = tick, true
}

func (t *timeline) ticks(d time.Duration) float64 { return d.Seconds() * t.rate }

// delay is how far behind the newest snapshot playback stays, in ticks.
func (t *timeline) delay() float64 {
	return max(2*t.interval, t.interval+spreadFactor*t.spread)
}

// advance moves the playhead to the moment to show at now.
func (t *timeline) advance(now time.Duration) {
	passed := t.ticks(now - t.now)
	t.now = now
	if !t.heardAny {
		return
	}
	want := t.ticks(now) + t.offset - t.delay()
	behind := want - t.exact - passed
	if !t.running || math.Abs(behind) > t.rate/2 {
		t.exact, t.running = want, true
	} else {
		speed := 1.0
		if math.Abs(behind) > deadBand*t.interval {
			speed += min(max(behind/t.rate, -playbackRange), playbackRange)
		}
		t.exact += passed * speed
	}
	t.playhead = math.Floor(t.exact*playheadSteps) / playheadSteps
}

// playheadSteps is how finely a playhead moves, in steps a tick. Commands tell
// the server of it with as many, so that both sides mean the same moment.
const playheadSteps = 256
