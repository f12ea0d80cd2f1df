package session_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport"
)

var (
	seeds     = flag.Int("seeds", 6, "number of seeds of the matches")
	firstSeed = flag.Uint64("seed", 1, "first seed of the matches")
)

// match is a server and its clients in virtual time, over a simulated network.
type match struct {
	t       *testing.T
	net     *netsim.Network
	id      *secure.Identity
	addr    netip.AddrPort
	server  *session.Server
	clients []*session.Client
	seed    uint64
	now     time.Duration
	quiet   bool
	leaving *session.Client
	drops   []*uint32 // bombs that the clients have asked for, in order of joining
	game    session.Game
}

// frame is how often everything is advanced: as a 144 Hz display does.
const frame = time.Second / 144

func newMatch(t *testing.T, seed uint64, line netsim.Profile) *match {
	return newMatchOf(t, bombers, seed, line)
}

func newMatchOf(t *testing.T, game session.Game, seed uint64, line netsim.Profile) *match {
	m := &match{t: t, game: game, seed: seed, net: netsim.NewNetwork(seed), id: secure.IdentityFromSeed([32]byte{1})}
	m.net.SetDefault(line)
	carrier := m.net.Carrier(netip.AddrPort{})
	m.addr = carrier.LocalAddr()
	var err error
	m.server, err = session.NewServer(game, session.ServerConfig{
		Identity: m.id, Carriers: []transport.Carrier{carrier}, Seed: seed<<40 + 7, Rand: m.random(0),
	})
	require.NoError(t, err)
	return m
}

func (m *match) random(n byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{byte(m.seed), n}) }

func (m *match) join() *session.Client {
	n := len(m.clients)
	m.drops = append(m.drops, new(uint32))
	c, err := session.NewClient(m.game, session.ClientConfig{
		Addr: m.addr, Pin: m.id.Public, Carrier: m.net.Carrier(netip.AddrPort{}), Name: fmt.Sprint("player ", n),
		Plugins: []engine.Plugin{wandering(m.seed*100+uint64(n), &m.quiet, m.drops[len(m.drops)-1])}, Rand: m.random(byte(n + 1)),
	})
	require.NoError(m.t, err)
	m.clients = append(m.clients, c)
	return c
}

// run plays for a time.
func (m *match) run(d time.Duration) {
	for end := m.now + d; m.now < end; {
		m.now += frame
		m.net.Advance(m.now)
		require.NoError(m.t, m.server.Advance(m.now))
		for i, c := range m.clients {
			if err := c.Advance(m.now); c != m.leaving {
				require.NoError(m.t, err, "client %d", i)
			}
			if c.State() == session.Playing {
				require.NoError(m.t, c.App().Render(c.Frame(m.now)))
			}
		}
	}
}

// requireEqual checks that every client's world is the server's.
func (m *match) requireEqual() {
	want := replicate.Describe(m.server.App())
	for i, c := range m.clients {
		require.Equal(m.t, want, replicate.Describe(c.App()), "client %d: %+v", i, c.Stats())
	}
}

// eachSeed runs a test for many seeds and says how to replay the first that
// fails.
func eachSeed(t *testing.T, run func(t *testing.T, seed uint64)) {
	count := uint64(*seeds)
	if testing.Short() {
		count = 1 // under the race detector, which has little to find in one goroutine
	}
	for seed := *firstSeed; seed < *firstSeed+count; seed++ {
		if !t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) { run(t, seed) }) {
			t.Fatalf("replay: go test ./net/session -run '^%s$' -seed %d -seeds 1", t.Name(), seed)
		}
	}
}

var internet = netsim.Profile{
	Delay: 50 * time.Millisecond, Jitter: 5 * time.Millisecond,
	Loss: 0.05, Duplicate: 0.02, Reorder: 0.02,
}

