package predict

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestDelayCoversTheLine: first delay up to its limit, then prediction up to its
// own, then delay again.
func TestDelayCoversTheLine(t *testing.T) {
	ms := time.Millisecond
	for _, c := range []struct {
		delay Delay
		rtt   float64 // seconds
		want  int     // ticks
	}{
		{Delay{}, 0.4, 0},
		{Delay{First: 50 * ms}, 0, 2}, // the margin alone
		{Delay{First: 50 * ms}, 0.4, 3},
		{Delay{Predict: 100 * ms}, 0.05, 0},
		{Delay{Predict: 100 * ms}, 0.4, 20},
		{Delay{First: 50 * ms, Predict: 100 * ms}, 0.1, 3},
		{Delay{First: 50 * ms, Predict: 100 * ms}, 0.4, 20},
		{Delay{Predict: Nothing}, 0, 2},
		{Delay{Predict: Nothing}, 0.4, 26},
		{Delay{Predict: Nothing}, 10, mostDelay},
	} {
		d := NewDelayer(c.delay, 60)
		require.Equal(t, c.want, d.Next(1, c.rtt, 2), "%+v at %v s", c.delay, c.rtt)
	}
}

// TestDelayFollowsTheLine lets the round trip wander: the delay follows within a
// second or as fast as it may, one tick at a time, and stays where it is while
// there is only noise.
func TestDelayFollowsTheLine(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	d := NewDelayer(Delay{Predict: Nothing}, 60)
	last, changes := d.Next(1, 0.1, 2), 0
	for n := uint32(2); n < 600; n++ {
		now := d.Next(n, 0.1+rng.Float64()*0.015, 2)
		if now != last {
			changes++
		}
		last = now
	}
	require.LessOrEqual(t, changes, 1)
	for n := uint32(600); n < 1200; n++ {
		now := d.Next(n, 0.3, 2)
		require.LessOrEqual(t, math.Abs(float64(now-last)), 1.0)
		last = now
	}
	require.InDelta(t, 20, last, delayBand)
	for n := uint32(1200); n < 1800; n++ {
		last = d.Next(n, 0, 0)
	}
	require.InDelta(t, 0, last, delayBand)
}

// TestClockWithDelay drives clock and delay together over lines that change: the
// commands arrive in time whatever the delay does.
func TestClockWithDelay(t *testing.T) {
	for _, cfg := range []Delay{{First: 50 * time.Millisecond}, {Predict: Nothing}, {First: 30 * time.Millisecond, Predict: 60 * time.Millisecond}} {
		for _, rtt := range []float64{0, 4, 12, 24} {
			t.Run(fmt.Sprintf("%v rtt=%v", cfg, rtt), func(t *testing.T) {
				p := &plant{rng: rand.New(rand.NewPCG(1, 2)), server: 1000, tick: 1003, rtt: rtt, scale: 1, clock: NewClock(60), delayer: NewDelayer(cfg, 60)}
				for range 300 {
					p.step()
				}
				p.late, p.jumps = 0, 0
				for i := range 60 * 20 {
					if i == 400 {
						p.rtt += 6
						p.late = -60 // nobody can know that beforehand
					}
					p.step()
				}
				require.LessOrEqual(t, p.late, 0)
				require.Zero(t, p.jumps)
				// A command is predicted from when it is given its tick until the server's
				// tick comes back.
				depth := float64(p.tick) - (float64(p.server) - p.rtt/2)
				if cfg.Predict == Nothing {
					require.InDelta(t, 0, depth, 3)
				} else if cfg.Predict > 0 {
					require.LessOrEqual(t, depth, cfg.Predict.Seconds()*60+3)
				}
			})
		}
	}
}
