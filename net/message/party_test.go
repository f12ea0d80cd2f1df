package message_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/message"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/transport"
)

var (
	seeds     = flag.Int("seeds", 8, "number of seeds of the parties")
	firstSeed = flag.Uint64("seed", 1, "first seed of the parties")
)

// party is a server and its clients over encrypted connections and a bad
// network, in virtual time. Everybody sends at random; the model knows what
// may come.
type party struct {
	t        *testing.T
	net      *netsim.Network
	endpoint *transport.Endpoint
	server   *end
	host     *message.Server
	guests   []*guest
	rng      *rand.Rand
	now      time.Duration
	talking  bool
	next     uint32 // every message has a number of its own
	entities int    // 1..entities exist on the server
}

// guest is one client of the party, with what it was sent and has received.
type guest struct {
	*end
	player   int
	conn     *transport.Conn
	accepted *transport.Conn
	peer     *message.Peer
	client   *message.Client
	entities map[replicate.ID]bool
	appear   map[replicate.ID]uint32 // ticks at which entities will be there
	playhead float64
	down, up model
}

// model is one direction between the server and one client.
type model struct {
	notes, hits                  []uint32 // sent, in order
	sparks, poses, orders        map[uint32]bool
	flashes                      map[uint32]bool
	gotNotes, gotHits            []uint32
	gotSparks, gotPoses, gotRest map[uint32]bool
	lastPose                     uint32
}

func newModel() model {
	m := func() map[uint32]bool { return map[uint32]bool{} }
	return model{sparks: m(), poses: m(), orders: m(), flashes: m(), gotSparks: m(), gotPoses: m(), gotRest: m()}
}

func (p *party) random(n byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{byte(*firstSeed), n}) }

var table = channel.Table{
	{Name: "messages", Kind: channel.Ordered},
	{Name: "events", Kind: channel.Unreliable},
}

func newParty(t *testing.T, seed uint64, line netsim.Profile, guests int) *party {
	p := &party{t: t, net: netsim.NewNetwork(seed), server: newEnd(), rng: rand.New(rand.NewPCG(seed, 5)), talking: true}
	p.net.SetDefault(line)
	id := secure.IdentityFromSeed([32]byte{4})
	cfg := transport.Config{Identity: id, Protocol: 1, Channels: table, Rand: p.random(0)}
	carrier := p.net.Carrier(netip.AddrPort{})
	var err error
	p.endpoint, err = transport.Listen(cfg, carrier)
	require.NoError(t, err)
	p.server.app.Receive(system(p.receive))
	p.server.app.Simulate(p.server)
	p.server.app.Send(system(func(t engine.Tick) { p.host.Flush(t) }))
	p.server.update = p.hostPlays
	p.host = message.NewServer(p.server.app, message.ServerConfig{Channels: channels, Limits: message.Limits{BytesPerSecond: 1 << 20, PerSecond: 5000, Burst: 50_000, Waiting: 5000}})
	require.NoError(t, p.server.app.Start())
	for i := range guests {
		cfg.Identity, cfg.Rand = nil, p.random(byte(i+1))
		conn, err := transport.Dial(transport.DialConfig{Config: cfg, Addr: carrier.LocalAddr(), Pin: id.Public}, p.net.Carrier(netip.AddrPort{}))
		require.NoError(t, err)
		p.guests = append(p.guests, p.newGuest(i, conn))
		for p.guests[i].accepted == nil {
			p.step()
		}
	}
	return p
}

func (p *party) newGuest(i int, conn *transport.Conn) *guest {
	g := &guest{end: newEnd(), player: i, conn: conn, entities: map[replicate.ID]bool{}, appear: map[replicate.ID]uint32{}, down: newModel(), up: newModel()}
	g.app.Receive(system(func(t engine.Tick) { p.guestReceives(g, t) }))
	g.app.Simulate(g)
	g.app.Send(system(func(t engine.Tick) { g.client.Flush(t) }))
	g.update = func(t engine.Tick) { p.guestPlays(g, t) }
	g.client = message.NewClient(g.app, message.ClientConfig{Channels: channels})
	g.client.Connect(conn)
	require.NoError(p.t, g.app.Start())
	return g
}

