package arena_test

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena"
	"github.com/tandem-engine/tandem/games/arena/bots"
	"github.com/tandem-engine/tandem/games/arena/server"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport"
)

var (
	seeds     = flag.Int("seeds", 20, "number of seeds of the whole games")
	firstSeed = flag.Uint64("seed", 1, "first seed of the whole games")
	playFor   = flag.Duration("play", 60*time.Second, "virtual length of the whole games")
)

// internet is the line that whole games are played over: 100 ms RTT, 5 % loss,
// 2 % duplicated and reordered.
var internet = netsim.Profile{
	Delay: 50 * time.Millisecond, Jitter: 5 * time.Millisecond,
	Loss: 0.05, Duplicate: 0.02, Reorder: 0.02,
}

// frame is how often everything is advanced.
const frame = time.Second / 120

// game is a whole arena in virtual time: eight players, hosted by one of them
// or on a server of their own.
type game struct {
	t       *testing.T
	net     *netsim.Network
	seed    uint64
	server  *session.Server
	drivers []session.Driver // the players; the first may be the host
	now     time.Duration
	calm    bool
}

// setup is who plays a whole game, and over which line. Its zero value is eight
// players of different skill over the internet.
type setup struct {
	players            int // 0: 8
	line               *netsim.Profile
	skill              float32       // of everybody; 0: of each its own
	delay              predict.Delay // of the commands of every other guest
	onServer, onClient engine.Plugin // beside the game's; nil: nothing
}

// eachWay plays a test twice: with a player who hosts, and with a server of its
// own. Every test of the whole arena goes through here.
func eachWay(t *testing.T, play func(t *testing.T, hosted bool)) {
	for _, hosted := range []bool{false, true} {
		t.Run(fmt.Sprintf("hosted=%t", hosted), func(t *testing.T) { play(t, hosted) })
	}
}

func newGame(t *testing.T, seed uint64, hosted bool, with setup) *game {
	g := &game{t: t, seed: seed, net: netsim.NewNetwork(seed)}
	g.net.SetDefault(internet)
	if with.line != nil {
		g.net.SetDefault(*with.line)
	}
	nothing := func(*engine.App) {}
	if with.onServer == nil {
		with.onServer, with.onClient = nothing, nothing
	}
	carrier := g.net.Carrier(netip.AddrPort{})
	id := secure.IdentityFromSeed([32]byte{9})
	rules := arena.Calmable(arena.With(server.Rules{Bots: 1}), &g.calm)
	if hosted {
		host, err := session.NewHost(rules, session.HostConfig{
			Name: "host", Carriers: []transport.Carrier{carrier}, Identity: id, Seed: seed, Rand: rand.NewChaCha8([32]byte{byte(seed)}),
			Server: []engine.Plugin{with.onServer}, Client: []engine.Plugin{bots.Autopilot(cmp.Or(with.skill, 0.7)), with.onClient},
		})
		require.NoError(t, err)
		g.server, g.drivers = host.Server(), append(g.drivers, host)
	} else {
		s, err := session.NewServer(rules, session.ServerConfig{
			Identity: id, Carriers: []transport.Carrier{carrier}, Seed: seed,
			Rand: rand.NewChaCha8([32]byte{byte(seed)}), Plugins: []engine.Plugin{with.onServer},
		})
		require.NoError(t, err)
		g.server = s
	}
	for n := byte(len(g.drivers)); int(n) < cmp.Or(with.players, 8); n++ {
		var delay *predict.Delay
		if n%2 == 0 {
			delay = &with.delay
		}
		c, err := session.NewClient(arena.Calmable(arena.Game, &g.calm), session.ClientConfig{
			Delay: delay,
			Addr:  carrier.LocalAddr(), Pin: id.Public, Carrier: g.net.Carrier(netip.AddrPort{}),
			Name: fmt.Sprint("player ", n), Rand: rand.NewChaCha8([32]byte{byte(seed), n + 1}),
			Plugins: []engine.Plugin{bots.Autopilot(cmp.Or(with.skill, 0.3+float32(n)/12)), with.onClient},
		})
		require.NoError(t, err)
		g.drivers = append(g.drivers, c)
	}
	return g
}

