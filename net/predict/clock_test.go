package predict

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/net/replicate"
)

// plant is a client and a server that are nothing but clocks, and the line
// between them.
type plant struct {
	rng         *rand.Rand
	phase       float64 // of the client's next tick
	scale       float64
	tick        uint32 // the client's newest
	server      uint32 // the server's next
	rtt, jitter float64
	up          []packet
	down        []packet
	newest      uint32
	margin      int32
	measured    bool
	clock       *Clock
	status      replicate.Status
	statusTick  uint32
	late, jumps int
	delayer     *Delayer // nil: none
}

type packet struct {
	due    float64
	tick   uint32
	status replicate.Status
}

func (p *plant) delay() float64 { return p.rtt/2 + p.rng.ExpFloat64()*p.jitter }

// step runs one server tick of time.
func (p *plant) step() {
	now := float64(p.server)
	p.clock.Frame(1)
	for p.phase += p.scale; p.phase >= 1; p.phase-- {
		delay := 0
		if p.delayer != nil {
			delay = p.delayer.Next(p.tick+1, p.rtt/60, p.clock.Margin())
			p.clock.SetDelay(delay)
		}
		scale, jump := p.clock.Steer(p.tick+1, p.phase-1, p.status)
		p.scale = scale
		p.tick = uint32(int64(p.tick) + 1 + int64(jump))
		if jump != 0 {
			p.jumps++
		}
		p.up = append(p.up, packet{due: now + p.delay(), tick: p.tick + uint32(delay)})
	}
	rest := p.up[:0]
	for _, k := range p.up {
		switch {
		case k.due > now:
			rest = append(rest, k)
		default:
			m := int32(int64(k.tick)-int64(p.server))*256 + int32((now-k.due)*256)
			if !p.measured || m < p.margin {
				p.margin, p.measured = m, true
			}
			p.newest = max(p.newest, k.tick)
			if k.tick < p.server {
				p.late++
			}
		}
	}
	p.up = rest
	if p.server%3 == 0 {
		p.down = append(p.down, packet{due: now + p.delay(), tick: p.server, status: replicate.Status{Command: p.newest, Margin: p.margin}})
		p.measured = false
	}
	for len(p.down) > 0 && p.down[0].due <= now {
		if p.down[0].tick > p.statusTick {
			p.status, p.statusTick = p.down[0].status, p.down[0].tick
		}
		p.down = p.down[1:]
	}
	p.server++
}

// TestClockConverges lets the clock start anywhere, on any line, and expects
// commands in time soon and for good.
func TestClockConverges(t *testing.T) {
	for _, rtt := range []float64{0, 2, 9, 24} {
		for _, jitter := range []float64{0, 1, 3} {
			for _, start := range []float64{-200, -8, 0, 5, 300} {
				t.Run(fmt.Sprintf("rtt=%v jitter=%v start=%v", rtt, jitter, start), func(t *testing.T) {
					p := &plant{rng: rand.New(rand.NewPCG(1, 2)), server: 1000, tick: uint32(1000 + start), rtt: rtt, jitter: jitter, scale: 1, clock: NewClock(60)}
					for range 60*2 + int(max(start, 0)) { // after a jump back the clock is blind for as long

						p.step()
					}
					p.late, p.jumps = 0, 0
					worst := 0.0
					for range 60 * 20 {
						p.step()
						worst = max(worst, math.Abs(p.clock.Error()))
					}
					t.Logf("late %d of 1200, jumps %d, worst error %.2f ticks", p.late, p.jumps, worst)
					require.LessOrEqual(t, float64(p.late)/1200, 0.01*jitter)
					require.Zero(t, p.jumps)
					require.Less(t, worst, 2+6*jitter) // that much later than usual comes one in some hundreds
				})
			}
		}
	}
}
