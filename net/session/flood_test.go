package session

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/transport"
)

// TestFlood lets a client send commands, refresh requests and logins by the
// dozen each tick: other players do not notice.
func TestFlood(t *testing.T) {
	for name, flood := range map[string]func(h *hostile, tick uint32){
		"commands": func(h *hostile, tick uint32) {
			for i := range uint32(40) {
				h.send(chCommands, order(tick+i, 1))
			}
		},
		"refreshes": func(h *hostile, _ uint32) {
			for range 40 {
				h.send(chControl, appendRefresh())
			}
		},
		"logins": func(h *hostile, _ uint32) { h.send(chControl, appendLogin("mallory")) },
	} {
		t.Run(name, func(t *testing.T) {
			net := netsim.NewNetwork(1)
			net.SetDefault(netsim.Profile{Delay: 10 * time.Millisecond})
			id := secure.IdentityFromSeed([32]byte{1})
			carrier := net.Carrier(netip.AddrPort{})
			server, err := NewServer(cartGame, ServerConfig{Identity: id, Carriers: []transport.Carrier{carrier}, Rand: rand.NewChaCha8([32]byte{1})})
			require.NoError(t, err)
			honest, err := NewClient(cartGame, ClientConfig{Addr: carrier.LocalAddr(), Pin: id.Public, Carrier: net.Carrier(netip.AddrPort{}), Rand: rand.NewChaCha8([32]byte{2})})
			require.NoError(t, err)
			h := newHostile(t, net, carrier.LocalAddr(), id.Public)
			now, joined := time.Duration(0), false
			run := func(ticks int, each func(tick uint32)) {
				for range ticks {
					now += cartGame.withDefaults().tick()
					net.Advance(now)
					require.NoError(t, server.Advance(now))
					require.NoError(t, honest.Advance(now))
					h.conn.Poll(now)
					if h.conn.State() == transport.Connected && !joined {
						h.send(chControl, appendLogin("mallory"))
						joined = true
					}
					for _, ok := h.conn.Receive(); ok; _, ok = h.conn.Receive() {
						continue
					}
					each(server.App().Tick())
					h.conn.Flush(now)
				}
			}
			run(120, func(uint32) {})
			before := honest.Stats()
			run(300, func(tick uint32) { flood(h, tick) })
			after := honest.Stats()
			require.Equal(t, Playing, honest.State())
			require.InDelta(t, before.Late, after.Late, 2, "its commands are in time")
			require.Greater(t, after.Predict.Confirmed-before.Predict.Confirmed, uint64(90), "of 100 snapshots")
			require.Less(t, after.DownRate, 2*before.DownRate+2000, "it is told what it was told before")
		})
	}
}
