package session_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/mem"
)

// listener is a client's system that hears that the server closes.
type listener struct{ heard []session.ServerCloses }

func (l *listener) plugin(app *engine.App) {
	events := ecs.EventsOf[session.ServerCloses](app.World())
	app.Simulate(systemFunc(func(engine.Tick) { l.heard = append(l.heard, events.Read()...) }))
}

// TestDrain drains a server with two rooms over a bad line: nobody new gets in, players
// hear of it and play on, one who was lost comes back, the room that is left ends at
// once, and the other at the limit.
func TestDrain(t *testing.T) {
	h := newHouse(t, *firstSeed, badLine, session.ServerConfig{Rooms: 2, MaxPlayers: 5, MaxClients: 16})
	var ears []*listener
	join := func(ticket *session.Ticket) *guest {
		l := &listener{}
		ears, h.plugins = append(ears, l), []engine.Plugin{l.plugin}
		return h.join(ticket)
	}
	for range 4 {
		join(nil)
	}
	h.run(3 * time.Second)
	for _, g := range h.guests {
		require.Equal(t, session.Playing, g.State())
	}
	first, second := h.server.Rooms()[0], h.server.Rooms()[1]

	const why = "version 2 comes: see you there"
	limit := 40 * time.Second
	began := h.now
	h.server.Drain(limit, why)
	h.server.Drain(time.Second, "only the first call counts")
	_, err := h.server.Open(session.RoomConfig{})
	require.ErrorIs(t, err, session.ErrDraining)
	h.run(2 * time.Second)
	for _, l := range ears {
		require.Len(t, l.heard, 1)
		require.Equal(t, why, l.heard[0].Text)
		require.InDelta(t, limit.Seconds(), l.heard[0].Left.Seconds(), 1)
	}
	require.ErrorIs(t, first.Move(1, second), session.ErrRoomClosed)

	late := join(nil)
	h.run(2 * time.Second)
	requireShut(t, late, why)

	lost := h.guests[0]
	ticket, room := lost.Ticket(), lost.Player().Room
	lost.over = true // it goes silent
	again := join(ticket)
	h.run(3 * time.Second)
	require.Equal(t, session.Playing, again.State())
	require.Equal(t, room, again.Player().Room)
	require.Len(t, ears[5].heard, 1, "who comes back is told, too")
	require.Less(t, ears[5].heard[0].Left, limit-3*time.Second)

	if room == second.Name() {
		first, second = second, first
	}
	for _, g := range h.guests {
		if g.State() == session.Playing && g.Player().Room == second.Name() {
			g.Leave()
		}
	}
	h.run(2 * time.Second)
	require.Equal(t, []*session.Room{first}, h.server.Rooms(), "it is over with its last player")
	require.False(t, h.server.Drained())
	h.quiet = true
	h.run(12 * time.Second)
	h.requireEqual()

	h.run(began + limit - h.now - time.Second)
	require.Len(t, h.server.Rooms(), 1)
	h.run(3 * time.Second)
	require.True(t, h.server.Drained())
	for _, g := range h.guests[1:] {
		require.Equal(t, session.Ended, g.State())
	}
	requireShut(t, again, why)
}

// requireShut checks that the server has ended a client's connection, and said why.
func requireShut(t *testing.T, g *guest, why string) {
	t.Helper()
	var closed *transport.CloseError
	require.ErrorAs(t, g.Err(), &closed)
	require.Equal(t, transport.ShuttingDown, closed.Reason)
	require.Contains(t, closed.Error(), why)
}

// running runs a server of one room in a bubble of virtual time.
func running(t *testing.T, plugins ...engine.Plugin) (s *session.Server, stop func(), ran chan error) {
	network := mem.NewNetwork()
	s, err := session.NewServer(rovers, session.ServerConfig{
		Identity: secure.IdentityFromSeed([32]byte{3}), Carriers: []transport.Carrier{network.Carrier()}, Rooms: 2, Plugins: plugins,
	})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ran = make(chan error, 1)
	go func() { ran <- s.Run(ctx, engine.SystemClock()) }()
	return s, stop, ran
}

// TestDrainEndsRun: a server without players is drained at once.
func TestDrainEndsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, stop, ran := running(t)
		defer stop()
		time.Sleep(time.Second)
		require.Len(t, s.Rooms(), 2)
		s.Drain(0, "")
		began := time.Now()
		require.NoError(t, <-ran)
		require.Less(t, time.Since(began), time.Second)
	})
}

// TestRoomThatHangs: a room whose system does not come back does not hold up the end of
// the server, which says which one it is.
func TestRoomThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang, release := make(chan struct{}), make(chan struct{})
		_, stop, ran := running(t, func(app *engine.App) {
			room := session.RoomOf(app.World())
			app.Simulate(systemFunc(func(engine.Tick) {
				select {
				case <-hang:
					if room.Name() == "2" {
						<-release
					}
				default:
				}
			}))
		})
		time.Sleep(time.Second)
		close(hang)
		time.Sleep(time.Second)
		began := time.Now()
		stop()
		err := <-ran
		require.ErrorIs(t, err, session.ErrRoomHangs)
		require.True(t, strings.HasSuffix(err.Error(), ": 2"), err)
		require.InDelta(t, 10, time.Since(began).Seconds(), 0.1)
		close(release)
	})
}

// TestSlowTickAtTheEnd: a room in a tick that takes longer than a goodbye is waited for.
func TestSlowTickAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var begun atomic.Bool
		_, stop, ran := running(t, func(app *engine.App) {
			room := session.RoomOf(app.World())
			app.Simulate(systemFunc(func(tick engine.Tick) {
				if room.Name() == "1" && tick.Number == 30 {
					begun.Store(true)
					time.Sleep(3 * time.Second)
				}
			}))
		})
		time.Sleep(time.Second)
		require.True(t, begun.Load())
		stop()
		require.NoError(t, <-ran)
	})
}
