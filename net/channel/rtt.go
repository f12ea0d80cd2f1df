package channel

import "time"

// rtt estimates the round-trip time as RFC 9002, section 5, does. The zero value has
// no sample and answers with initialRTT.
type rtt struct {
	latest   time.Duration
	smoothed time.Duration
	variance time.Duration // mean deviation: the jitter
	min      time.Duration // over the whole connection
}

const (
	initialRTT = 200 * time.Millisecond
	// maxAckDelay is the longest an acknowledgement is held back.
	maxAckDelay = 25 * time.Millisecond
	// minTimeout is the shortest probe timeout.
	minTimeout = 20 * time.Millisecond
	// maxTimeout bounds the exponential backoff, so that a peer that comes back
	// after a blackout is noticed within it.
	maxTimeout = time.Second
	// granularity of the timers.
	granularity = time.Millisecond
)

// sample takes in one measurement; ackDelay is what the peer says it waited.
func (r *rtt) sample(latest, ackDelay time.Duration) {
	latest = max(latest, time.Microsecond)
	r.latest = latest
	if r.smoothed == 0 {
		r.min, r.smoothed, r.variance = latest, latest, latest/2
		return
	}
	r.min = min(r.min, latest)
	if latest-ackDelay >= r.min {
		latest -= ackDelay
	}
	r.variance += ((r.smoothed - latest).Abs() - r.variance) / 4
	r.smoothed += (latest - r.smoothed) / 8
}

// estimate is the smoothed RTT, or a guess before the first sample.
func (r *rtt) estimate() time.Duration {
	if r.smoothed == 0 {
		return initialRTT
	}
	return r.smoothed
}

// lossDelay is how long after it was sent a packet is lost if a later one was
// acknowledged: 9/8 of the RTT.
func (r *rtt) lossDelay() time.Duration {
	t := max(r.estimate(), r.latest)
	return max(t+t/8, granularity)
}

// timeout is the probe timeout after backoff expiries.
func (r *rtt) timeout(backoff int) time.Duration {
	v := 4 * r.variance
	if r.smoothed == 0 {
		v = 2 * initialRTT
	}
	t := max(r.estimate()+max(v, granularity)+maxAckDelay, minTimeout)
	return min(t<<min(backoff, 10), max(maxTimeout, t))
}
