package session

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/wire"
)

// cart is moved by whoever owns it.
type (
	cart  struct{ Way int32 }
	drive struct {
		By int8 `net:"min=-7,max=7"`
	}
	carts struct {
		all    ecs.Filter2[cart, drive]
		joined *ecs.Events[Joined]
		spawn  ecs.Map3[replicate.Net, cart, drive]
	}
)

func (c *carts) Init(s *ecs.Sim) {
	c.all, c.spawn = ecs.Query2[cart, drive](s), ecs.NewMap3[replicate.Net, cart, drive](s)
	c.joined = ecs.EventsOf[Joined](s.World())
}

func (c *carts) Update(engine.Tick) {
	for _, j := range c.joined.Read() {
		c.spawn.NewEntity(replicate.Net{Owner: j.Player, Mode: replicate.ByAll}, cart{}, drive{})
	}
	q := c.all.Query()
	for q.Next() {
		w, d := q.Get()
		w.Way += int32(d.By)
	}
}

var cartGame = Game{Name: "carts", Sim: func(app *engine.App) {
	replicate.Component[cart](app, replicate.Predict())
	input.Command[drive](app)
	app.Simulate(&carts{})
}}

// hostile is a connection that speaks the session's channels by hand.
type hostile struct {
	conn *transport.Conn
}

func newHostile(t *testing.T, net *netsim.Network, addr netip.AddrPort, pin [32]byte) *hostile {
	game := cartGame.withDefaults()
	app := engine.New(engine.Config{})
	app.Add(game.Sim)
	conn, err := transport.Dial(transport.DialConfig{
		Config: transport.Config{
			Protocol: game.protocol(), Version: game.Version, Channels: channels,
			App: game.definitions(app), Rand: rand.NewChaCha8([32]byte{9}),
		},
		Addr: addr, Pin: pin,
	}, net.Carrier(netip.AddrPort{}))
	require.NoError(t, err)
	return &hostile{conn: conn}
}

func (h *hostile) send(ch uint8, m []byte) { _ = h.conn.Send(ch, m, sendOptions) }

// order is a well-formed command message for one tick.
func order(tick uint32, by int8) []byte {
	var w wire.Writer
	w.Bits(uint64(tick)&(1<<12-1), 12)
	w.Bits(0, 4) // the first room
	w.Uvarint(0)
	w.Bits(0, 5)
	w.Bits(uint64(by+7), 4)
	return w.Finish()
}

// TestNobodySteersAnother joins with a client that sends whatever may hurt: for
// its own ticks twice, for ticks that are over or far ahead, noise on the channels
// that are the server's to use. An honest player's cart stays where it is, the
// hostile one's does what was accepted first, and noise ends the connection.
func TestNobodySteersAnother(t *testing.T) {
	net := netsim.NewNetwork(1)
	net.SetDefault(netsim.Profile{Delay: 10 * time.Millisecond})
	id := secure.IdentityFromSeed([32]byte{1})
	carrier := net.Carrier(netip.AddrPort{})
	server, err := NewServer(cartGame, ServerConfig{Identity: id, Carriers: []transport.Carrier{carrier}, Rand: rand.NewChaCha8([32]byte{1})})
	require.NoError(t, err)
	honest, err := NewClient(cartGame, ClientConfig{Addr: carrier.LocalAddr(), Pin: id.Public, Carrier: net.Carrier(netip.AddrPort{}), Rand: rand.NewChaCha8([32]byte{2})})
	require.NoError(t, err)
	h := newHostile(t, net, carrier.LocalAddr(), id.Public)
	now, joined := time.Duration(0), false
	step := func(each func(tick uint32)) {
		now += cartGame.withDefaults().tick()
		net.Advance(now)
		require.NoError(t, server.Advance(now))
		require.NoError(t, honest.Advance(now))
		h.conn.Poll(now)
		if h.conn.State() == transport.Connected && !joined {
			h.send(chControl, appendLogin("mallory"))
			joined = true
		}
		for {
			if _, ok := h.conn.Receive(); !ok {
				break
			}
		}
		each(server.App().Tick())
		h.conn.Flush(now)
	}
	for range 60 {
		step(func(uint32) {})
	}
	ways := func() map[input.PlayerID]int32 { return waysOf(server) }
	require.Equal(t, map[input.PlayerID]int32{1: 0, 2: 0}, ways())
	for range 60 {
		step(func(tick uint32) {
			h.send(chCommands, order(tick+5, 1))
			h.send(chCommands, order(tick+5, -7)) // has its command
			h.send(chCommands, order(tick-5, 7))  // is over
			h.send(chCommands, order(tick+1000, 7))
		})
	}
	for range 60 {
		step(func(uint32) {})
	}
	got := ways()
	require.Zero(t, got[1], "the honest player's")
	require.Equal(t, int32(60+holdTicksOf), got[2], "once a tick, then held for a while")
	require.Len(t, replicate.Describe(server.App()), 2)

	makeNoise(h, step)
	require.Equal(t, transport.Closed, h.conn.State())
	require.Zero(t, ways()[1])
	require.Equal(t, Playing, honest.State())
}

// makeNoise sends what means nothing on every channel.
func makeNoise(h *hostile, step func(func(uint32))) {
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range 20 {
		noise := make([]byte, 1+rng.IntN(40))
		for k := range noise {
			noise[k] = byte(rng.IntN(256))
		}
		step(func(uint32) { h.send([]uint8{chStructure, chValues, chCommands, chControl}[i%4], noise) })
	}
	for range 60 {
		step(func(uint32) {})
	}
}

// waysOf is how far each player's cart has come.
func waysOf(server *Server) map[input.PlayerID]int32 {
	all, out := ecs.Query2[replicate.Net, cart](ecs.NewSim(server.App().World())), map[input.PlayerID]int32{}
	q := all.Query()
	for q.Next() {
		n, c := q.Get()
		out[n.Owner] = c.Way
	}
	return out
}

// holdTicksOf is for how many ticks a command is held.
const holdTicksOf = 30
