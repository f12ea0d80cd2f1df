package replicate_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/fnv"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"testing/cryptotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport"
)

// The matrix: every combination of these lines comes up as seeds go by.
var (
	matrixRTT     = []time.Duration{0, 40, 100, 250, 400} // ms
	matrixJitter  = []time.Duration{0, 20, 100}           // ms
	matrixLoss    = []float64{0, 0.02, 0.1, 0.3}
	matrixTwice   = []float64{0, 0.05}
	matrixReorder = []float64{0, 0.05}
	matrixRate    = []int64{0, 1_000_000, 256_000} // bits a second
)

// matrixSize is the number of combinations.
var matrixSize = uint64(len(matrixRTT) * len(matrixJitter) * len(matrixLoss) * len(matrixTwice) * len(matrixReorder) * len(matrixRate))

// profileOf is the line of a seed: seeds in a row are far apart in the matrix.
func profileOf(seed uint64) netsim.Profile {
	k := seed * 277 % matrixSize // 277 is prime to the size
	pick := func(n int) uint64 {
		i := k % uint64(n)
		k /= uint64(n)
		return i
	}
	p := netsim.Profile{Delay: matrixRTT[pick(len(matrixRTT))] * time.Millisecond / 2}
	p.Jitter = min(matrixJitter[pick(len(matrixJitter))]*time.Millisecond, p.Delay)
	p.Loss, p.Duplicate = matrixLoss[pick(len(matrixLoss))], matrixTwice[pick(len(matrixTwice))]
	p.Reorder, p.Rate = matrixReorder[pick(len(matrixReorder))], matrixRate[pick(len(matrixRate))]
	return p
}

// played is the generated game played by a server and clients over a simulated
// network: everything that a game has but sockets.
type played struct {
	seed    uint64
	rng     *rand.Rand
	net     *netsim.Network
	id      *secure.Identity
	addr    netip.AddrPort
	server  *session.Server
	gen     *generator
	truth   *truth
	game    session.Game
	clients []*playedClient
	gone    []*playedClient // their tickets may be used
	now     time.Duration
	made    byte
	traffic hash.Hash64
	values  int // compared
	poses   int
	resumed int
}

type playedClient struct {
	*session.Client
	judge   *judge
	goneAt  time.Duration
	leaving bool
}

const (
	playedFrame = time.Second / 72
	playedGrace = 4 * time.Second
)

// hashed is a carrier whose traffic is hashed, content and all.
type hashed struct {
	*netsim.Carrier
	into hash.Hash64
}

// WriteBatch implements transport.Carrier.
func (c hashed) WriteBatch(d []transport.Datagram) (int, error) {
	for i := range d {
		addr := d[i].Addr.Addr().As4()
		_, _ = c.into.Write(binary.LittleEndian.AppendUint32(addr[:], uint32(len(d[i].Data))))
		_, _ = c.into.Write(d[i].Data)
	}
	return c.Carrier.WriteBatch(d)
}

func newPlayed(seed uint64, line netsim.Profile) *played {
	p := &played{
		seed: seed, rng: rand.New(rand.NewPCG(seed, 5)), net: netsim.NewNetwork(seed),
		id: secure.IdentityFromSeed([32]byte{1}), traffic: fnv.New64a(),
	}
	p.net.SetDefault(line)
	p.game = session.Game{Name: "generated", Version: 1, Sim: generatedSim, Server: func(app *engine.App) {
		p.gen = newGenerator(app, seed)
		app.Simulate(p.gen)
		p.truth = watchTruth(app, p.gen, 3)
	}}
	carrier := p.net.Carrier(netip.AddrPort{})
	p.addr = carrier.LocalAddr()
	var err error
	p.server, err = session.NewServer(p.game, session.ServerConfig{
		Identity: p.id, Carriers: []transport.Carrier{hashed{carrier, p.traffic}}, Rand: p.random(), Grace: playedGrace,
	})
	must(err)
	return p
}

// random is the keys of one side.
func (p *played) random() *rand.ChaCha8 {
	p.made++
	return rand.NewChaCha8([32]byte{byte(p.seed), byte(p.seed >> 8), byte(p.seed >> 16), p.made})
}

// join adds a client, one that takes another's place if there is a ticket.
func (p *played) join(ticket *session.Ticket) *playedClient {
	c := &playedClient{}
	seed := p.seed<<16 + uint64(p.made)
	var err error
	c.Client, err = session.NewClient(p.game, session.ClientConfig{
		Addr: p.addr, Pin: p.id.Public, Carrier: hashed{p.net.Carrier(netip.AddrPort{}), p.traffic}, Name: fmt.Sprint("player ", p.made),
		Rand: p.random(), Resume: ticket,
		Plugins: []engine.Plugin{func(app *engine.App) {
			c.judge = watch(app, func() (*truth, input.PlayerID) {
				return p.truth, ecs.Resource[session.Local](app.World()).Player
			})
			app.Receive(c.judge)
			app.Send(plainTick(c.judge.hear))
			input.Sample(app, func(t engine.Tick) wish {
				if p.gen.quiet {
					return wish{}
				}
				rng := rand.New(rand.NewPCG(seed, uint64(t.Number)))
				return wish{X: int8(rng.IntN(3) - 1), Y: int8(rng.IntN(3) - 1), Drop: rng.IntN(60) == 0}
			})
		}},
	})
	must(err)
	p.clients = append(p.clients, c)
	return c
}

