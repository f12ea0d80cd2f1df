package netplay

import (
	"fmt"
	"time"

	"github.com/tandem-engine/tandem/net/netsim"
)

// Cell is one line to play over.
type Cell struct {
	RTT    int `json:"rtt_ms"`
	Jitter int `json:"jitter_ms"`
	Loss   int `json:"loss_percent"`

	Foresight bool `json:"foresight,omitempty"` // all players want the ships of others to be predicted
}

func cellsOf(o options) (cells []Cell) {
	for _, rtt := range o.rtt {
		for _, jitter := range o.jitter {
			for _, loss := range o.loss {
				cells = append(cells, Cell{rtt, jitter, loss, o.foresight})
			}
		}
	}
	return cells
}

// String names the cell.
func (c Cell) String() string {
	return fmt.Sprintf("rtt %d ms, jitter %d ms, loss %d %%", c.RTT, c.Jitter, c.Loss)
}

// oneWay is the time that a datagram takes without jitter.
func (c Cell) oneWay() time.Duration { return time.Duration(c.RTT) * time.Millisecond / 2 }

func (c Cell) profile() netsim.Profile {
	return netsim.Profile{Delay: c.oneWay(), Jitter: time.Duration(c.Jitter) * time.Millisecond, Loss: float64(c.Loss) / 100}
}

// ticks is the jitter in ticks.
func (c Cell) ticks() float64 { return float64(c.Jitter) / 1000 * rate }

// Targets; see the package comment.
const (
	mostLate     = 0.5 // percent
	mostConverge = 2.0 // seconds
	mostJump     = 4.0 // pixels
	leastHits    = 99.0
	hitsRTT      = 150 // ms
	lateLoss     = 2   // percent; of latency, too
	// jitterP99 is the 99th percentile of the sum of two uniform jitters, as a share
	// of one: 2 - 2·√(2·0.01).
	jitterP99 = 1.717
)

// latencyBound is the most latency above the least, in ms.
func (c Cell) latencyBound() float64 {
	const tick = 1000.0 / rate
	return tick + jitterP99*float64(c.Jitter) + c.again()*tick + 2*float64(c.Loss)/100*interval*tick
}

// again is how many ticks it takes to send a command so often that at most
// mostLate are still lost.
func (c Cell) again() (ticks float64) {
	for late := float64(c.Loss) / 100; late > mostLate/100; late *= float64(c.Loss) / 100 {
		ticks++
	}
	return ticks
}

// judge lists the targets that the figures miss.
func (f *Figures) judge() {
	miss := func(missed bool, format string, args ...any) {
		if missed {
			f.Missed = append(f.Missed, fmt.Sprintf(format, args...))
		}
	}
	if f.Jitter == 0 && f.Loss == 0 {
		miss(f.Late > 0, "%.3f %% of commands late, not 0", f.Late)
	}
	if f.Loss <= lateLoss {
		miss(f.Late > mostLate, "%.3f %% of commands late, above %v", f.Late, mostLate)
	}
	miss(f.Converge > mostConverge, "clock converges in %.2f s, above %v", f.Converge, mostConverge)
	miss(f.Jump > mostJump, "own ship jumps %.1f pixels, above %v", f.Jump, mostJump)
	bound := f.latencyBound()
	miss(f.Loss <= lateLoss && f.Latency > bound, "confirmed %.1f ms after the least possible, above %.1f", f.Latency, bound)
	if f.RTT <= hitsRTT && f.Loss == 0 && !f.Foresight {
		miss(f.Exact < leastHits, "%.2f %% of shots end as their shooter saw, below %v", f.Exact, leastHits)
	}
	miss(f.Stuck > 0, "%d stuck after a blackout", f.Stuck)
}
