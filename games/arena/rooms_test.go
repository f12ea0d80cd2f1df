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
func TestRooms(t *testing.T) {
	network := netsim.NewNetwork(*firstSeed)
	network.SetDefault(netsim.Profile{Delay: 40 * time.Millisecond, Jitter: 5 * time.Millisecond, Loss: 0.05, Reorder: 0.02})
	carrier, id := network.Carrier(netip.AddrPort{}), secure.IdentityFromSeed([32]byte{1})
	host, err := session.NewServer(arena.With(server.Rules{Bots: 2, Rocks: 12}), session.ServerConfig{
		Identity: id, Carriers: []transport.Carrier{carrier}, Rand: rand.NewChaCha8([32]byte{1}),
		Rooms: 3, MaxPlayers: 2, Seed: *firstSeed,
	})
	require.NoError(t, err)
	var pilots []*wanderer
	now := time.Duration(0)
	play := func(d time.Duration) {
		for end := now + d; now < end; {
			now += time.Second / 120
			network.Advance(now)
			require.NoError(t, host.Advance(now))
			for _, p := range pilots {
				if err := p.Advance(now); err != nil {
					require.ErrorIs(t, err, transport.ErrKicked)
				}
			}
		}
	}
	count := func() (n []int) {
		for _, r := range host.Rooms() {
			n = append(n, r.Players())
			require.Equal(t, r.Stats().Players, r.Stats().Seats)
		}
		return n
	}
	for n := range byte(5) {
		w := &wanderer{}
		w.Client, err = session.NewClient(arena.Game, session.ClientConfig{
			Addr: carrier.LocalAddr(), Pin: id.Public, Carrier: network.Carrier(netip.AddrPort{}), Name: fmt.Sprint("pilot ", n),
			Rand: rand.NewChaCha8([32]byte{2, n}), Plugins: []engine.Plugin{bots.Autopilot(0.5), func(app *engine.App) { app.Input(w) }},
		})
		require.NoError(t, err)
		pilots = append(pilots, w)
		play(200 * time.Millisecond)
	}
	play(2 * time.Second)
	require.Equal(t, []int{2, 2, 1}, count())
	in := func(room string) *wanderer {
		for _, p := range pilots {
			if p.Player().Room == room {
				return p
			}
		}
		t.Fatal("nobody is in room " + room)
		return nil
	}
	mover := in("1")
	mover.wants = true
	play(2 * time.Second)
	require.Equal(t, []int{1, 2, 2}, count())
	require.Equal(t, "3", mover.Player().Room)
	require.Equal(t, message.Lost, mover.last.Status, "the other arena is the answer")

	host.Rooms()[1].Kick(in("2").Player().Player, "")
	play(time.Second) // and somebody else takes the seat
	pilots = slices.DeleteFunc(pilots, func(p *wanderer) bool { return p.State() == session.Ended })
	require.Len(t, pilots, 4)
	stuck := in("3")
	require.NoError(t, host.Rooms()[1].Move(in("2").Player().Player, host.Rooms()[0]))
	play(time.Second)
	host.Rooms()[1].Drain()
	play(time.Second)
	require.Equal(t, []int{2, 2}, count(), "the second arena has closed when its last pilot had left")
	stuck.wants = true
	play(2 * time.Second)
	require.Equal(t, message.Answered, stuck.last.Status)
	require.False(t, stuck.last.Reply.Alone, "the other is full")

	for _, p := range pilots {
		var room *session.Room
		for _, r := range host.Rooms() {
			if r.Name() == p.Player().Room {
				room = r
			}
		}
		want := names(room.App())
		require.Equal(t, want, names(p.App()))
		require.Contains(t, want, p.Player().Name)
		require.Len(t, want, 2+room.Players())
	}
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
