package session

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/transport"
)

// TestPlaceThatIsNotThere: a client that comes back to a room which does not know
// it, as when its place moves on in that moment, is sent to where its place is;
// and if nobody has one, to where anybody would be.
func TestPlaceThatIsNotThere(t *testing.T) {
	n := netsim.NewNetwork(1)
	game := Game{Name: "nothing", Sim: func(*engine.App) {}}
	carrier, id := n.Carrier(netip.AddrPort{}), secure.IdentityFromSeed([32]byte{1})
	s, err := NewServer(game, ServerConfig{Identity: id, Carriers: []transport.Carrier{carrier}, Rooms: 3})
	require.NoError(t, err)
	now := time.Duration(0)
	run := func(c *Client, d time.Duration) {
		for end := now + d; now < end; {
			now += 10 * time.Millisecond
			n.Advance(now)
			require.NoError(t, s.Advance(now))
			if c != nil {
				require.NoError(t, c.Advance(now))
			}
		}
	}
	join := func(resume *Ticket) *Client {
		c, err := NewClient(game, ClientConfig{Addr: carrier.LocalAddr(), Pin: id.Public, Carrier: n.Carrier(netip.AddrPort{}), Resume: resume})
		require.NoError(t, err)
		return c
	}
	c := join(nil)
	run(c, 2*time.Second)
	require.Equal(t, "1", c.Player().Room)
	run(nil, 11*time.Second)
	require.Len(t, s.places, 1)
	rooms := s.Rooms()
	for session := range s.places {
		s.places[session] = rooms[2] // it is in the first
	}
	again := join(c.Ticket())
	run(again, 2*time.Second)
	require.Equal(t, Playing, again.State())
	require.Equal(t, "2", again.Player().Room, "the emptiest of those that are not full of places")
	for session, at := range s.places {
		require.Equal(t, rooms[1], at)
		require.NotZero(t, session)
	}
}

// TestNeverEntering: a client that does not say that it is in the room would hold
// the seat to which it is to be moved; it is told to go.
func TestNeverEntering(t *testing.T) {
	n := netsim.NewNetwork(1)
	carrier, id := n.Carrier(netip.AddrPort{}), secure.IdentityFromSeed([32]byte{1})
	s, err := NewServer(cartGame, ServerConfig{Identity: id, Carriers: []transport.Carrier{carrier}, Rooms: 2})
	require.NoError(t, err)
	h := newHostile(t, n, carrier.LocalAddr(), id.Public)
	rooms, said := s.Rooms(), false
	for now := time.Duration(0); now < 17*time.Second; now += 10 * time.Millisecond {
		n.Advance(now)
		require.NoError(t, s.Advance(now))
		h.conn.Poll(now)
		if h.conn.State() == transport.Connected && !said {
			h.send(chControl, appendLogin("mallory"))
			said = true
		}
		if _, ok := h.conn.Receive(); ok && rooms[1].Stats().Seats == 0 {
			require.NoError(t, rooms[0].Move(1, rooms[1]))
		}
		h.conn.Flush(now)
		if now == 10*time.Second {
			require.Equal(t, []int{1, 1}, []int{rooms[0].Stats().Seats, rooms[1].Stats().Seats})
		}
	}
	require.ErrorContains(t, h.conn.Err(), "never said")
	require.Equal(t, []int{0, 0}, []int{rooms[0].Stats().Seats, rooms[1].Stats().Seats})
}

// TestFatesOfAnotherRoom: what became of a room's packets is nobody's business in
// the next, though both number them from 1.
func TestFatesOfAnotherRoom(t *testing.T) {
	n := netsim.NewNetwork(1)
	n.SetDefault(netsim.Profile{Delay: 20 * time.Millisecond})
	carrier, id := n.Carrier(netip.AddrPort{}), secure.IdentityFromSeed([32]byte{1})
	server, err := transport.Listen(transport.Config{Identity: id, Protocol: 1, Channels: channels}, carrier)
	require.NoError(t, err)
	client, err := transport.Dial(transport.DialConfig{
		Config: transport.Config{Protocol: 1, Channels: channels}, Addr: carrier.LocalAddr(), Pin: id.Public,
	}, n.Carrier(netip.AddrPort{}))
	require.NoError(t, err)
	now := time.Duration(0)
	run := func(d time.Duration) {
		for end := now + d; now < end; {
			now += time.Millisecond
			n.Advance(now)
			server.Poll(now)
			client.Poll(now)
			server.Flush(now)
			client.Flush(now)
		}
	}
	run(time.Second)
	conn, ok := server.Accept()
	require.True(t, ok)
	l := &line{conn: conn}
	send := func() {
		require.NoError(t, l.Send(chValues, []byte{2, 0, 0}, channel.SendOptions{Token: 7}))
	}
	require.NoError(t, l.welcome(welcome{player: 1, rate: 60, interval: 3}))
	send()
	run(time.Second)
	f, ok := l.fate()
	require.True(t, ok)
	require.Equal(t, channel.Fate{Token: 7, Acked: true}, f)

	send()
	run(25 * time.Millisecond) // it is there, and its acknowledgement is on the way
	require.NoError(t, l.welcome(welcome{player: 1, rate: 60, interval: 3}))
	run(time.Second)
	_, ok = l.fate()
	require.False(t, ok, "it was another room's")
	send()
	run(time.Second)
	_, ok = l.fate()
	require.True(t, ok)
}
