package channel

import "time"

// pacer spreads packets over time: credit grows at the pacing rate and a packet may leave
// while it is positive. A second credit of the same kind grows at the floor. The zero value
// has no credit at time 0.
type pacer struct {
	at          time.Duration
	credit      float64 // bytes; a packet may take it below zero
	floorCredit float64
	askedAt     time.Duration // when the budget was asked for last
	tick        time.Duration // and how often it is
}

const (
	// minBurst may always leave at once, and so may up to maxBurst if the path takes it
	// within burstTime.
	minBurst  = 2 * packetBytes
	maxBurst  = 10 * packetBytes
	burstTime = 10 * time.Millisecond
	// maxTick is the longest tick whose share may leave at once.
	maxTick = 50 * time.Millisecond
)

// asked notes that somebody wants to fill a tick.
func (p *pacer) asked(now time.Duration) {
	if d := now - p.askedAt; d > 0 {
		p.tick, p.askedAt = min(d, maxTick), now
	}
}

// refill grows the credits. Whoever polls, or asks for the budget, once a tick may send a tick's
// share at once; whoever polls all the time sends evenly.
func (p *pacer) refill(now time.Duration, rate, floor float64) {
	dt := min(now-p.at, maxTick)
	if dt <= 0 {
		return
	}
	p.at = now
	if now-p.askedAt > 4*maxTick {
		p.tick = 0
	}
	share := max(dt, p.tick).Seconds()
	burst := min(max(rate*burstTime.Seconds(), minBurst), maxBurst)
	p.credit = grow(p.credit, rate*dt.Seconds(), max(burst, rate*share))
	p.floorCredit = grow(p.floorCredit, floor*dt.Seconds(), max(minBurst, floor*share))
}

// grow adds more to credit, up to limit.
func grow(credit, more, limit float64) float64 {
	if credit < limit {
		return min(credit+more, limit)
	}
	return credit
}

func (p *pacer) spend(n float64) {
	p.credit -= n
	p.floorCredit = max(p.floorCredit-n, -minBurst)
}

// ready is when credit, growing at rate, is positive.
func (p *pacer) ready(now time.Duration, credit, rate float64) time.Duration {
	if credit > 0 {
		return now
	}
	wait := time.Duration((1 - credit) / rate * float64(time.Second))
	return max(now, p.at+wait)
}