func (g *game) run(d time.Duration) {
	for end := g.now + d; g.now < end; {
		g.step()
	}
}

func (g *game) step() {
	g.now += frame
	g.net.Advance(g.now)
	if _, hosted := g.drivers[0].(*session.Host); !hosted {
		require.NoError(g.t, g.server.Advance(g.now))
	}
	for i, d := range g.drivers {
		require.NoError(g.t, d.Advance(g.now), "player %d", i)
		if d.State() == session.Playing {
			require.NoError(g.t, d.App().Render(d.Frame(g.now)))
		}
	}
}

// requireEqual waits for a moment in which every player's arena is the server's.
func (g *game) requireEqual() {
	requireEqual(g.t, func() { g.run(time.Second / 4) }, func(yield func(server, client *engine.App) bool) {
		for _, d := range g.drivers {
			if !yield(g.server.App(), d.App()) {
				return
			}
		}
	})
}

// TestWholeGames plays for a minute over a bad line, hosted and remote. After
// calm every player's arena equals the server's.
func TestWholeGames(t *testing.T) {
	count, length := uint64(*seeds), *playFor
	if testing.Short() { // under the race detector a game takes ten times as long
		count, length = 1, 5*time.Second
	}
	eachWay(t, func(t *testing.T, hosted bool) {
		for seed := *firstSeed; seed < *firstSeed+count; seed++ {
			ok := t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
				t.Parallel()
				g := newGame(t, seed, hosted, setup{})
				g.run(length)
				for i, d := range g.drivers {
					t.Logf("player %d: %+v", i, d.Stats())
				}
				g.calm = true
				g.run(5 * time.Second)
				g.requireEqual()
			})
			if !ok {
				t.Fatalf("replay: go test ./games/arena -run '%s' -seed %d -seeds 1", t.Name(), seed)
			}
		}
	})
}

// TestSameSeedSameGame plays a game twice, hosted and remote: the same packets,
// the same worlds.
func TestSameSeedSameGame(t *testing.T) {
	if testing.Short() {
		t.Skip("a minute under the race detector, for a game in one goroutine")
	}
	eachWay(t, func(t *testing.T, hosted bool) {
		play := func() (trace uint64, worlds []map[replicate.ID]string) {
			g := newGame(t, *firstSeed, hosted, setup{})
			g.run(10 * time.Second)
			worlds = append(worlds, replicate.Describe(g.server.App()))
			for _, d := range g.drivers {
				worlds = append(worlds, replicate.Describe(d.App()))
			}
			return g.net.Trace(), worlds
		}
		trace, worlds := play()
		again, worldsAgain := play()
		require.Equal(t, worlds, worldsAgain)
		require.Equal(t, trace, again)
	})
}

// TestSoak plays one long game, hosted and remote, over a line that keeps changing,
// for the simulated time in TANDEM_SOAK (make soak).
func TestSoak(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("TANDEM_SOAK"))
	if err != nil {
		t.Skip("TANDEM_SOAK is not set to a duration: make soak runs this test")
	}
	eachWay(t, func(t *testing.T, hosted bool) { soak(t, hosted, length) })
}

func soak(t *testing.T, hosted bool, length time.Duration) {
	g := newGame(t, *firstSeed, hosted, setup{})
	lines := rand.New(rand.NewPCG(*firstSeed, 99))
	for g.now < length {
		g.net.SetDefault(netsim.Profile{
			Delay:  time.Duration(lines.IntN(150)) * time.Millisecond,
			Jitter: time.Duration(lines.IntN(40)) * time.Millisecond,
			Loss:   lines.Float64() * 0.2, Duplicate: 0.02, Reorder: lines.Float64() * 0.1,
		})
		g.run(time.Minute)
		t.Logf("after %v: %+v", g.now, g.drivers[0].Stats())
	}
	g.net.SetDefault(internet)
	g.calm = true
	g.run(10 * time.Second)
	g.requireEqual()
}
