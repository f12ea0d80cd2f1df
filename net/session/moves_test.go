package session_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport"
)

var goodLine = netsim.Profile{Delay: 30 * time.Millisecond}

// lose cuts a client off for good and runs until the server has noticed.
func (h *house) lose(g *guest) *session.Ticket {
	ticket := g.Ticket()
	require.NotNil(h.t, ticket)
	g.over = true
	h.run(11 * time.Second) // longer than the timeout of a connection
	return ticket
}

// TestMovesToWhereNobodyCan: a full, draining or closed room takes nobody, and
// says so at once.
func TestMovesToWhereNobodyCan(t *testing.T) {
	h := newHouse(t, *firstSeed, goodLine, session.ServerConfig{Rooms: 3, MaxPlayers: 1, MaxClients: 8})
	a, b := h.join(nil), h.join(nil)
	h.run(time.Second)
	rooms := h.server.Rooms()
	require.Equal(t, []string{"1", "2"}, []string{a.Player().Room, b.Player().Room})
	require.ErrorIs(t, rooms[0].Move(a.Player().Player, rooms[1]), session.ErrRoomFull)
	require.NoError(t, rooms[0].Move(a.Player().Player, rooms[2]))
	require.ErrorIs(t, rooms[1].Move(b.Player().Player, rooms[2]), session.ErrRoomFull, "the seat is reserved")
	require.NoError(t, rooms[1].Move(b.Player().Player, rooms[1]), "it is there")
	require.NoError(t, rooms[0].Move(77, rooms[0]), "nobody is called so")
	h.run(time.Second)
	require.Equal(t, "3", a.Player().Room)
	rooms[2].Drain()
	require.ErrorIs(t, rooms[1].Move(b.Player().Player, rooms[2]), session.ErrRoomClosed)
	require.NoError(t, rooms[2].Move(a.Player().Player, rooms[0]))
	h.run(time.Second)
	require.Equal(t, "1", a.Player().Room)
	require.Len(t, h.server.Rooms(), 2, "a room that drains closes when the last has left")
	require.ErrorIs(t, rooms[1].Move(b.Player().Player, rooms[2]), session.ErrRoomClosed)
	late := h.join(nil)
	h.run(time.Second)
	require.ErrorIs(t, late.Err(), transport.ErrServerFull)
	h.quiet = true
	h.run(8 * time.Second)
	h.requireEqual()
}

// TestMoveIntoARoomThatCloses: who is on the way there is placed as if it had
// logged in.
func TestMoveIntoARoomThatCloses(t *testing.T) {
	h := newHouse(t, *firstSeed, goodLine, session.ServerConfig{Rooms: 3})
	g := h.join(nil)
	h.run(time.Second)
	rooms := h.server.Rooms()
	require.NoError(t, rooms[0].Move(g.Player().Player, rooms[2]))
	rooms[2].Close("too late")
	h.quiet = true
	h.run(8 * time.Second)
	require.Equal(t, session.Playing, g.State())
	require.NotEqual(t, "3", g.Player().Room)
	h.requireEqual()

	from := h.room(g.Player().Room)
	from.Close("the match is over")
	h.run(time.Second)
	var closed *transport.CloseError
	require.ErrorAs(t, g.Err(), &closed)
	require.Equal(t, transport.CloseError{Reason: transport.ShuttingDown, Text: "the match is over", Remote: true}, *closed)
}

