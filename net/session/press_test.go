package session_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
)

// TestEveryPressCounts plays over lines that lose a quarter of all packets, and
// all of them for longer than commands are sent again and held: each press has had
// its effect once, at the server and, after quiet, at the client that predicts it.
func TestEveryPressCounts(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64) {
		bad := netsim.Profile{Delay: 60 * time.Millisecond, Jitter: 30 * time.Millisecond, Loss: 0.33}
		m := newMatch(t, seed, netsim.Profile{Delay: 60 * time.Millisecond})
		for range 3 {
			m.join()
		}
		m.run(time.Second)
		m.net.SetDefault(bad)
		for range 4 {
			m.run(2 * time.Second)
			m.net.SetDefault(netsim.Profile{Loss: 1})
			m.run(1500 * time.Millisecond)
			m.net.SetDefault(bad)
		}
		m.run(time.Second)
		m.quiet = true
		m.run(12 * time.Second) // until everybody has come to rest
		m.requireEqual()
		got := map[input.PlayerID]uint32{}
		all := ecs.Query2[replicate.Net, tally](m.server.App().Sim())
		q := all.Query()
		for q.Next() {
			n, a := q.Get()
			got[n.Owner] = a.Drops
		}
		for i, c := range m.clients {
			require.Equal(t, *m.drops[i], got[c.Player().Player], "client %d", i)
			require.Positive(t, *m.drops[i])
			counts := c.Stats().Commands
			t.Logf("client %d: %+v of %d presses", i, counts, *m.drops[i])
			require.Positive(t, counts.InTime)
			require.Positive(t, counts.Repeated+counts.Late+counts.Missing)
			requireSameLog(t, m.server, c)
		}
	})
}

// requireSameLog checks that client and server agree on what became of the
// commands, where the client has been told.
func requireSameLog(t *testing.T, s *session.Server, c *session.Client) {
	theirs, ours := s.Room().CommandLog(c.Player().Player), c.CommandLog()
	known := 0
	for n := ours.Newest() - 60; n < ours.Newest()-30; n++ {
		a, ok := ours.At(n)
		b, _ := theirs.At(n)
		if ok {
			known++
			require.Equal(t, b, a, "tick %d", n)
		}
	}
	require.Greater(t, known, 20)
}
