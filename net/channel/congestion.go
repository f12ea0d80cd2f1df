package channel

import (
	"math"
	"time"
)

// congestion decides how fast to send. Like BBR (Cardwell et al., "BBR: Congestion-Based
// Congestion Control", ACM Queue 2016) it keeps a model of the path, the bottleneck's rate
// and the round-trip time without a queue, and sends at that rate; loss alone does not
// change it. Unlike BBR it watches the queue that it causes:
//
//	startup --- rate grows no more, or a queue, or loss ---> drain
//	drain   --- queue gone, or not ours ---> cruise: rate x 0.75, x 0.4 while the queue is large
//	cruise:  rate x 1, now and then x 1.2 for a round trip (again and more, if that found
//	         more) and then x 0.75 until what it added has drained; a standing queue: x 0.75
//	         at once, and 0.9 of the rate afterwards
//	settle:  every 10 s without a new lowest RTT, half the window for a moment, to see it
//
// How long a queue is tolerated falls with the rate, so that of flows that share a path the
// largest yields first: they come to equal rates. A queue that stays for eight round trips
// in which this flow drained is not this flow's, and not yielded to.
//
// Loss is a signal only when it is significantly above 5 %: the model then forgets what it
// measured before this round trip. Whatever the model says, the floor may be sent.
type congestion struct {
	floor, ceiling float64 // bytes a second
	delivery       delivery
	pacer          pacer

	state   ccState
	since   time.Duration // when the state began
	probeAt time.Duration // when to try a higher rate
	// probedFrom is the rate when a higher one was tried last: if it has grown since,
	// there may be yet more.
	probedFrom float64
	probeGain  float64 // and how much higher to try next time

	recent [rateRounds]float64 // highest delivery rate of the last round trips
	slot   int
	best   float64 // the highest of them
	grown  float64 // best when it last grew by a quarter
	flat   int     // round trips since then
	filled bool    // the path was filled for a round trip

	minRTT time.Duration // without a queue
	minAt  time.Duration // when it was seen
	noise  time.Duration // what the RTT is above minRTT with nothing of ours queued
	jitter time.Duration // what the mean RTT of a round trip is above its least, when the rate is steady
	queue  time.Duration // what the RTT was above minRTT and noise in the last round trip

	crowded   int           // round trips in a row with a standing queue
	relieved  int           // how many they were when the queue went
	yielding  bool          // it was there without a higher rate having been tried
	drainMost time.Duration // the largest while draining, without that of the first round trip
	drainFrom time.Duration // the queue when draining began, or got half as long as before

	round     roundTrip
	acks      int // packets acknowledged and lost since loss was judged
	losses    int
	backedOff uint8 // how many times in a row trying a higher rate led to loss
}

// roundTrip is what is seen within one round trip.
type roundTrip struct {
	end     uint64 // ends when a packet sent after this many bytes were delivered arrives
	started time.Duration
	minRTT  time.Duration
	sumRTT  time.Duration
	samples int     // of the RTT
	rate    float64 // highest delivery rate
	limited bool    // some of it for want of anything to send
	load    int     // most bytes in flight
}

type ccState uint8

const (
	ccStartup ccState = iota
	ccDrain
	ccCruise
	ccProbe
	ccSettle
)

const (
	initialPackets = 32
	minPackets     = 4
	packetBytes    = 1200
	rateRounds     = 8
	minRTTLife     = 10 * time.Second
	settleTime     = 60 * time.Millisecond
	// ackSlack is how late an acknowledgement may come for reasons that are not the
	// path's: held back, or either side polled once a tick.
	ackSlack = 50 * time.Millisecond

	probeEvery    = 8 // round trips
	minProbeEvery = 80 * time.Millisecond
	minProbe      = 1.2
	maxProbe      = 1.5 // while each probe finds more

	// A flow of scaleRate bytes a second tolerates a queue of scaleQueue.
	scaleRate  = 1e6
	scaleQueue = 8 * time.Millisecond
	minQueue   = 4 * time.Millisecond
	maxQueue   = 16 * time.Millisecond
	// yield is what a flow keeps of its rate when there was a queue that it did not ask
	// for, for at least yieldAfter round trips: jitter alone rarely lasts that long.
	yield      = 0.9
	yieldAfter = 2
	// stubborn is how many round trips a queue may last while draining. After that it
	// is taken for somebody else's, or for no queue at all.
	stubborn = 8
	// Shares by which estimates follow what is seen.
	noiseLife  = 16
	jitterDown = 2
	jitterUp   = 16

	// noiseLoss is the share of packets whose loss is no signal.
	noiseLoss  = 0.05
	lossSample = 256 // packets before loss is judged, or a quarter in startup
)