// TestMoveDuringJoin moves a player before its client knows that it is in the
// room: it goes on as soon as it does.
func TestMoveDuringJoin(t *testing.T) {
	var place func(session.Login) *session.Room
	h := newHouse(t, *firstSeed, netsim.Profile{Delay: 150 * time.Millisecond}, session.ServerConfig{Rooms: 3, Place: func(l session.Login) *session.Room { return place(l) }})
	place = func(l session.Login) *session.Room {
		require.Equal(t, "guest 1", l.Name)
		return h.server.Rooms()[1]
	}
	g := h.join(nil)
	rooms := h.server.Rooms()
	for rooms[1].Players() == 0 {
		h.run(frame)
	}
	require.Equal(t, session.LoggingIn, g.State())
	require.NoError(t, rooms[1].Move(1, rooms[0]))
	require.NoError(t, rooms[1].Move(1, rooms[2]), "the last one counts")
	h.run(50 * time.Millisecond)
	require.Equal(t, 1, rooms[1].Players(), "not before the client is there")
	h.quiet = true
	h.run(8 * time.Second)
	require.Equal(t, []string{"2", "3"}, g.driver.rooms)
	h.requireEqual()

	place = func(session.Login) *session.Room { return nil }
	late := h.join(nil)
	h.run(2 * time.Second)
	require.ErrorIs(t, late.Err(), transport.ErrServerFull)
}

// TestResumeInItsRoom: who comes back within grace is back in its room, whatever
// room a login would lead to; and a move that was wanted meanwhile follows.
func TestResumeInItsRoom(t *testing.T) {
	h := newHouse(t, *firstSeed, goodLine, session.ServerConfig{Rooms: 3})
	h.quiet = true
	a, b := h.join(nil), h.join(nil)
	h.run(time.Second)
	rooms := h.server.Rooms()
	require.NoError(t, rooms[1].Move(b.Player().Player, rooms[2]))
	h.run(8 * time.Second)
	player := b.Player().Player
	before := replicate.Describe(rooms[2].App())
	ticket := h.lose(b)
	require.Equal(t, 1, rooms[2].Players(), "its place is kept")
	require.Len(t, replicate.Describe(rooms[2].App()), len(before), "with what it owns")
	c := h.join(ticket)
	h.run(2 * time.Second)
	require.Equal(t, "3", c.Player().Room)
	require.Equal(t, player, c.Player().Player)

	ticket = h.lose(c)
	require.NoError(t, rooms[2].Move(player, rooms[0]))
	h.run(time.Second)
	require.Equal(t, 1, rooms[2].Players())
	d := h.join(ticket)
	h.quiet = true
	h.run(8 * time.Second)
	require.Equal(t, []string{"3", "1"}, d.driver.rooms)
	require.Equal(t, 0, rooms[2].Players())
	require.Equal(t, 2, rooms[0].Players())
	h.requireEqual()
	require.Equal(t, map[session.Reason]int{session.Moved: 1}, ecs.Resource[garage](rooms[2].App().World()).reasons)

	ticket = h.lose(d)
	h.run(21 * time.Second) // longer than grace
	require.Equal(t, 1, rooms[0].Players())
	require.Equal(t, map[session.Reason]int{session.Expired: 1}, ecs.Resource[garage](rooms[0].App().World()).reasons)
	e := h.join(ticket)
	h.run(2 * time.Second)
	require.Equal(t, session.Playing, e.State(), "too late: it joins as somebody new")
	_ = a
}

// TestResumeWhenItsRoomHasClosed: it is placed anew.
func TestResumeWhenItsRoomHasClosed(t *testing.T) {
	h := newHouse(t, *firstSeed, goodLine, session.ServerConfig{Rooms: 2})
	g := h.join(nil)
	h.run(8 * time.Second)
	ticket := h.lose(g)
	h.server.Rooms()[0].Close("over")
	h.run(time.Second)
	again := h.join(ticket)
	h.quiet = true
	h.run(8 * time.Second)
	require.Equal(t, "2", again.Player().Room)
	h.requireEqual()
}

