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
	"time"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport"
)

// played is the generated game played by a server and clients over a simulated
// network: everything that a game has but sockets.
type played struct {
	seed    uint64
	rng     *rand.Rand
	net     *netsim.Network
	id      *secure.Identity
	addr    netip.AddrPort
	server  *session.Server
	houses  []*house
	game    session.Game
	clients []*playedClient
	gone    []*playedClient // their tickets may be used
	now     time.Duration
	made    byte
	traffic hash.Hash64
	values  int // compared
	poses   int
	events  int
	resumed int
	moved   int
	quiet   bool
}

// house is a room of the game, with what is true there.
type house struct {
	room  *session.Room
	gen   *generator
	truth *truth
	rest  uint32 // the tick since which nothing changes
}

// settled reports whether it has been quiet for a while.
func (h *house) settled(ticks uint32) bool { return h.truth.last >= max(h.gen.event, h.rest)+ticks }

type playedClient struct {
	*session.Client
	judge   *judge
	goneAt  time.Duration
	leaving bool
	local   *session.Local
	entered *ecs.Events[session.Entered]
	stays   int // that events told of
}

// enter checks that the client's systems are told of each room in their first
// tick there, and that values of the world are none of another room's.
func (c *playedClient) enter() {
	w := c.App().World()
	if len(c.judge.lives) == 0 && (*ecs.Resource[tally](w) != tally{} || *ecs.Resource[weather](w) != weather{}) {
		c.judge.wrong("%w: %+v of no room", errShown, ecs.Resource[tally](w))
	}
	for _, e := range c.entered.Read() {
		if want := (session.Entered{Player: c.local.Player, Room: c.local.Room, Moved: c.stays > 0}); e != want {
			c.judge.wrong("%w: %+v, is %+v", errEvents, e, want)
		}
		c.stays++
	}
	if c.stays != c.judge.stays {
		c.judge.wrong("%w: %d rooms entered, %d told of", errEvents, c.judge.stays, c.stays)
	}
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
	p.game = session.Game{Name: "generated", Version: 1, Sim: generatedSim, Server: p.build}
	carrier := p.net.Carrier(netip.AddrPort{})
	p.addr = carrier.LocalAddr()
	var err error
	p.server, err = session.NewServer(p.game, session.ServerConfig{
		Identity: p.id, Carriers: []transport.Carrier{hashed{carrier, p.traffic}}, Rand: p.random(), Grace: playedGrace, Rooms: 2,
		Pieces: []int{-1, 1, 3}[(seed/4+seed/matrixSize)%3], // never, always, and as players come and go
	})
	must(err)
	return p
}

// build makes the world of a room.
func (p *played) build(app *engine.App) {
	h := &house{room: session.RoomOf(app.World()), gen: newGenerator(app, p.seed+uint64(len(p.houses))<<40)}
	h.gen.most = 35
	app.Simulate(h.gen)
	h.truth = watchTruth(app, h.gen, 3)
	p.houses = append(p.houses, h)
}

// house is the one of a room's name, nil for none.
func (p *played) house(name string) *house {
	for _, h := range p.houses {
		if h.room.Name() == name {
			return h
		}
	}
	return nil
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
			local := ecs.Resource[session.Local](app.World())
			c.judge = watch(app, func() (*truth, input.PlayerID) {
				if local.Player == 0 {
					return nil, 0
				}
				return p.house(local.Room).truth, local.Player
			})
			app.Receive(c.judge)
			c.entered, c.local = ecs.EventsOf[session.Entered](app.World()), local
			app.Receive(plainSystem(c.enter))
			app.Send(plainTick(c.judge.hear))
			input.Sample(app, func(t engine.Tick) wish {
				if p.quiet {
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
	p.count(c)
	if !c.leaving && c.Ticket() != nil {
		p.gone = append(p.gone, c)
	}
}

// churn lets players come, leave, vanish and return, within the grace time and
// after it, and sends them from room to room.
func (p *played) churn() {
	switch p.rng.IntN(10) {
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
	case 3, 4, 5:
		p.move(p.clients[p.rng.IntN(len(p.clients))])
	case 6:
		if len(p.gone) > 0 {
			p.move(p.gone[0]) // it follows when it is back
		}
		p.open()
	default:
		if len(p.gone) > 0 && len(p.clients) < 5 {
			c := p.gone[0]
			p.gone = p.gone[1:]
			p.join(c.Ticket())
			p.resumed++
		}
	}
}

// move sends a player to another room, or there and at once elsewhere.
func (p *played) move(c *playedClient) {
	from := p.house(c.Player().Room)
	if from == nil {
		return // it is in none yet
	}
	for range 1 + p.rng.IntN(2) {
		to := p.houses[p.rng.IntN(len(p.houses))]
		if err := from.room.Move(c.Player().Player, to.room); err == nil && to != from {
			p.moved++
		} else if err != nil && !errors.Is(err, session.ErrRoomClosed) {
			panic(err)
		}
	}
}

// open opens a third room, or lets that one close once it is empty.
func (p *played) open() {
	if len(p.houses) == 3 {
		p.houses[2].room.Drain()
		return
	}
	_, err := p.server.Open(session.RoomConfig{Name: "3", Seed: p.seed})
	must(err)
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
	p.rest()
	for range 60 { // until it is quiet, and for a while
		if err := p.run(time.Second); err != nil {
			return err
		}
		if p.settled(uint32(quiet * 60)) {
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
		p.count(c)
	}
	return nil
}

// rest stops everything, in every room.
func (p *played) rest() {
	p.quiet = true
	for _, h := range p.houses {
		h.gen.rest()
		h.rest = h.truth.last
	}
}

// settled reports whether all clients are in the game, in rooms that have been
// quiet for a while.
func (p *played) settled(ticks uint32) bool {
	return !slices.ContainsFunc(p.clients, func(c *playedClient) bool {
		h := p.house(c.Player().Room)
		return c.State() != session.Playing || h.gen.player(c.Player().Player) == nil || !h.settled(ticks)
	})
}

// count adds up what was compared.
func (p *played) count(c *playedClient) {
	p.values, p.poses, p.events = p.values+c.judge.seen, p.poses+c.judge.poses, p.events+c.judge.events
}