func (c *congestion) init(floor, ceiling int) {
	c.floor, c.ceiling = float64(floor), math.Inf(1)
	c.pacer.credit, c.pacer.floorCredit = maxBurst, minBurst
	if ceiling > 0 {
		c.ceiling = float64(ceiling)
	}
}

// restart forgets the path; what the owner configured, and how often it polls, stays.
func (c *congestion) restart(now time.Duration) {
	pacer := c.pacer
	pacer.at, pacer.credit = now, maxBurst
	*c = congestion{floor: c.floor, ceiling: c.ceiling, pacer: pacer}
}

// gain is the factor on the estimated rate.
func (c *congestion) gain() float64 {
	switch c.state {
	case ccStartup:
		return 2.77
	case ccDrain:
		if c.queue > 2*c.tooLong() { // what startup leaves behind
			return 0.4
		}
		return 0.75
	case ccSettle:
		return 0.75
	case ccProbe:
		return c.probeGain
	}
	return 1
}

// estimate is the rate of the path in bytes a second. Before it was ever filled, what was
// measured says only how little there was to send: then it is a guess.
func (c *congestion) estimate() float64 {
	if c.filled {
		return c.best
	}
	return max(c.best, initialPackets*packetBytes/max(c.minRTT, 10*time.Millisecond, c.guess()).Seconds())
}

// guess is the RTT before there is a sample.
func (c *congestion) guess() time.Duration {
	if c.minRTT == 0 {
		return initialRTT
	}
	return 0
}

// pacingRate is how many bytes a second are sent at most.
func (c *congestion) pacingRate() float64 {
	return min(max(c.estimate()*c.gain(), c.floor), c.ceiling)
}

// bdp is what is in flight at the estimated rate without a queue, in bytes.
func (c *congestion) bdp() float64 { return c.estimate() * c.minRTT.Seconds() }

// window is how many bytes may be in flight.
func (c *congestion) window() int {
	if c.minRTT == 0 {
		return initialPackets * packetBytes
	}
	slack := c.estimate() * ackSlack.Seconds()
	least := max(minPackets*packetBytes, c.floor*(c.minRTT+ackSlack).Seconds())
	if c.state == ccSettle {
		return int(max(c.bdp()/2, least))
	}
	w := 2*c.bdp() + slack + minPackets*packetBytes
	if c.state == ccStartup {
		w = max(w, initialPackets*packetBytes)
	}
	return int(max(w, least))
}

// refill grows the credit for what may leave now. It is called at every poll, so that the credit
// after a pause is that of a tick and not of the pause.
func (c *congestion) refill(now time.Duration) { c.pacer.refill(now, c.pacingRate(), c.floor) }

// maySend reports whether a packet may leave, by the window and the pace.
func (c *congestion) maySend(inFlight int) bool {
	return inFlight < c.window() && c.pacer.credit > 0
}

// mayFloor reports whether a packet may leave because the floor has not been reached.
func (c *congestion) mayFloor() bool { return c.pacer.floorCredit > 0 }

// nextSend is when maySend will be true, if no acknowledgement comes first; floor: or
// mayFloor.
func (c *congestion) nextSend(now time.Duration, inFlight int, floor bool) time.Duration {
	t := Never
	if inFlight < c.window() {
		t = c.pacer.ready(now, c.pacer.credit, c.pacingRate())
	}
	if floor {
		t = min(t, c.pacer.ready(now, c.pacer.floorCredit, c.floor))
	}
	return t
}

// budget is how many bytes could leave now.
func (c *congestion) budget(now time.Duration, inFlight int) int {
	c.pacer.asked(now)
	c.refill(now)
	n := min(float64(c.window()-inFlight), c.pacer.credit)
	return int(max(n, c.pacer.floorCredit, 0))
}

