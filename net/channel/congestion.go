package channel

import "time"

type congestion struct {
	floor, ceiling int
	win            int
}

func (c *congestion) init(floor, ceiling int)                      { c.floor, c.ceiling, c.win = floor, ceiling, 256<<10 }
func (c *congestion) maySend(now time.Duration, inFlight int) bool { return inFlight < c.win }
func (c *congestion) nextSend(now time.Duration, inFlight int) time.Duration {
	if inFlight < c.win {
		return now
	}
	return Never
}
func (c *congestion) sent(now time.Duration, p *sentPacket, inFlight int, idle bool) {}
func (c *congestion) acked(now time.Duration, p *sentPacket, r *rtt)                 {}
func (c *congestion) lost(now time.Duration, p *sentPacket)                          {}
func (c *congestion) window() int                                                    { return c.win }
func (c *congestion) pacingRate() float64                                            { return 0 }
func (c *congestion) budget(now time.Duration, inFlight int) int                     { return max(0, c.win-inFlight) }
