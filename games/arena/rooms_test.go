package arena_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena"
	"github.com/tandem-engine/tandem/games/arena/bots"
	"github.com/tandem-engine/tandem/games/arena/server"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/net/message"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport"
)

// wanderer asks for another arena when it is told to.
type wanderer struct {
	*session.Client
	ask   message.Caller[sim.Hop, sim.Hopped]
	call  message.Call
	wants bool
	last  *message.Ended[sim.Hopped]
}

// Init implements engine.Initer.
func (w *wanderer) Init(s *ecs.Sim) { w.ask = message.Calls[sim.Hop, sim.Hopped](s) }

// Update implements engine.System.
func (w *wanderer) Update(t engine.Tick) {
	for _, e := range w.ask.Read(t) {
		w.last = &e
	}
	if w.wants {
		w.wants = false
		w.call = w.ask.Ask(0, sim.Hop{}, 0)
	}
}

// A server with several arenas fills them evenly. Pilots change, over a bad line, into the emptiest that has space, and
// hear it when none has; everybody sees the world of the own arena, with its bots and nobody else's.
func TestRooms(t *testing.T) { eachWay(t, rooms) }

func rooms(t *testing.T, hosted bool) {
	a := newArenas(t, hosted)
	for n := byte(len(a.pilots)); n < 5; n++ {
		a.join(n)
		a.play(200 * time.Millisecond)
	}
	a.play(2 * time.Second)
	require.Equal(t, []int{2, 2, 1}, a.count())
	mover := a.in("1")
	mover.wants = true
	a.play(2 * time.Second)
	require.Equal(t, []int{1, 2, 2}, a.count())
	require.Equal(t, "3", mover.Player().Room)
	require.Equal(t, message.Lost, mover.last.Status, "the other arena is the answer")

	second := a.server.Rooms()[1]
	second.Kick(a.in("2").Player().Player, "")
	a.play(time.Second) // and a seat is free
	a.pilots = slices.DeleteFunc(a.pilots, func(p *wanderer) bool { return p.State() == session.Ended })
	require.Len(t, a.pilots, 4)
	stuck := a.in("3")
	require.NoError(t, second.Move(a.in("2").Player().Player, a.server.Rooms()[0]))
	a.play(time.Second)
	second.Drain()
	a.play(time.Second)
	require.Equal(t, []int{2, 2}, a.count(), "the second arena has closed when its last pilot had left")
	stuck.wants = true
	a.play(2 * time.Second)
	require.Equal(t, message.Answered, stuck.last.Status)
	require.False(t, stuck.last.Reply.Alone, "the other is full")

	for _, p := range a.pilots {
		room := a.room(p.Player().Room)
		want := names(room.App())
		require.Equal(t, want, names(p.App()))
		require.Contains(t, want, p.Player().Name)
		require.Len(t, want, 2+room.Players())
	}
	a.calm = true
	a.play(5 * time.Second)
	requireEqual(t, func() { a.play(time.Second / 4) }, func(yield func(server, client *engine.App) bool) {
		for _, p := range a.pilots {
			if !yield(a.room(p.Player().Room).App(), p.App()) {
				return
			}
		}
	})
}

// arenas are a server with three small arenas, in virtual time over a bad line.
type arenas struct {
	t       *testing.T
	network *netsim.Network
	addr    netip.AddrPort
	key     [32]byte
	server  *session.Server
	pilots  []*wanderer
	now     time.Duration
	calm    bool
}

func newArenas(t *testing.T, hosted bool) *arenas {
	network := netsim.NewNetwork(*firstSeed)
	network.SetDefault(netsim.Profile{Delay: 40 * time.Millisecond, Jitter: 5 * time.Millisecond, Loss: 0.05, Reorder: 0.02})
	carrier, id := network.Carrier(netip.AddrPort{}), secure.IdentityFromSeed([32]byte{1})
	a := &arenas{t: t, network: network, addr: carrier.LocalAddr(), key: id.Public}
	game := arena.Calmable(arena.With(server.Rules{Bots: 2, Rocks: 12}), &a.calm)
	var err error
	if !hosted {
		a.server, err = session.NewServer(game, session.ServerConfig{
			Identity: id, Carriers: []transport.Carrier{carrier}, Rand: rand.NewChaCha8([32]byte{1}),
			Rooms: 3, MaxPlayers: 2, Seed: *firstSeed,
		})
		require.NoError(t, err)
		return a
	}
	w := &wanderer{}
	host, err := session.NewHost(game, session.HostConfig{
		Identity: id, Carriers: []transport.Carrier{carrier}, Rand: rand.NewChaCha8([32]byte{1}),
		Rooms: 3, Players: 2, Seed: *firstSeed, Name: "host", Client: w.plugins(),
	})
	require.NoError(t, err)
	w.Client, a.server, a.pilots = host.Client(), host.Server(), append(a.pilots, w)
	return a
}

// plugins are a pilot that flies by itself and asks for another arena when told to.
func (w *wanderer) plugins() []engine.Plugin {
	return []engine.Plugin{bots.Autopilot(0.5), func(app *engine.App) { app.Input(w) }}
}

func (a *arenas) join(n byte) {
	w := &wanderer{}
	var err error
	w.Client, err = session.NewClient(arena.Calmable(arena.Game, &a.calm), session.ClientConfig{
		Addr: a.addr, Pin: a.key, Carrier: a.network.Carrier(netip.AddrPort{}), Name: fmt.Sprint("pilot ", n),
		Rand: rand.NewChaCha8([32]byte{2, n}), Plugins: w.plugins(),
	})
	require.NoError(a.t, err)
	a.pilots = append(a.pilots, w)
}

func (a *arenas) play(d time.Duration) {
	for end := a.now + d; a.now < end; {
		a.now += time.Second / 120
		a.network.Advance(a.now)
		require.NoError(a.t, a.server.Advance(a.now))
		for _, p := range a.pilots {
			if err := p.Advance(a.now); err != nil { // the host's is advanced like any other's
				require.ErrorIs(a.t, err, transport.ErrKicked)
			}
		}
	}
}

// count is how many players each arena has.
func (a *arenas) count() (n []int) {
	for _, r := range a.server.Rooms() {
		n = append(n, r.Players())
		require.Equal(a.t, r.Stats().Players, r.Stats().Seats)
	}
	return n
}

// in is a pilot in a room.
func (a *arenas) in(room string) *wanderer {
	for _, p := range a.pilots {
		if p.Player().Room == room {
			return p
		}
	}
	a.t.Fatal("nobody is in room " + room)
	return nil
}

func (a *arenas) room(name string) *session.Room {
	for _, r := range a.server.Rooms() {
		if r.Name() == name {
			return r
		}
	}
	a.t.Fatal("there is no room " + name)
	return nil
}

// names lists the pilots of a world.
func names(app *engine.App) map[string]bool {
	all := map[string]bool{}
	pilots := ecs.Query2[replicate.Net, sim.Pilot](ecs.NewSim(app.World()))
	q := pilots.Query()
	for q.Next() {
		_, p := q.Get()
		all[p.Name] = true
	}
	return all
}
