package channel

import "time"

// delivery measures the rate at which packets arrive, after "Delivery Rate Estimation"
// (draft-cheng-iccrg-delivery-rate-estimation): each packet remembers how much had been
// delivered when it left; when it is acknowledged, the difference over the time it took is a
// sample. The zero value has delivered nothing.
type delivery struct {
	total     uint64        // bytes acknowledged
	at        time.Duration // when the last were
	firstSent time.Duration // when the flight being measured began
	limited   uint64        // samples are limited by the sender until total passes this

	newest struct { // of the packets acknowledged since the last sample
		ok        bool
		prior     uint64
		priorAt   time.Duration
		firstSent time.Duration
		sentAt    time.Duration
		limited   bool
	}
}

// rateSample is one measurement.
type rateSample struct {
	rate    float64 // bytes a second
	prior   uint64  // bytes delivered when the packet left
	limited bool    // the sender had nothing more to send
}

func (d *delivery) sent(now time.Duration, p *sentPacket, inFlight int) {
	if inFlight == 0 {
		d.firstSent, d.at = now, now
	}
	p.delivered, p.deliveredAt, p.firstSentAt = d.total, d.at, d.firstSent
	if d.limited > 0 {
		p.flags |= flagAppLimited
	}
}

func (d *delivery) acked(now time.Duration, p *sentPacket) {
	d.total += uint64(p.size)
	d.at = now
	if d.limited > 0 && d.total > d.limited {
		d.limited = 0
	}
	n := &d.newest
	if n.ok && p.delivered < n.prior {
		return
	}
	n.ok, n.prior, n.priorAt = true, p.delivered, p.deliveredAt
	n.firstSent, n.sentAt, n.limited = p.firstSentAt, p.sentAt, p.flags&flagAppLimited != 0
	d.firstSent = p.sentAt
}

// sample returns the rate of the newest packet acknowledged since the last call. An interval
// shorter than the lowest RTT says nothing.
func (d *delivery) sample(now, minRTT time.Duration) (rateSample, bool) {
	n := &d.newest
	if !n.ok {
		return rateSample{}, false
	}
	n.ok = false
	s := rateSample{prior: n.prior, limited: n.limited}
	interval := max(n.sentAt-n.firstSent, now-n.priorAt)
	if interval >= max(minRTT, time.Microsecond) {
		s.rate = float64(d.total-n.prior) / interval.Seconds()
	} else {
		s.limited = true
	}
	return s, true
}
