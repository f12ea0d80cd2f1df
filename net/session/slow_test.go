package session_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/net/netsim"
)

// TestSlowFrames plays on a machine that draws a dozen frames a second and
// stumbles now and then: its clock stays where the server wants it, and
// prediction goes on being confirmed.
func TestSlowFrames(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64) {
		m := newMatch(t, seed, netsim.Profile{Delay: 2 * time.Millisecond, Jitter: time.Millisecond})
		c := m.join()
		rng := rand.New(rand.NewPCG(seed, 5))
		next := time.Duration(0)
		advance := func(d time.Duration) {
			for end := m.now + d; m.now < end; {
				m.now += 5 * time.Millisecond
				m.net.Advance(m.now)
				require.NoError(t, m.server.Advance(m.now))
				if m.now >= next {
					require.NoError(t, c.Advance(m.now))
					next = m.now + time.Duration(60+rng.IntN(30))*time.Millisecond
					if rng.IntN(60) == 0 {
						next += 300 * time.Millisecond
					}
				}
			}
		}
		advance(10 * time.Second)
		before := c.Stats()
		advance(10 * time.Second)
		after := c.Stats()
		t.Logf("%+v", after)
		require.Greater(t, after.Predict.Confirmed-before.Predict.Confirmed, uint64(100), "of 200 snapshots")
	})
}
