package session_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport"
)

var roomSeconds = flag.Int("roomseconds", 20, "seconds that players move between rooms, for each seed")

// guest is a client of a house with what it has met.
type guest struct {
	*session.Client
	driver  *driver
	carrier *netsim.Carrier
	views   ecs.Filter2[replicate.Net, home]
	over    bool
	resumed int
}

// house is a server with many rooms and its clients in virtual time.
type house struct {
	t      *testing.T
	seed   uint64
	rng    *rand.Rand
	net    *netsim.Network
	id     *secure.Identity
	addr   netip.AddrPort
	server *session.Server
	guests []*guest
	made   int
	now    time.Duration
	quiet  bool
	line   netsim.Profile
	closed int
	heard  int

	plugins []engine.Plugin // of whom joins next
}

func newHouse(t *testing.T, seed uint64, line netsim.Profile, cfg session.ServerConfig) *house {
	h := &house{
		t: t, seed: seed, net: netsim.NewNetwork(seed), id: secure.IdentityFromSeed([32]byte{1}), line: line,
		rng: rand.New(rand.NewPCG(seed, 77)),
	}
	h.net.SetDefault(line)
	carrier := h.net.Carrier(netip.AddrPort{})
	h.addr = carrier.LocalAddr()
	cfg.Identity, cfg.Carriers, cfg.Rand = h.id, []transport.Carrier{carrier}, h.random(0)
	var err error
	h.server, err = session.NewServer(rovers, cfg)
	require.NoError(t, err)
	return h
}

func (h *house) random(n int) *rand.ChaCha8 {
	return rand.NewChaCha8([32]byte{byte(h.seed), byte(h.seed >> 8), byte(n), byte(n >> 8)})
}

func (h *house) join(resume *session.Ticket) *guest {
	h.made++
	g := &guest{driver: &driver{seed: h.seed*1000 + uint64(h.made), quiet: &h.quiet}}
	g.carrier = h.net.Carrier(netip.AddrPort{})
	var err error
	g.Client, err = session.NewClient(rovers, session.ClientConfig{
		Addr: h.addr, Pin: h.id.Public, Carrier: g.carrier, Name: fmt.Sprint("guest ", h.made), Resume: resume,
		Plugins: append([]engine.Plugin{g.driver.plugin}, h.plugins...), Rand: h.random(h.made),
	})
	require.NoError(h.t, err)
	g.views = ecs.Query2[replicate.Net, home](ecs.NewSim(g.App().World()))
	h.guests = append(h.guests, g)
	return g
}

// run plays for a time, and looks after each step whether anybody sees anything
// of another room.
func (h *house) run(d time.Duration) {
	for end := h.now + d; h.now < end; {
		h.now += frame
		h.net.Advance(h.now)
		require.NoError(h.t, h.server.Advance(h.now))
		for _, g := range h.guests {
			h.advance(g)
		}
		for _, r := range h.server.Rooms() {
			require.Empty(h.t, ecs.Resource[garage](r.App().World()).wrong)
		}
	}
}

func (h *house) advance(g *guest) {
	if g.over {
		return
	}
	if err := g.Advance(h.now); err != nil {
		g.over = true
		return
	}
	if g.State() != session.Playing {
		return
	}
	require.NoError(h.t, g.App().Render(g.Frame(h.now)))
	require.Empty(h.t, g.driver.wrong)
	if w := ecs.Resource[climate](g.App().World()).Room; w != 0 && w != g.driver.room() {
		h.t.Fatalf("client in room %s sees the climate of room %d", g.Player().Room, w)
	}
	q := g.views.Query()
	for q.Next() {
		if n, v := q.Get(); v.Room != g.driver.room() {
			h.t.Fatalf("client in room %s sees entity %d of room %d", g.Player().Room, n.ID, v.Room)
		}
	}
}

// room finds an open room by its name.
func (h *house) room(name string) *session.Room {
	for _, r := range h.server.Rooms() {
		if r.Name() == name {
			return r
		}
	}
	return nil
}

// any is one of the open rooms.
func (h *house) any() *session.Room {
	rooms := h.server.Rooms()
	return rooms[h.rng.IntN(len(rooms))]
}

// move moves a client to a room, if it can.
func (h *house) move(g *guest, to *session.Room) {
	if from := h.room(g.Player().Room); from != nil && g.State() == session.Playing {
		if err := from.Move(g.Player().Player, to); err != nil {
			require.True(h.t, err == session.ErrRoomFull || err == session.ErrRoomClosed, err) //nolint:errorlint // it returns them as they are
		}
	}
}

