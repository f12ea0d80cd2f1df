package client

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena"
	"github.com/tandem-engine/tandem/games/arena/bots"
	"github.com/tandem-engine/tandem/games/arena/server"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport"
)

func TestFeedLines(t *testing.T) {
	f := newFeed()
	f.local = &session.Local{Player: 1}
	ada, bob, cyd := sim.Who{ID: 1, Name: "Ada"}, sim.Who{ID: 2, Name: "Bob"}, sim.Who{ID: 3, Name: "Cyd"}
	f.add(sim.Wreck{Victim: bob, By: cyd})
	require.False(t, f.lines[0].own)
	require.Greater(t, f.since, float32(10))
	f.add(sim.Wreck{Victim: bob, By: ada})
	require.True(t, f.lines[1].own)
	require.Equal(t, "Bob", f.killed)
	require.Zero(t, f.since)
	f.step(feedTime - 1)
	for range feedLines {
		f.add(sim.Wreck{Victim: ada})
	}
	require.Len(t, f.lines, feedLines)
	require.True(t, f.lines[0].own)
	require.Empty(t, f.lines[0].By.Name, "nobody's doing")
	f.step(2)
	require.Len(t, f.lines, feedLines, "those before have gone")
	f.step(feedTime)
	require.Empty(t, f.lines, "lines end")
}

// chronicle keeps all that a feed has shown.
type chronicle struct {
	*feed
	all []sim.Wreck
}

func (c *chronicle) Update(t engine.Tick) {
	c.lines = c.lines[:0]
	c.feed.Update(t)
	for _, l := range c.lines {
		c.all = append(c.all, l.Wreck)
	}
}

// TestEveryFeedIsTheSame plays a fight over a bad line, with a player who hosts and with a server of its own: the feeds of all players
// say the same in the same order, but for what was before they had joined.
func TestEveryFeedIsTheSame(t *testing.T) {
	const seed = 4
	for _, hosted := range []bool{false, true} {
		t.Run(fmt.Sprintf("hosted=%t", hosted), func(t *testing.T) {
			feeds := playFight(t, seed, hosted)
			for i, f := range feeds {
				both := min(len(feeds[0].all), len(f.all))
				require.Greater(t, both, 20, "a fight has losses")
				require.Equal(t, feeds[0].all[len(feeds[0].all)-both:], f.all[len(f.all)-both:], "player %d", i)
				require.InDelta(t, len(feeds[0].all), len(f.all), 2, "they have all joined at about the same time")
			}
		})
	}
}

func playFight(t *testing.T, seed uint64, hosted bool) (feeds []*chronicle) {
	var drivers []session.Driver
	calm := false
	network := netsim.NewNetwork(seed)
	network.SetDefault(netsim.Profile{Delay: 50 * time.Millisecond, Jitter: 5 * time.Millisecond, Loss: 0.05, Reorder: 0.02})
	carrier, id := network.Carrier(netip.AddrPort{}), secure.IdentityFromSeed([32]byte{7})
	game := arena.Calmable(arena.With(server.Rules{Bots: 8, Rocks: 20, Respawn: 0.5}), &calm)
	plugins := func() []engine.Plugin {
		c := &chronicle{feed: newFeed()}
		feeds = append(feeds, c)
		return []engine.Plugin{bots.Autopilot(0.8), func(app *engine.App) { app.Receive(c) }}
	}
	var alone *session.Server
	if hosted {
		host, err := session.NewHost(game, session.HostConfig{
			Name: "host", Carriers: []transport.Carrier{carrier}, Identity: id, Seed: seed, Rand: rand.NewChaCha8([32]byte{1}), Client: plugins(),
		})
		require.NoError(t, err)
		drivers = append(drivers, host)
	} else {
		s, err := session.NewServer(game, session.ServerConfig{Identity: id, Carriers: []transport.Carrier{carrier}, Seed: seed, Rand: rand.NewChaCha8([32]byte{1})})
		require.NoError(t, err)
		alone = s
	}
	for n := byte(len(drivers)); n < 4; n++ {
		c, err := session.NewClient(arena.Calmable(arena.Game, &calm), session.ClientConfig{
			Addr: carrier.LocalAddr(), Pin: id.Public, Carrier: network.Carrier(netip.AddrPort{}),
			Name: fmt.Sprint("player ", n), Rand: rand.NewChaCha8([32]byte{2, n}), Plugins: plugins(),
		})
		require.NoError(t, err)
		drivers = append(drivers, c)
	}
	for now := time.Duration(0); now < 62*time.Second; now += time.Second / 120 {
		calm = now > time.Minute // what is under way arrives
		network.Advance(now)
		if alone != nil {
			require.NoError(t, alone.Advance(now))
		}
		for _, d := range drivers {
			require.NoError(t, d.Advance(now))
		}
	}
	return feeds
}