// run plays for a time and reports what is wrong.
func (p *played) run(d time.Duration) error {
	for end := p.now + d; p.now < end; {
		p.now += playedFrame
		p.net.Advance(p.now)
		if err := p.server.Advance(p.now); err != nil {
			return fmt.Errorf("%v: server: %w", p.now, err)
		}
		for i := 0; i < len(p.clients); i++ {
			c := p.clients[i]
			err := c.Advance(p.now)
			if c.judge.err != nil {
				return fmt.Errorf("%v: %w", p.now, c.judge.err)
			}
			if err != nil {
				if !c.leaving && c.Player().Player != 0 && !errors.Is(err, transport.ErrTimeout) {
					return fmt.Errorf("%v: player %d: %w", p.now, c.Player().Player, err)
				}
				p.lose(i)
				i--
				continue
			}
			if c.State() == session.Playing {
				if err := c.App().Render(c.Frame(p.now)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// lose stops advancing a client, without a word to the server.
func (p *played) lose(i int) {
	c := p.clients[i]
	p.clients = slices.Delete(p.clients, i, i+1)
	c.goneAt = p.now
	p.values, p.poses = p.values+c.judge.seen, p.poses+c.judge.poses
	if !c.leaving && c.Ticket() != nil {
		p.gone = append(p.gone, c)
	}
}

// churn lets players come, leave, vanish and return: within the grace time and
// after it.
func (p *played) churn() {
	switch p.rng.IntN(6) {
	case 0:
		if len(p.clients) < 4 {
			p.join(nil)
		}
	case 1:
		if c := p.clients[p.rng.IntN(len(p.clients))]; len(p.clients) > 1 && c.State() == session.Playing {
			c.leaving = true
			c.Leave()
		}
	case 2:
		if i := p.rng.IntN(len(p.clients)); len(p.clients) > 1 && p.clients[i].State() == session.Playing {
			p.lose(i)
		}
	default:
		if len(p.gone) > 0 && len(p.clients) < 5 {
			c := p.gone[0]
			p.gone = p.gone[1:]
			p.join(c.Ticket())
			p.resumed++
		}
	}
}

// play runs the whole of a seed.
func (p *played) play(busy, quiet int) error {
	for range 3 {
		p.join(nil)
	}
	for range busy {
		if err := p.run(time.Second); err != nil {
			return err
		}
		p.churn()
	}
	p.gen.rest()
	for range 60 { // until it is quiet, and for a while
		if err := p.run(time.Second); err != nil {
			return err
		}
		if p.truth.last-max(p.gen.event, uint32(busy*60)) >= uint32(quiet*60) && p.playing() {
			break
		}
	}
	for _, c := range p.clients {
		if c.State() != session.Playing {
			return fmt.Errorf("a client is %v after quiet, %+v", c.State(), c.Stats())
		}
		if err := c.judge.settled(); err != nil {
			return fmt.Errorf("after quiet: %w", err)
		}
		p.values, p.poses = p.values+c.judge.seen, p.poses+c.judge.poses
	}
	return nil
}

// playing reports whether all clients are in the game.
func (p *played) playing() bool {
	return !slices.ContainsFunc(p.clients, func(c *playedClient) bool { return c.State() != session.Playing })
}

// TestMatrix plays generated games through the whole stack, over lines of every
// kind.
func TestMatrix(t *testing.T) {
	values, poses, resumed, count := 0, 0, 0, 0
	for seed := *firstSeed; seed < lastSeed(); seed++ {
		count++
		line := profileOf(seed)
		p := newPlayed(seed, line)
		if err := p.play(12, 8); err != nil {
			t.Fatalf("seed %d, %v: %v\nreplay: go test ./net/replicate -run '^TestMatrix$' -seed %d -seeds 1", seed, line, err, seed)
		}
		values, poses, resumed = values+p.values, poses+p.poses, resumed+p.resumed
	}
	t.Logf("%d seeds: %d values off the wire and %d shown were compared, %d players came back", count, values, poses, resumed)
}

// TestSamePackets plays a seed twice: every byte on the wire is the same.
func TestSamePackets(t *testing.T) {
	traffic := func() uint64 {
		cryptotest.SetGlobalRandom(t, *firstSeed) // ML-KEM takes no other source
		p := newPlayed(*firstSeed, netsim.Profile{Delay: 40 * time.Millisecond, Jitter: 20 * time.Millisecond, Loss: 0.05, Duplicate: 0.02, Reorder: 0.02})
		require.NoError(t, p.play(8, 5))
		return p.traffic.Sum64()
	}
	first := traffic()
	t.Logf("%x", first)
	require.Equal(t, first, traffic())
	other := newPlayed(*firstSeed+1, netsim.Profile{})
	require.NoError(t, other.play(8, 5))
	require.NotEqual(t, first, other.traffic.Sum64())
}