// TestDropDuringMove loses a connection in the moment of the move. The place is
// kept in the room where the player was sent.
func TestDropDuringMove(t *testing.T) {
	for ahead := range 12 {
		h := newHouse(t, *firstSeed+uint64(ahead), goodLine, session.ServerConfig{Rooms: 2, MaxClients: 8})
		g := h.join(nil)
		h.run(8 * time.Second)
		ticket := g.Ticket()
		g.over = true
		c := h.join(ticket)                                     // the server closes the first connection when this one is up
		h.run(60*time.Millisecond + time.Duration(ahead)*frame) // … which is about now
		require.NoError(t, h.server.Rooms()[0].Move(1, h.server.Rooms()[1]))
		h.quiet = true
		h.run(10 * time.Second)
		require.Equal(t, session.Playing, c.State())
		require.Equal(t, "2", c.Player().Room)
		h.requireEqual()
		require.Equal(t, 1, h.server.Rooms()[1].Players())
	}
}

// TestKick removes a player, also one that is dropped.
func TestKick(t *testing.T) {
	h := newHouse(t, *firstSeed, goodLine, session.ServerConfig{})
	a, b := h.join(nil), h.join(nil)
	h.run(8 * time.Second)
	room := h.server.Room()
	room.Kick(a.Player().Player, "for a reason")
	h.run(time.Second)
	require.ErrorContains(t, a.Err(), "for a reason")
	ticket := h.lose(b)
	require.Equal(t, 1, room.Players())
	room.Kick(b.Player().Player, "")
	h.run(time.Second)
	require.Zero(t, room.Players())
	require.Equal(t, map[session.Reason]int{session.Kicked: 2}, ecs.Resource[garage](room.App().World()).reasons)
	require.NotNil(t, ticket)
}

// TestIdleRoomCloses, and one that waits for its first player does too.
func TestIdleRoomCloses(t *testing.T) {
	h := newHouse(t, *firstSeed, goodLine, session.ServerConfig{Rooms: -1, MaxClients: 4})
	require.Empty(t, h.server.Rooms())
	_, err := h.server.Open(session.RoomConfig{Name: "7", Idle: 3 * time.Second})
	require.NoError(t, err)
	h.run(2 * time.Second)
	g := h.join(nil)
	h.run(8 * time.Second)
	require.Equal(t, "7", g.Player().Room)
	g.Leave()
	h.run(2 * time.Second)
	require.Len(t, h.server.Rooms(), 1)
	h.run(2 * time.Second)
	require.Empty(t, h.server.Rooms())
	late := h.join(nil)
	h.run(2 * time.Second)
	require.ErrorIs(t, late.Err(), transport.ErrServerFull)
}

// TestOpenRefusesOtherDefinitions: a client could not go from room to room.
func TestOpenRefusesOtherDefinitions(t *testing.T) {
	h := newHouse(t, 1, goodLine, session.ServerConfig{})
	_, err := h.server.Open(session.RoomConfig{Name: "odd", Plugins: []engine.Plugin{func(app *engine.App) { replicate.Component[tag](app) }}})
	require.ErrorContains(t, err, "move replicate.Component")
	require.Len(t, h.server.Rooms(), 1)
}

// TestManyRoomsAllocateNothing measures a server of several rooms whose players
// play.
func TestManyRoomsAllocateNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("long under the race detector, which itself allocates")
	}
	m := newMatchOf(t, bombers, 1, netsim.Profile{})
	for _, name := range []string{"2", "3"} {
		_, err := m.server.Open(session.RoomConfig{Name: name})
		require.NoError(t, err)
	}
	for range 6 {
		m.join()
	}
	m.run(80 * time.Second) // until rings of messages have gone round
	for _, r := range m.server.Rooms() {
		require.Equal(t, 2, r.Players())
	}
	var allocs uint64
	var before, after runtime.MemStats
	const ticks = 600
	for range ticks {
		m.now += time.Second / 60
		m.net.Advance(m.now)
		for _, c := range m.clients {
			require.NoError(t, c.Advance(m.now))
		}
		runtime.ReadMemStats(&before)
		err := m.server.Advance(m.now)
		runtime.ReadMemStats(&after)
		require.NoError(t, err)
		allocs += after.Mallocs - before.Mallocs
	}
	t.Logf("%d allocations in %d ticks of 3 rooms", allocs, ticks)
	require.Less(t, allocs, uint64(3*ticks/20))
}
