package netplay

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena"
	"github.com/tandem-engine/tandem/games/arena/bots"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport"
)

const (
	players  = 8
	rate     = 60               // ticks a second
	interval = 3                // ticks from snapshot to snapshot
	steps    = 720              // a second: frames of 60 and of 144 a second begin at steps
	settle   = 2 * time.Second  // from the welcome on
	patience = 30 * time.Second // of everybody to be welcomed, and for worlds to become equal
	blackout = 5 * time.Second
	recover  = 3 * time.Second // after a blackout
)

// game is one arena in virtual time.
type game struct {
	cell    Cell
	out     *tally
	net     *netsim.Network
	line    *netsim.Carrier // the server's
	server  *session.Server
	ground  *witness        // on the server
	ticks   []time.Duration // a server tick, from 0: when it was run
	players []*player
	step    int
	now     time.Duration
	calm    bool
}

func newGame(c Cell, seed uint64, out *tally) (*game, error) {
	g := &game{cell: c, out: out, net: netsim.NewNetwork(seed), ground: newWitness()}
	g.net.SetDefault(c.profile())
	g.line = g.net.Carrier(netip.AddrPort{})
	id := secure.IdentityFromSeed([32]byte{9})
	rules := arena.Calmable(arena.Game, &g.calm)
	var err error
	g.server, err = session.NewServer(rules, session.ServerConfig{
		Identity: id, Carriers: []transport.Carrier{g.line}, Seed: seed,
		Rand:    rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)}),
		Plugins: []engine.Plugin{func(app *engine.App) { app.Simulate(g.ground) }},
	})
	if err != nil {
		return nil, err
	}
	for n := range players {
		p := newPlayer(g, n)
		p.client, err = session.NewClient(rules, session.ClientConfig{
			Addr: g.line.LocalAddr(), Pin: id.Public, Carrier: g.net.Carrier(netip.AddrPort{}),
			Name: fmt.Sprint("player ", n), Rand: rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(n + 1)}),
			Plugins: []engine.Plugin{bots.Autopilot(0.4 + float32(n)/16), p.probe},
		})
		if err != nil {
			return nil, err
		}
		g.players = append(g.players, p)
	}
	return g, nil
}

// advance plays for one step.
func (g *game) advance() error {
	g.step++
	g.now = time.Duration(g.step) * time.Second / steps
	g.net.Advance(g.now)
	if g.step%2 == 0 {
		if err := g.server.Advance(g.now); err != nil {
			return fmt.Errorf("server: %w", err)
		}
		for uint32(len(g.ticks)) <= g.server.App().Tick() {
			g.ticks = append(g.ticks, g.now)
		}
	}
	for _, p := range g.players {
		if g.step%p.period == p.phase {
			if err := p.frame(); err != nil {
				return fmt.Errorf("player %d: %w", p.number, err)
			}
		}
	}
	return nil
}

// run plays for a while.
func (g *game) run(d time.Duration) error {
	for end := g.now + d; g.now < end; {
		if err := g.advance(); err != nil {
			return err
		}
	}
	return nil
}

// begin plays until everybody has settled.
func (g *game) begin() error {
	for {
		if err := g.advance(); err != nil {
			return err
		}
		waiting := false
		for _, p := range g.players {
			waiting = waiting || !p.settled()
		}
		if !waiting {
			return nil
		}
		if g.now > patience {
			return fmt.Errorf("not everybody has been welcomed after %v", patience)
		}
	}
}

// measure plays for a while that counts.
func (g *game) measure(d time.Duration) error {
	if err := g.begin(); err != nil {
		return err
	}
	if err := g.run(d); err != nil {
		return err
	}
	for _, p := range g.players {
		p.finish()
	}
	g.compareShots()
	return nil
}

// darken plays through a blackout and counts what does not go on after it.
func (g *game) darken() error {
	out := g.out
	g.out = &tally{} // nothing else counts
	defer func() { out.stuck += g.out.stuck }()
	if err := g.begin(); err != nil {
		return err
	}
	if err := g.run(recover); err != nil {
		return err
	}
	g.line.Blackout(blackout)
	if err := g.run(blackout + recover); err != nil {
		return err
	}
	before := make([]session.Stats, players)
	for i, p := range g.players {
		before[i] = p.client.Stats()
	}
	if err := g.run(settle); err != nil {
		return err
	}
	for i, p := range g.players {
		if !goesOn(before[i], p.client.Stats()) {
			g.out.stuck++
		}
	}
	return g.calmDown()
}

// goesOn reports whether everything of a player went on in the time of settle: the
// tick that is confirmed and the moment that is shown by half of it at least.
func goesOn(before, now session.Stats) bool {
	const enough = rate / 2 * uint32(settle/time.Second)
	return now.State == session.Playing &&
		now.Predict.Newest-before.Predict.Newest >= enough &&
		now.Late-before.Late <= enough/5 &&
		now.Shown-before.Shown >= float64(enough)
}

// calmDown lets everything stand still and waits for a moment in which all worlds
// are the same. Crates and ships still come and go, so one moment is not enough.
func (g *game) calmDown() error {
	g.calm = true
	if err := g.run(settle); err != nil {
		return err
	}
	different := 0
	for end := g.now + patience; g.now < end; {
		if err := g.run(time.Second / 4); err != nil {
			return err
		}
		different = 0
		world := replicate.Describe(g.server.App())
		for _, p := range g.players {
			if !maps.Equal(world, replicate.Describe(p.client.App())) {
				different++
			}
		}
		if different == 0 {
			return nil
		}
	}
	g.out.stuck += different
	return nil
}
