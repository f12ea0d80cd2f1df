package session_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/session"
)

// TestACrowdPlays: clients without a world are told of every snapshot, and their
// commands come in time, also when each message has those of two ticks; and so do
// a whole client's.
func TestACrowdPlays(t *testing.T) {
	for _, rate := range []int{0, 30, 20} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			game := bombers
			game.CommandRate = rate
			m := newMatchOf(t, game, 1, netsim.Profile{Delay: 40 * time.Millisecond, Jitter: 5 * time.Millisecond})
			whole := m.join()
			crowd := session.NewCrowd(game)
			var extras []*session.Extra
			for i := range 5 {
				x, err := crowd.Join(session.ClientConfig{
					Addr: m.addr, Pin: m.id.Public, Carrier: m.net.Carrier(netip.AddrPort{}), Name: "extra", Rand: m.random(byte(100 + i)),
				})
				require.NoError(t, err)
				extras = append(extras, x)
			}
			run := func(d time.Duration) {
				for end := m.now + d; m.now < end; {
					m.run(frame)
					for _, x := range extras {
						require.NoError(t, x.Advance(m.now))
					}
				}
			}
			run(3 * time.Second)
			var before []session.ExtraStats
			for _, x := range extras {
				require.Equal(t, session.Playing, x.State())
				x.Restart()
				before = append(before, x.Stats())
			}
			late, up := whole.Stats().Late, before[0].BytesOut
			run(5 * time.Second)
			for i, x := range extras {
				s := x.Stats()
				require.InDelta(t, 100, s.Snapshots, 2, "20 a second")
				require.Equal(t, before[i].Late, s.Late, "commands come in time")
				require.Less(t, s.LongestS, 0.2)
			}
			require.Equal(t, late, whole.Stats().Late)
			t.Logf("%d bytes a second up", (extras[0].Stats().BytesOut-up)/5)
			for _, x := range extras {
				x.Leave()
			}
			for _, x := range extras {
				for x.State() != session.Ended {
					m.run(frame)
					_ = x.Advance(m.now)
				}
				require.NoError(t, x.Release())
			}
		})
	}
}

func TestCommandRatesThatCannotBe(t *testing.T) {
	game := bombers
	game.CommandRate = 7
	require.PanicsWithValue(t, "session: Game.CommandRate 7 does not divide TickRate 60: choose one that does", func() { session.NewCrowd(game) })
}