// step is one tick of everybody.
func (p *party) step() {
	p.now += time.Second / 60
	p.net.Advance(p.now)
	p.endpoint.Poll(p.now)
	if c, ok := p.endpoint.Accept(); ok {
		g := p.guests[len(p.guests)-1]
		g.accepted, g.peer = c, p.host.Add(player(g.player), c)
		g.app.SetTick(p.server.app.Tick() + uint32(p.rng.IntN(20)))
		for id := range p.entities {
			p.announce(g, replicate.ID(id+1))
		}
	}
	require.NoError(p.t, p.server.app.Step())
	p.endpoint.Flush(p.now)
	for _, g := range p.guests {
		g.conn.Poll(p.now)
		if g.accepted != nil {
			g.playhead = float64(p.server.app.Tick()) - 12.5
			require.NoError(p.t, g.app.Step())
		}
		g.conn.Flush(p.now)
	}
}

func (p *party) run(d time.Duration) {
	for end := p.now + d; p.now < end; {
		p.step()
	}
}

// announce lets a guest learn of an entity within two seconds.
func (p *party) announce(g *guest, id replicate.ID) {
	g.appear[id] = g.app.Tick() + uint32(p.rng.IntN(120))
}

// receive is the server's Receive phase.
func (p *party) receive(t engine.Tick) {
	for _, g := range p.guests {
		if g.accepted == nil {
			continue
		}
		for m, ok := g.accepted.Receive(); ok; m, ok = g.accepted.Receive() {
			require.NoError(p.t, g.peer.Receive(m.Data))
		}
	}
	p.host.Deliver(t)
}

func (p *party) number() uint32 {
	p.next++
	return p.next
}

// hostPlays is what the server does in a tick: it reads what has come and sends at
// random.
func (p *party) hostPlays(t engine.Tick) {
	for _, m := range p.server.note.Read(t) {
		g := p.guests[m.From-1]
		g.up.gotNotes = append(g.up.gotNotes, m.Value.N)
	}
	for _, m := range p.server.spark.Read(t) {
		p.once(p.guests[m.From-1].up.gotSparks, p.guests[m.From-1].up.sparks, m.Value.N)
	}
	for _, m := range p.server.pose.Read(t) {
		p.newer(&p.guests[m.From-1].up, m.Value.N)
	}
	for _, m := range p.server.order.Read(t) {
		require.LessOrEqual(p.t, m.Tick, t.Number)
		p.once(p.guests[m.From-1].up.gotRest, p.guests[m.From-1].up.orders, m.Value.N)
	}
	for _, m := range p.server.hit.Read(t) {
		require.LessOrEqual(p.t, int(m.Value.Target), p.entities)
		p.guests[m.From-1].up.gotHits = append(p.guests[m.From-1].up.gotHits, m.Value.N)
	}
	if p.talking {
		for range p.rng.IntN(3) {
			p.serverSays()
		}
	}
}

// serverSays sends one message to somebody.
func (p *party) serverSays() {
	n, s := p.number(), p.server
	someone := p.guests[p.rng.IntN(len(p.guests))]
	if someone.accepted == nil {
		return
	}
	switch p.rng.IntN(7) {
	case 0:
		s.notes.All(note{n})
		p.each(func(g *guest) { g.down.notes = append(g.down.notes, n) })
	case 1:
		s.notes.Except(player(someone.player), note{n})
		p.each(func(g *guest) {
			if g != someone {
				g.down.notes = append(g.down.notes, n)
			}
		})
	case 2:
		s.sparks.Player(player(someone.player), spark{n})
		someone.down.sparks[n] = true
	case 3:
		s.poses.Player(player(someone.player), pose{n})
		someone.down.poses[n] = true
	case 4:
		s.orders.At(s.app.Tick() + uint32(p.rng.IntN(60))).All(order{n})
		p.each(func(g *guest) { g.down.orders[n] = true })
	case 5:
		s.flashes.All(flash{N: n})
		p.each(func(g *guest) { g.down.flashes[n] = true })
	default:
		if p.rng.IntN(3) == 0 {
			p.entities++
			s.spawn(replicate.ID(p.entities))
			p.each(func(g *guest) { p.announce(g, replicate.ID(p.entities)) })
		}
		if p.entities > 0 {
			h := hit{N: n, Target: replicate.ID(1 + p.rng.IntN(p.entities)), Others: []replicate.ID{replicate.ID(p.entities)}}
			s.hits.All(h)
			p.each(func(g *guest) { g.down.hits = append(g.down.hits, n) })
		}
	}
}

func (p *party) each(f func(g *guest)) {
	for _, g := range p.guests {
		if g.peer != nil {
			f(g)
		}
	}
}

