package session_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport"
)

// TestResume cuts a client off until its connection is given up, and lets
// another one take its place: the same player with the same entities.
func TestResume(t *testing.T) {
	m := newMatch(t, *firstSeed, internet)
	m.join()
	lost := m.join()
	m.run(3 * time.Second)
	m.quiet = true
	m.run(3 * time.Second)
	player, before := lost.Player(), replicate.Describe(m.server.App())
	require.Len(t, before, 2)

	m.net.SetDefault(netsim.Profile{Loss: 1})
	m.clients = m.clients[:0]
	for lost.State() != session.Ended {
		m.run(time.Second)
		_ = lost.Advance(m.now)
	}
	require.ErrorIs(t, lost.Err(), transport.ErrTimeout)
	require.Len(t, replicate.Describe(m.server.App()), 2, "places are kept for a while")

	m.net.SetDefault(internet)
	again, err := session.NewClient(bombers, session.ClientConfig{
		Addr: m.addr, Pin: m.id.Public, Carrier: m.net.Carrier(netip.AddrPort{}), Name: "again", Resume: lost.Ticket(),
	})
	require.NoError(t, err)
	m.clients = append(m.clients, again)
	m.run(5 * time.Second)
	require.Equal(t, player.Player, again.Player().Player)
	m.run(time.Second)
	m.requireEqual()

	m.run(30 * time.Second)
	require.Len(t, replicate.Describe(m.server.App()), 1, "the other place was given up")
	require.Equal(t, 1, m.server.Room().Players())
}

// TestGroupsOutliveConnections: a player who comes back sees what its groups see,
// as before, without a word of the game; the groups of one who does not are
// forgotten.
func TestGroupsOutliveConnections(t *testing.T) {
	m := newMatch(t, *firstSeed, internet)
	lost := m.join()
	m.run(3 * time.Second)
	m.quiet = true
	world, player := m.server.App().World(), lost.Player().Player
	in := replicate.InterestOf(world)
	in.Join(player, 2)
	secrets := ecs.NewMap2[replicate.Net, replicate.Groups](m.server.App().Sim())
	secret := secrets.NewEntity(replicate.Net{}, replicate.Groups{Mask: 2})
	m.run(3 * time.Second)
	net, _ := secrets.Get(secret)
	id := net.ID
	sees := func(c *session.Client) bool {
		_, ok := replicate.EntitiesOf(c.App().World()).Lookup(id)
		return ok
	}
	require.True(t, sees(lost))

	cut := func(c *session.Client) *session.Ticket {
		m.net.SetDefault(netsim.Profile{Loss: 1})
		m.clients = m.clients[:0]
		for c.State() != session.Ended {
			m.run(time.Second)
			_ = c.Advance(m.now)
		}
		m.net.SetDefault(internet)
		return c.Ticket()
	}
	back := func(ticket *session.Ticket) *session.Client {
		c, err := session.NewClient(bombers, session.ClientConfig{
			Addr: m.addr, Pin: m.id.Public, Carrier: m.net.Carrier(netip.AddrPort{}), Name: "again", Resume: ticket,
		})
		require.NoError(t, err)
		m.clients = append(m.clients, c)
		m.run(5 * time.Second)
		return c
	}
	again := back(cut(lost))
	require.Equal(t, player, again.Player().Player)
	require.True(t, sees(again))

	ticket := cut(again)
	m.run(session.DefaultGrace + time.Second)
	late := back(ticket)
	require.Equal(t, session.Playing, late.State())
	require.False(t, sees(late))
	in.Join(late.Player().Player, 2)
	m.run(time.Second)
	require.True(t, sees(late))
}