// sent notes a packet that asks for an ACK; idle: nothing is left to send.
func (c *congestion) sent(now time.Duration, p *sentPacket, inFlight int, idle bool) {
	c.delivery.sent(now, p, inFlight)
	c.pacer.spend(float64(p.size))
	c.round.load = max(c.round.load, inFlight+int(p.size))
	if idle && inFlight+int(p.size) < c.window() {
		c.delivery.limited = c.delivery.total + uint64(inFlight) + uint64(p.size)
	}
}

// acked notes the arrival of p.
func (c *congestion) acked(now time.Duration, p *sentPacket) {
	c.acks++
	c.delivery.acked(now, p)
}

// lost notes the loss of p.
func (c *congestion) lost() { c.losses++ }

// spurious takes a loss back.
func (c *congestion) spurious() {
	if c.losses > 0 {
		c.losses--
		c.acks++
	}
}

// update takes in what one ACK frame brought; measured is the RTT without the peer's delay,
// 0 if there was no sample.
func (c *congestion) update(now, measured time.Duration) {
	if measured > 0 {
		c.measure(now, measured)
	}
	s, ok := c.delivery.sample(now, c.minRTT)
	if !ok {
		return
	}
	c.round.limited = c.round.limited || s.limited
	c.round.rate = max(c.round.rate, s.rate)
	c.best = max(c.best, s.rate)
	if s.prior >= c.round.end {
		c.endRound(now)
	}
	c.step(now)
}

// measure takes in an RTT sample.
func (c *congestion) measure(now, rtt time.Duration) {
	if c.minRTT == 0 || rtt <= c.minRTT {
		c.minRTT, c.minAt = rtt, now
	}
	if c.round.minRTT == 0 || rtt < c.round.minRTT {
		c.round.minRTT = rtt
	}
	c.round.sumRTT += rtt
	c.round.samples++
}

// endRound draws the conclusions of a round trip.
func (c *congestion) endRound(now time.Duration) {
	r := &c.round
	// A path with this much in flight has shown what it can, whether or not there
	// was more to send.
	tested := !r.limited || float64(r.load) > 1.5*c.bdp()
	if r.minRTT > 0 {
		above := r.minRTT - c.minRTT
		c.learnNoise(above)
		c.queue = max(0, above-c.noise)
	}
	if c.queue > c.tooLong() {
		c.crowded++
	} else {
		c.relieved, c.crowded = c.crowded, 0
	}
	if r.rate > 0 && (tested || c.crowded > 0 || r.rate >= c.best) {
		c.filled = c.filled || tested || c.crowded > 0
		c.slot = (c.slot + 1) % rateRounds
		c.recent[c.slot] = r.rate
		c.best = 0
		for _, v := range c.recent {
			c.best = max(c.best, v)
		}
	}
	c.judgeLoss()
	if c.state == ccStartup && tested {
		c.judgeGrowth()
	}
	*r = roundTrip{end: c.delivery.total, started: now}
}

// learnNoise takes in what a round trip was above minRTT with nothing of ours queued, as
// far as that can be known.
func (c *congestion) learnNoise(above time.Duration) {
	r := &c.round
	switch {
	case r.limited && (float64(r.load) < 0.75*c.bdp() || c.queue == 0 && c.state != ccSettle):
		c.noise += (above - c.noise) / 4
	case above < c.noise:
		c.noise += (above - c.noise) / noiseLife
	}
	if c.state == ccCruise || c.state == ccStartup {
		d := r.sumRTT/time.Duration(r.samples) - r.minRTT - c.jitter
		switch {
		case c.jitter == 0:
			c.jitter = d
		case d < 0:
			c.jitter += d / jitterDown
		default:
			c.jitter += d / jitterUp
		}
	}
}

// tooLong is the queue that is a reason to slow down.
func (c *congestion) tooLong() time.Duration { return c.tolerable() + c.jitter }

// judgeGrowth counts the round trips in which startup found no higher rate.
func (c *congestion) judgeGrowth() {
	if c.best > c.grown*1.25 {
		c.grown, c.flat = c.best, 0
		return
	}
	c.flat++
}

