package session_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport"
)

// TestHost plays alone, then with a guest who comes over a network: the same
// game with the same result.
func TestHost(t *testing.T) {
	quiet := false
	network := netsim.NewNetwork(1)
	network.SetDefault(internet)
	carrier := network.Carrier(netip.AddrPort{})
	host, err := session.NewHost(bombers, session.HostConfig{
		Name: "host", Carriers: []transport.Carrier{carrier},
		Client: []engine.Plugin{wander(1, &quiet)},
	})
	require.NoError(t, err)
	var driver session.Driver = host
	now := time.Duration(0)
	var guest *session.Client
	run := func(d time.Duration) {
		for end := now + d; now < end; {
			now += frame
			network.Advance(now)
			require.NoError(t, driver.Advance(now))
			require.NoError(t, driver.App().Render(driver.Frame(now)))
			if guest != nil {
				require.NoError(t, guest.Advance(now))
			}
		}
	}
	run(3 * time.Second)
	require.Equal(t, session.Playing, driver.State())
	require.Equal(t, 1, driver.Stats().Players)
	require.Zero(t, driver.Stats().Predict.Mispredictions)

	guest, err = session.NewClient(bombers, session.ClientConfig{
		Addr: carrier.LocalAddr(), Pin: host.Key(), Carrier: network.Carrier(netip.AddrPort{}), Name: "guest",
		Plugins: []engine.Plugin{wander(2, &quiet)},
	})
	require.NoError(t, err)
	run(5 * time.Second)
	quiet = true
	run(10 * time.Second) // until friction has stopped everything
	require.Equal(t, 2, driver.Stats().Players)
	want := replicate.Describe(host.Server().App())
	require.Len(t, want, 2)
	require.Equal(t, want, replicate.Describe(host.App()))
	require.Equal(t, want, replicate.Describe(guest.App()))
	require.NoError(t, driver.Close())
}
