package netsim

import (
	"fmt"
	"time"
)

// Profile says what one direction of a link does to datagrams. The zero value delivers everything at once, in order and unharmed.
//
// Probabilities are 0..1 and each concerns one datagram. A datagram passes the stages in the order of the fields: it may be too large,
// be lost, wait for the link to be free, be damaged, travel, be held back, and arrive twice. Datagrams do not overtake one another
// unless Reorder says so: the one behind a late one is late too, as in a real queue.
type Profile struct {
	MTU       int           // largest datagram that passes, in bytes of UDP payload; 0: any
	Loss      float64       // probability of being lost, each datagram by itself
	Burst     Burst         // further loss, in bursts
	Rate      int64         // bits a second, with 28 bytes of headers a datagram; 0: unlimited
	Queue     int           // bytes that may wait for Rate; more are dropped; 0: what Rate sends in 100 ms, at least 16 KiB
	Corrupt   float64       // probability that one byte arrives with another value
	Delay     time.Duration // time under way
	Jitter    time.Duration // how far that time spreads, see Spread
	Spread    Distribution  // how Jitter is distributed
	Reorder   float64       // probability of being held back for ReorderBy, so that those behind overtake
	ReorderBy time.Duration // 0: 20 ms, more than a tick and less than most RTTs
	Duplicate float64       // probability of arriving twice
}

// Burst is loss after Gilbert (1960) and Elliott (1963): the link is good or bad, and may change at each datagram. A bad phase lasts
// 1/Leave datagrams on average, and the share of bad datagrams is Enter/(Enter+Leave). The zero value is always good.
type Burst struct {
	Enter float64 // probability that a good link turns bad
	Leave float64 // probability that a bad link turns good
	Loss  float64 // probability that a datagram is lost while the link is bad
}

// Distribution is the shape of Jitter. No datagram arrives before it was sent.
type Distribution uint8

const (
	Uniform Distribution = iota // anywhere in Delay ± Jitter
	Normal                      // bell curve around Delay with standard deviation Jitter
	Pareto                      // never below Delay, Jitter more on average: mostly less, now and then many times as much
)

// overhead is what IPv4 and UDP add to a datagram on the link, in bytes.
const overhead = 28

const (
	defaultReorderBy = 20 * time.Millisecond
	leastQueue       = 16 << 10
)

// queue returns the bytes that may wait.
func (p *Profile) queue() int {
	if p.Queue > 0 {
		return p.Queue
	}
	return max(int(p.Rate/8/10), leastQueue)
}

// Validate says what is wrong with the profile and what to write instead.
func (p *Profile) Validate() error {
	for _, x := range []struct {
		name string
		v    float64
	}{
		{"Loss", p.Loss},
		{"Burst.Enter", p.Burst.Enter},
		{"Burst.Leave", p.Burst.Leave},
		{"Burst.Loss", p.Burst.Loss},
		{"Corrupt", p.Corrupt},
		{"Reorder", p.Reorder},
		{"Duplicate", p.Duplicate},
	} {
		if !(x.v >= 0 && x.v <= 1) {
			return fmt.Errorf("netsim: %s is %v; a probability is 0 to 1 (5%% is 0.05)", x.name, x.v)
		}
	}
	for _, x := range []struct {
		name string
		v    int64
	}{{"MTU", int64(p.MTU)}, {"Rate", p.Rate}, {"Queue", int64(p.Queue)}, {"Delay", int64(p.Delay)}, {"Jitter", int64(p.Jitter)}, {"ReorderBy", int64(p.ReorderBy)}} {
		if x.v < 0 {
			return fmt.Errorf("netsim: %s is below 0; leave it 0 to do without", x.name)
		}
	}
	if p.Burst.Enter > 0 && (p.Burst.Leave == 0 || p.Burst.Loss == 0) {
		return fmt.Errorf("netsim: Burst needs Leave and Loss beside Enter, such as {0.01, 0.2, 0.5}: bursts of 5 datagrams, half of them lost")
	}
	if p.Spread > Pareto {
		return fmt.Errorf("netsim: Spread %d is none of Uniform, Normal, Pareto", p.Spread)
	}
	return nil
}
