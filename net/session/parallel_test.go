package session_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/udp"
)

// crowd are clients over real sockets, each with what its driver has met.
type crowd struct {
	t       *testing.T
	clients []*session.Client
	drivers []*driver
	ended   []error
	quiet   bool
}

func newCrowd(t *testing.T, addr netip.AddrPort, key [32]byte, n int) *crowd {
	c := &crowd{t: t, ended: make([]error, n)}
	for i := range n {
		carrier, err := udp.Dial(addr, udp.Config{})
		require.NoError(t, err)
		d := &driver{seed: uint64(i), quiet: &c.quiet}
		client, err := session.NewClient(rovers, session.ClientConfig{
			Addr: addr, Pin: key, Carrier: carrier, Name: fmt.Sprint("racer ", i), Plugins: []engine.Plugin{d.plugin},
		})
		require.NoError(t, err)
		c.clients, c.drivers = append(c.clients, client), append(c.drivers, d)
	}
	return c
}

// play advances all clients in real time until the context ends.
func (c *crowd) play(ctx context.Context, clock engine.Clock, each func(i int, client *session.Client)) {
	beat := time.NewTicker(4 * time.Millisecond)
	defer beat.Stop()
	for ctx.Err() == nil {
		select {
		case <-beat.C:
		case <-ctx.Done():
		}
		for i, client := range c.clients {
			if c.ended[i] != nil {
				continue
			}
			c.ended[i] = client.Advance(clock.Now())
			if each != nil && client.State() == session.Playing {
				each(i, client)
			}
		}
	}
}

func (c *crowd) close() {
	for _, client := range c.clients {
		require.NoError(c.t, client.Close())
	}
}

// TestRoomsInParallel lets rooms tick in goroutines of their own, over real
// sockets, while players are moved by others and by a system, rooms open and
// close, one room panics, and everything is read from outside.
func TestRoomsInParallel(t *testing.T) {
	defer goleak.VerifyNone(t)
	carrier, err := udp.Listen("127.0.0.1:0", udp.Config{})
	require.NoError(t, err)
	id := secure.IdentityFromSeed([32]byte{9})
	var worlds sync.Map // of the rooms, to look at when all is over
	var bug atomic.Pointer[session.Room]
	server, err := session.NewServer(rovers, session.ServerConfig{
		Identity: id, Carriers: []transport.Carrier{carrier}, Rooms: 4, MaxPlayers: 8,
		Plugins: []engine.Plugin{func(app *engine.App) {
			room := session.RoomOf(app.World())
			worlds.Store(room, app.World())
			app.Simulate(systemFunc(func(t engine.Tick) {
				if bug.Load() == room {
					panic("a bug")
				}
				if t.Number%41 == 0 && t.Number > 60 { // a room that moves its players by itself
					rooms := room.Server().Rooms()
					for player := range ecs.Resource[garage](app.World()).joins {
						_ = room.Move(player, rooms[int(t.Number)%len(rooms)]) // full or closed: it stays
						break
					}
				}
			}))
		}},
	})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	clock := engine.SystemClock()
	ran := make(chan error, 1)
	go func() { ran <- server.Run(ctx, clock) }()

	players := newCrowd(t, server.Addr(), id.Public, 12)
	playing, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	var others sync.WaitGroup
	others.Go(func() { stir(playing, t, server, &bug) })
	began := clock.Now()
	players.play(playing, clock, func(int, *session.Client) {
		if clock.Now()-began > 4*time.Second && players.moves() > 12 {
			stop() // everything has happened, on a busy machine later
		}
	})
	others.Wait()

	moves := players.judge()
	require.Greater(t, moves, 12)

	players.close()
	cancel()
	require.NoError(t, <-ran)
	heard := 0
	worlds.Range(func(_, w any) bool {
		g := ecs.Resource[garage](w.(*ecs.World))
		require.Empty(t, g.wrong)
		heard += g.heard
		return true
	})
	require.NotZero(t, heard)
}

// moves is how often the clients have changed rooms.
func (c *crowd) moves() (n int) {
	for _, d := range c.drivers {
		n += max(len(d.rooms)-1, 0)
	}
	return n
}

// judge looks at what the clients have met, and why those that ended did. It
// counts how often they changed rooms.
func (c *crowd) judge() (moves int) {
	t, failed := c.t, 0
	moves = c.moves()
	for i, err := range c.ended {
		require.Empty(t, c.drivers[i].wrong)
		if err == nil {
			continue
		}
		var closed *transport.CloseError
		require.True(t, errors.As(err, &closed) && closed.Remote, err)
		require.Contains(t, []transport.CloseReason{transport.InternalError, transport.ShuttingDown}, closed.Reason)
		if closed.Reason == transport.InternalError {
			require.Contains(t, closed.Text, "error in the game")
			failed++
		}
	}
	t.Logf("%d moves, %d players in the room that failed", moves, failed)
	return moves
}

// stir disturbs a server that runs, from outside.
func stir(ctx context.Context, t *testing.T, server *session.Server, bug *atomic.Pointer[session.Room]) {
	rng := rand.New(rand.NewPCG(5, 6))
	beat := time.NewTicker(5 * time.Millisecond)
	defer beat.Stop()
	for n := 0; ; n++ {
		select {
		case <-beat.C:
		case <-ctx.Done():
			return
		}
		rooms := server.Rooms()
		from, to := rooms[rng.IntN(len(rooms))], rooms[rng.IntN(len(rooms))]
		for player := range 30 {
			_ = from.Move(1+playerID(player), to) // full or closed: it stays
		}
		switch n {
		case 200:
			bug.Store(rooms[0])
		case 300:
			rooms[len(rooms)-1].Close("the match is over")
		}
		if n%100 == 50 {
			_, err := server.Open(session.RoomConfig{Name: fmt.Sprint(100 + n), Idle: time.Second})
			if err != nil {
				t.Error(err)
			}
		}
	}
}

// TestRoomThatPanics: a bug in one room ends that room and nobody else; in the
// last one it ends the server.
func TestRoomThatPanics(t *testing.T) {
	var bug *session.Room
	h := newHouse(t, 1, badLine, session.ServerConfig{Rooms: 2, Plugins: []engine.Plugin{func(app *engine.App) {
		app.Simulate(systemFunc(func(engine.Tick) {
			if bug != nil && bug == session.RoomOf(app.World()) {
				panic("a bug")
			}
		}))
	}}})
	for range 4 {
		h.join(nil)
	}
	h.run(2 * time.Second)
	bug = h.server.Rooms()[0]
	h.run(2 * time.Second)
	require.Len(t, h.server.Rooms(), 1)
	for _, g := range h.guests {
		if g.Player().Room == "2" {
			require.Equal(t, session.Playing, g.State())
			continue
		}
		require.Equal(t, session.Ended, g.State())
		require.ErrorContains(t, g.Err(), "an error in the game has ended it")
	}
	h.quiet = true
	h.run(8 * time.Second)
	h.requireEqual()
	bug = h.server.Rooms()[0]
	var err error
	for err == nil {
		h.now += frame
		h.net.Advance(h.now)
		err = h.server.Advance(h.now)
	}
	var failed *engine.SystemPanic
	require.True(t, errors.As(err, &failed) && strings.Contains(failed.Error(), "a bug"), err)
}
