package channel

import (
	"math"
	"testing"
	"time"
)

// run polls a pacer for a second and returns how many bytes left in all, and at most at once.
func (p *pacer) run(rate float64, poll, ask time.Duration) (total, most float64) {
	for now := poll; now <= time.Second; now += poll {
		if ask > 0 && now%ask < poll {
			p.asked(now)
		}
		p.refill(now, rate, 1)
		if ask > 0 && now%ask >= poll {
			continue // has something to send once a tick only
		}
		sent := 0.0
		for p.credit > 0 {
			p.spend(1000)
			sent += 1000
		}
		total, most = total+sent, max(most, sent)
	}
	return total, most
}

func TestPacer(t *testing.T) {
	for _, c := range []struct {
		name      string
		poll, ask time.Duration
		most      float64
	}{
		{"polled all the time", ms / 10, 0, 3000},
		{"polled once a tick", 16 * ms, 0, 18_000},
		{"polled all the time, sends once a tick", ms, 16 * ms, 18_000},
		{"polled at 20 Hz", 50 * ms, 0, 51_000},
	} {
		var p pacer
		total, most := p.run(1e6, c.poll, c.ask)
		if math.Abs(total-1e6) > 60_000 || most > c.most {
			t.Errorf("%s: %.0f bytes in a second at 1e6, %.0f at once, at most %.0f allowed", c.name, total, most, c.most)
		}
	}
	// After a pause, polled all along, no more leaves at once than the usual burst.
	var p pacer
	for now := time.Duration(0); now < time.Second; now += ms {
		p.refill(now, 1e6, 1)
	}
	if p.credit > 10_000 {
		t.Errorf("%.0f bytes of credit after a pause", p.credit)
	}
	for p.credit > 0 {
		p.spend(1000)
	}
	if at := p.ready(time.Second, p.credit, 1e6); at < time.Second || at > time.Second+2*ms {
		t.Errorf("the next packet leaves at %v", at)
	}
}