// judgeLoss looks at loss once there are enough packets to tell it from noise: three
// standard deviations above what a path that loses noiseLoss would show.
func (c *congestion) judgeLoss() {
	n := float64(c.acks + c.losses)
	if n < lossSample && (c.state != ccStartup || n < lossSample/4) {
		return
	}
	if float64(c.losses) > noiseLoss*n+3*math.Sqrt(n*noiseLoss*(1-noiseLoss)) {
		c.recent = [rateRounds]float64{}
		c.recent[c.slot] = max(c.round.rate, c.floor)
		c.best = c.recent[c.slot]
		c.flat = rateRounds
		if c.state != ccStartup {
			c.backedOff = min(c.backedOff+2, 4)
		}
	}
	c.acks, c.losses = 0, 0
}

// tolerable is the queue that is not yet a reason to slow down: the less, the higher the
// rate. Flows that share a queue all see it, and the largest yields first. (So does Swift,
// Kumar et al., SIGCOMM 2020, scale the delay that it aims at.)
func (c *congestion) tolerable() time.Duration {
	scale := math.Sqrt(scaleRate / max(c.best, 1))
	t := time.Duration(scale * float64(scaleQueue))
	return min(max(t, minQueue), maxQueue)
}

// step changes the state when it is time.
func (c *congestion) step(now time.Duration) {
	crowded := c.crowded > 0
	elapsed := now - c.since
	switch c.state {
	case ccStartup:
		if c.flat >= 3 || c.crowded >= 1 {
			c.enter(ccDrain, now)
		}
	case ccDrain:
		c.drain(now, elapsed)
	case ccCruise:
		switch {
		case now-c.minAt > minRTTLife:
			c.enter(ccSettle, now)
		case crowded && elapsed >= c.minRTT:
			c.enter(ccDrain, now)
			c.yielding = true
		case now >= c.probeAt || c.probedFrom > 0 && c.best > 1.1*c.probedFrom:
			c.enter(ccProbe, now)
		}
	case ccProbe:
		if crowded || elapsed >= c.minRTT+granularity {
			c.enter(ccDrain, now)
		}
	case ccSettle:
		if elapsed >= settleTime+c.minRTT {
			if c.round.minRTT > 0 {
				c.minRTT = c.round.minRTT
			}
			c.minAt = now
			c.enter(ccCruise, now)
		}
	}
}

// drain waits for the queue to go. If it went, and nobody here had asked for it, others
// share the path and want more: this flow keeps a little less. If it stays however little
// this flow sends, it is not this flow's: it is noise of the path, or of somebody who
// fills queues, and not to be yielded to.
func (c *congestion) drain(now, elapsed time.Duration) {
	if elapsed > 2*c.minRTT {
		c.drainMost = max(c.drainMost, c.queue)
	}
	switch {
	case c.crowded == 0 && elapsed >= c.minRTT:
		if c.yielding && c.relieved >= yieldAfter {
			c.cut(yield)
		}
		c.enter(ccCruise, now)
	case elapsed > stubborn*c.minRTT+ackSlack:
		if c.queue < c.drainFrom/2 {
			c.drainFrom, c.drainMost, c.since = c.queue, c.queue, now
			return
		}
		c.noise += max(c.queue, c.drainMost)
		c.queue, c.crowded = 0, 0
		c.enter(ccCruise, now)
	}
}

// cut takes all that was measured down to a share.
func (c *congestion) cut(share float64) {
	for i := range c.recent {
		c.recent[i] *= share
	}
	c.best *= share
}

// enter begins a state.
func (c *congestion) enter(s ccState, now time.Duration) {
	if s == ccCruise {
		wait := max(probeEvery*c.minRTT, minProbeEvery)
		c.probeAt = now + wait<<c.backedOff
		c.backedOff = max(c.backedOff, 1) - 1
	}
	if s == ccProbe {
		c.probeGain = min(2*c.probeGain-1, maxProbe)
		if c.probedFrom == 0 || c.best <= 1.1*c.probedFrom {
			c.probeGain = minProbe
		}
		c.probedFrom = c.best
	}
	if s == ccSettle {
		c.round.minRTT, c.round.sumRTT, c.round.samples = 0, 0, 0
	}
	c.yielding, c.drainFrom, c.drainMost = false, c.queue, 0
	c.state, c.since = s, now
}