// TestMatches plays over a bad line. After quiet all worlds are equal.
func TestMatches(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64) {
		m := newMatch(t, seed, internet)
		for range 4 {
			m.join()
		}
		m.run(15 * time.Second)
		m.leaving = m.clients[3]
		m.leaving.Leave()
		m.run(time.Second)
		require.Equal(t, session.Ended, m.leaving.State())
		require.ErrorIs(t, m.leaving.Err(), transport.ErrClosed)
		m.clients = m.clients[:3]
		m.join()
		m.run(5 * time.Second)
		m.quiet = true
		m.run(8 * time.Second)
		m.requireEqual()
		require.Len(t, replicate.Describe(m.server.App()), 4)
		for i, c := range m.clients {
			s := c.Stats()
			t.Logf("client %d: %+v", i, s)
			require.Zero(t, s.Dropped)
			require.Equal(t, seed<<40+7, c.App().Seed(), "the welcome tells it")
			require.Zero(t, s.Predict.TooDeep)
		}
	})
}

// TestSameSeedSameTrace plays a match twice: every packet and every world is
// the same.
func TestSameSeedSameTrace(t *testing.T) {
	play := func() (uint64, any) {
		m := newMatch(t, *firstSeed, internet)
		for range 3 {
			m.join()
		}
		m.run(8 * time.Second)
		var worlds []any
		for _, c := range m.clients {
			worlds = append(worlds, replicate.Describe(c.App()), c.Stats())
		}
		return m.net.Trace(), append(worlds, replicate.Describe(m.server.App()))
	}
	trace, worlds := play()
	again, worldsAgain := play()
	require.Equal(t, worlds, worldsAgain)
	require.Equal(t, trace, again)
}

// TestBlackout cuts a client off for two seconds: it comes back by itself.
func TestBlackout(t *testing.T) {
	m := newMatch(t, *firstSeed, internet)
	c := m.join()
	m.run(3 * time.Second)
	dead := internet
	dead.Loss = 1
	m.net.SetDefault(dead)
	m.run(2 * time.Second)
	m.net.SetDefault(internet)
	m.run(3 * time.Second)
	m.quiet = true
	m.run(6 * time.Second)
	m.requireEqual()
	late := c.Stats().Late
	m.run(2 * time.Second)
	require.InDelta(t, late, c.Stats().Late, 3, "commands arrive in time again")
}

// TestSteadyTickAllocatesNothing measures whole server ticks with clients who
// play.
func TestSteadyTickAllocatesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("long under the race detector, which itself allocates")
	}
	m := newMatch(t, 1, netsim.Profile{})
	for range 4 {
		m.join()
	}
	// Until all memory has grown to what the game needs; and between two minutes, at
	// each of which every client gets a new resume secret, which takes memory.
	m.run(90 * time.Second)
	const ticks = 600
	var allocs uint64
	var before, after runtime.MemStats
	for range ticks {
		m.now += time.Second / 60
		m.net.Advance(m.now)
		for _, c := range m.clients { // what clients and the network do is not measured
			require.NoError(t, c.Advance(m.now))
		}
		runtime.ReadMemStats(&before)
		err := m.server.Advance(m.now)
		runtime.ReadMemStats(&after)
		require.NoError(t, err)
		allocs += after.Mallocs - before.Mallocs
	}
	t.Logf("%d allocations in %d ticks", allocs, ticks)
	require.Less(t, allocs, uint64(ticks/20))
}

// TestLargeWorld joins a world that is much larger than what a connection
// queues: the client is told of all of it, in parts.
func TestLargeWorld(t *testing.T) {
	m := newMatch(t, 1, netsim.Profile{Delay: 10 * time.Millisecond, Rate: 20e6})
	things := ecs.NewMap2[replicate.Net, place](m.server.App().Sim())
	const count = 20000
	for i := range count {
		things.NewEntity(replicate.Net{}, place{X: float32(i % 1000), Y: float32(i / 1000)})
	}
	c := m.join()
	m.quiet = true
	m.run(2 * time.Second)
	require.NotZero(t, c.Stats().Predict.Confirmed, "the own ship does not wait for the rest")
	m.run(10 * time.Second)
	require.Equal(t, count+1, c.Stats().Entities)
}
