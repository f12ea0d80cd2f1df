package channel

import "time"

// rate is a token bucket that holds one second's worth. The zero value is full at time 0.
type rate struct {
	spent time.Duration // time at which the bucket would be full again
}

// take takes one of perSecond tokens.
func (r *rate) take(now time.Duration, perSecond int) bool {
	if r.spent > now+time.Second {
		return false
	}
	r.spent = max(r.spent, now) + time.Second/time.Duration(perSecond)
	return true
}
