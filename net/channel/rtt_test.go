package channel

import (
	"testing"
	"time"
)

const ms = time.Millisecond

func TestRTTFollowsRFC9002(t *testing.T) {
	var r rtt
	if r.estimate() != initialRTT || r.timeout(0) != 3*initialRTT+maxAckDelay {
		t.Errorf("before a sample: %v, timeout %v", r.estimate(), r.timeout(0))
	}
	for i, c := range []struct {
		latest, delay             time.Duration
		smoothed, variance, least time.Duration
	}{
		{100 * ms, 0, 100 * ms, 50 * ms, 100 * ms},
		{100 * ms, 0, 100 * ms, 37500 * time.Microsecond, 100 * ms},
		{180 * ms, 80 * ms, 100 * ms, 28125 * time.Microsecond, 100 * ms},  // the peer waited, the path did not change
		{110 * ms, 50 * ms, 101250 * time.Microsecond, 23593750, 100 * ms}, // it cannot have waited that long
		{60 * ms, 0, 96093750, 28007812, 60 * ms},                          // a shorter path
	} {
		r.sample(c.latest, c.delay)
		if r.smoothed != c.smoothed || (r.variance-c.variance).Abs() > time.Microsecond || r.min != c.least {
			t.Errorf("sample %d: smoothed %v, variance %v, least %v; want %v, %v, %v", i, r.smoothed, r.variance, r.min, c.smoothed, c.variance, c.least)
		}
	}
	if got, want := r.lossDelay(), r.smoothed+r.smoothed/8; got != want {
		t.Errorf("lost after %v, want %v", got, want)
	}
}

func TestTimeoutHasAFloorAndACeiling(t *testing.T) {
	r := rtt{smoothed: 50 * time.Microsecond, variance: time.Microsecond}
	if got := r.timeout(0); got != 50*time.Microsecond+granularity+maxAckDelay || got < minTimeout {
		t.Errorf("%v", got)
	}
	if got := r.timeout(30); got != maxTimeout {
		t.Errorf("after 30 expiries %v", got)
	}
	r = rtt{smoothed: 3 * time.Second, variance: time.Second}
	if got := r.timeout(3); got != 7*time.Second+maxAckDelay {
		t.Errorf("on a path of 3 s %v: the ceiling is never below the timeout itself", got)
	}
}