// guestReceives is a client's Receive phase.
func (p *party) guestReceives(g *guest, t engine.Tick) {
	for m, ok := g.conn.Receive(); ok; m, ok = g.conn.Receive() {
		require.NoError(p.t, g.client.Receive(m.Data))
	}
	for i := range p.entities {
		id := replicate.ID(i + 1)
		if at, ok := g.appear[id]; ok && int32(t.Number-at) >= 0 && !g.entities[id] {
			g.entities[id] = true
			g.spawn(id)
		}
	}
	g.client.Deliver(t, g.playhead)
}

// guestPlays reads what has come and sends at random.
func (p *party) guestPlays(g *guest, t engine.Tick) {
	for _, m := range g.note.Read(t) {
		g.down.gotNotes = append(g.down.gotNotes, m.Value.N)
	}
	for _, m := range g.hit.Read(t) {
		require.True(p.t, g.entities[m.Value.Target] && g.entities[m.Value.Others[0]], "a message names an entity that is not here")
		g.down.gotHits = append(g.down.gotHits, m.Value.N)
	}
	for _, m := range g.spark.Read(t) {
		p.once(g.down.gotSparks, g.down.sparks, m.Value.N)
	}
	for _, m := range g.pose.Read(t) {
		p.newer(&g.down, m.Value.N)
	}
	for _, m := range g.order.Read(t) {
		require.LessOrEqual(p.t, m.Tick, t.Number)
		p.once(g.down.gotRest, g.down.orders, m.Value.N)
	}
	for _, m := range g.flash.Read(t) {
		require.LessOrEqual(p.t, float64(m.Tick), g.playhead)
		p.once(g.down.gotRest, g.down.flashes, m.Value.N)
	}
	if !p.talking || p.rng.IntN(2) == 0 {
		return
	}
	switch n := p.number(); p.rng.IntN(5) {
	case 0:
		g.notes.Server(note{n})
		g.up.notes = append(g.up.notes, n)
	case 1:
		g.sparks.Server(spark{n})
		g.up.sparks[n] = true
	case 2:
		g.poses.Server(pose{n})
		g.up.poses[n] = true
	case 3:
		g.orders.Server(order{n})
		g.up.orders[n] = true
	default:
		if g.entities[1] {
			g.hits.Server(hit{N: n, Target: 1})
			g.up.hits = append(g.up.hits, n)
		}
	}
}

// once checks that n was sent there and has not come before.
func (p *party) once(got, sent map[uint32]bool, n uint32) {
	require.True(p.t, sent[n], "%d was never sent there", n)
	require.False(p.t, got[n], "%d came twice", n)
	got[n] = true
}

func (p *party) newer(m *model, n uint32) {
	p.once(m.gotPoses, m.poses, n)
	require.Greater(p.t, n, m.lastPose, "an older one came after a newer one")
	m.lastPose = n
}

// TestParty: over a bad line everything that is reliable comes, once and in
// order; the rest at most once; nothing before its time or its entity.
func TestParty(t *testing.T) {
	count := uint64(*seeds)
	if testing.Short() {
		count = 2
	}
	for seed := *firstSeed; seed < *firstSeed+count; seed++ {
		ok := t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			line := netsim.Profile{Delay: 60 * time.Millisecond, Jitter: 30 * time.Millisecond, Loss: 0.1, Duplicate: 0.03, Reorder: 0.05}
			p := newParty(t, seed, line, 5)
			p.run(20 * time.Second)
			p.talking = false
			p.run(6 * time.Second)
			for i, g := range p.guests {
				for name, m := range map[string]*model{"down": &g.down, "up": &g.up} {
					require.Equal(t, m.notes, m.gotNotes, "%d %s", i, name)
					require.Equal(t, m.hits, m.gotHits, "%d %s", i, name)
					require.NotEmpty(t, m.notes)
					require.NotEmpty(t, m.hits)
					for n := range m.orders {
						require.True(t, m.gotRest[n], "%d %s: order %d never came", i, name, n)
					}
					require.Greater(t, len(m.gotSparks), len(m.sparks)/2)
					require.Greater(t, len(m.gotPoses), len(m.poses)/2)
				}
				require.Zero(t, g.peer.Stats().Excessive+g.peer.Stats().Malformed+g.peer.Stats().Unknown+g.peer.Stats().Expired)
			}
		})
		if !ok {
			t.Fatalf("replay: go test ./net/message -run TestParty -seed %d -seeds 1", seed)
		}
	}
}
