package session_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
)

// TestDelays plays with every way to cover the line, on lines of 0 to 400 ms
// whose round trip changes on the way: commands arrive in time, what is predicted
// stays within its bound, no press is lost or doubled, and all worlds end equal.
func TestDelays(t *testing.T) {
	for _, delay := range []predict.Delay{
		{},
		{First: 50 * time.Millisecond},
		{First: 50 * time.Millisecond, Predict: 100 * time.Millisecond},
		{Predict: predict.Nothing},
	} {
		for _, rtt := range []time.Duration{0, 60, 150, 250, 400} {
			t.Run(fmt.Sprintf("%v,%v,rtt=%d", delay.First, delay.Predict, rtt), func(t *testing.T) {
				playDelayed(t, delay, rtt*time.Millisecond)
			})
		}
	}
}

func playDelayed(t *testing.T, delay predict.Delay, rtt time.Duration) {
	game := bombers
	game.Delay = delay
	m := newMatchOf(t, game, *firstSeed, netsim.Profile{Delay: rtt / 2})
	for range 2 {
		m.join()
	}
	m.run(5 * time.Second)
	late := m.clients[0].Stats().Late
	deepest := 0
	for range 100 {
		m.run(100 * time.Millisecond)
		s := m.clients[0].Stats()
		deepest = max(deepest, s.Ahead)
	}
	s := m.clients[0].Stats()
	t.Logf("delay %d ticks, predicted %d at most, margin %.1f, rtt %v", s.Input, deepest, s.Margin, s.RTT)
	require.Equal(t, late, s.Late)
	// Beyond the bound there is the way of the newest snapshot, which is up to
	// three ticks old.
	const slack = 4
	switch {
	case delay.Predict == predict.Nothing:
		require.LessOrEqual(t, deepest, slack)
		require.GreaterOrEqual(t, s.Input, int(rtt.Seconds()*60))
	case delay.Predict > 0:
		require.LessOrEqual(t, deepest, int(delay.Predict.Seconds()*60)+slack)
	case delay.First > 0:
		require.InDelta(t, min(3, rtt.Seconds()*60+1), s.Input, 1.5, "no more than there is to cover")
	default:
		require.Zero(t, s.Input)
	}

	m.net.SetDefault(netsim.Profile{Delay: rtt/2 + 40*time.Millisecond, Loss: 0.02})
	m.run(3 * time.Second)
	m.net.SetDefault(netsim.Profile{Delay: rtt / 2})
	m.run(2 * time.Second)
	m.quiet = true
	m.run(9 * time.Second)
	m.requireEqual()
	drops := ecs.Query2[replicate.Net, tally](m.server.App().Sim())
	q := drops.Query()
	for q.Next() {
		n, a := q.Get()
		for i, c := range m.clients {
			if c.Player().Player == n.Owner {
				require.Equal(t, *m.drops[i], a.Drops, "client %d", i)
			}
		}
	}
	require.Zero(t, m.clients[0].Stats().Predict.TooDeep)
}