// requireEqual checks that each client's world is its room's, and that no seat
// is lost.
func (h *house) requireEqual() {
	players := map[string]int{}
	for i, g := range h.guests {
		if g.over {
			continue
		}
		require.Equal(h.t, session.Playing, g.State(), "client %d", i)
		room := h.room(g.Player().Room)
		require.NotNil(h.t, room, "client %d is in room %q", i, g.Player().Room)
		require.Equal(h.t, replicate.Describe(room.App()), replicate.Describe(g.App()), "client %d in room %v: %+v", i, room, g.Stats())
		players[room.Name()]++
		require.Greater(h.t, g.driver.struck, 20, "client %d hears the clock of its room", i)
	}
	for _, r := range h.server.Rooms() {
		s := r.Stats()
		require.Equal(h.t, players[r.Name()], s.Players, "players of room %v", r)
		require.Equal(h.t, s.Players, s.Seats, "seats of room %v", r)
		require.Zero(h.t, s.Missed)
		require.Zero(h.t, s.Dropped)
		g := ecs.Resource[garage](r.App().World())
		h.heard += g.heard
		for player, n := range g.joins {
			require.Equal(h.t, 1, n, "player %d joined room %v that often", player, r)
		}
	}
}

// shake does something at random: mostly moves.
func (h *house) shake() {
	g := h.guests[h.rng.IntN(len(h.guests))]
	switch h.rng.IntN(20) {
	default:
		h.move(g, h.any())
	case 0, 1, 2: // back and forth within a round trip
		for range 2 + h.rng.IntN(4) {
			h.move(g, h.any())
			h.run(time.Duration(h.rng.IntN(40)) * time.Millisecond)
		}
	case 3:
		if len(h.guests) < 10 {
			h.move(h.join(nil), h.any()) // during the join
		}
	case 4: // the connection is lost, and another takes its place
		if g.over || g.State() != session.Playing || g.Ticket() == nil {
			return
		}
		ticket := g.Ticket()
		g.over = true // it goes silent
		if h.rng.IntN(2) == 0 {
			h.run(time.Duration(h.rng.IntN(12000)) * time.Millisecond)
		}
		h.move(g, h.any()) // during grace, or while the server has not noticed
		g = h.join(ticket)
		g.resumed++
	case 5:
		if len(h.server.Rooms()) > 2 && h.closed < 3 {
			h.close()
		}
	case 6:
		if from := h.room(g.Player().Room); from != nil && h.rng.IntN(3) == 0 {
			from.Kick(g.Player().Player, "you know why")
		}
	}
}

// close empties a room into the others and closes it, or the other way round;
// another one opens.
func (h *house) close() {
	h.closed++
	room := h.any()
	early := h.rng.IntN(2) == 0
	if early {
		room.Drain()
	}
	for _, g := range h.guests {
		if !g.over && g.Player().Room == room.Name() {
			h.move(g, h.server.Rooms()[0])
		}
	}
	h.run(time.Duration(h.rng.IntN(150)) * time.Millisecond)
	room.Close("the match is over")
	_, err := h.server.Open(session.RoomConfig{Name: strconv.Itoa(10 + h.closed), Seed: uint64(h.closed)})
	require.NoError(h.t, err)
}

var badLine = netsim.Profile{
	Delay: 40 * time.Millisecond, Jitter: 15 * time.Millisecond,
	Loss: 0.08, Duplicate: 0.03, Reorder: 0.05, ReorderBy: 60 * time.Millisecond,
}

// TestRooms moves players at random between rooms, over a bad line, while they
// play. Nobody ever meets anything of another room, and after quiet all worlds
// are equal.
func TestRooms(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64) {
		h := newHouse(t, seed, badLine, session.ServerConfig{Rooms: 4, MaxPlayers: 5, MaxClients: 64, Seed: seed})
		for range 6 {
			h.join(nil)
		}
		h.run(2 * time.Second)
		for end := h.now + time.Duration(*roomSeconds)*time.Second; h.now < end; {
			h.shake()
			h.run(time.Duration(h.rng.IntN(400)) * time.Millisecond)
		}
		h.quiet = true
		h.run(32 * time.Second) // longer than grace
		h.requireEqual()
		require.NotZero(t, h.heard)
		moves, alive := 0, 0
		for _, g := range h.guests {
			moves += max(len(g.driver.rooms)-1, 0)
			if !g.over {
				alive++
				require.NotZero(t, g.driver.heard)
			}
		}
		stray := uint64(0)
		for _, r := range h.server.Rooms() {
			stray += r.Stats().Stray
		}
		t.Logf("%d clients, %d play at the end; %d moves seen, %d rooms closed, %d late messages of other rooms dropped", h.made, alive, moves, h.closed, stray)
		require.NotZero(t, stray, "late messages of other rooms were there to be dropped")
		require.Greater(t, moves, *roomSeconds/3)
		require.Positive(t, alive)
	})
}

// TestRoomsReplay: the same seed gives the same packets.
func TestRoomsReplay(t *testing.T) {
	play := func() (uint64, []any) {
		h := newHouse(t, *firstSeed, badLine, session.ServerConfig{Rooms: 3, MaxPlayers: 5, MaxClients: 64})
		for range 5 {
			h.join(nil)
		}
		for h.now < 8*time.Second {
			h.shake()
			h.run(200 * time.Millisecond)
		}
		var worlds []any
		for _, r := range h.server.Rooms() {
			worlds = append(worlds, replicate.Describe(r.App()))
		}
		return h.net.Trace(), worlds
	}
	trace, worlds := play()
	again, worldsAgain := play()
	require.Equal(t, worlds, worldsAgain)
	require.Equal(t, trace, again)
}

func playerID(n int) input.PlayerID { return input.PlayerID(n) }
