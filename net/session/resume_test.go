package session_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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
