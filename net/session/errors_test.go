package session_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport"
)

// refuse joins with another game or key and returns the error.
func refuse(t *testing.T, change func(*session.Game, *session.ClientConfig)) error {
	m := newMatch(t, 1, netsim.Profile{Delay: 20 * time.Millisecond})
	game := bombers
	cfg := session.ClientConfig{Addr: m.addr, Pin: m.id.Public, Carrier: m.net.Carrier(netip.AddrPort{}), Name: "odd"}
	change(&game, &cfg)
	c, err := session.NewClient(game, cfg)
	require.NoError(t, err)
	for m.now < 15*time.Second {
		m.run(frame)
		if err := c.Advance(m.now); err != nil {
			require.Equal(t, session.Ended, c.State())
			require.NotContains(t, err.Error(), "\n", "errors are one line")
			return err
		}
	}
	t.Fatal("the client was not refused")
	return nil
}

func TestRefusals(t *testing.T) {
	t.Run("wrong key", func(t *testing.T) {
		err := refuse(t, func(_ *session.Game, c *session.ClientConfig) { c.Pin[3]++ })
		require.ErrorContains(t, err, "wrong server key")
	})
	t.Run("nobody there", func(t *testing.T) {
		err := refuse(t, func(_ *session.Game, c *session.ClientConfig) {
			c.Addr = netip.MustParseAddrPort("10.9.9.9:1")
		})
		require.ErrorIs(t, err, transport.ErrNoAnswer)
	})
	t.Run("another version", func(t *testing.T) {
		err := refuse(t, func(g *session.Game, _ *session.ClientConfig) { g.Version = 7 })
		require.ErrorContains(t, err, "the server has 1, this client has 7")
	})
	t.Run("another game", func(t *testing.T) {
		err := refuse(t, func(g *session.Game, _ *session.ClientConfig) { g.Name = "chess" })
		require.ErrorContains(t, err, "another game")
	})
	t.Run("a component more", func(t *testing.T) {
		err := refuse(t, func(g *session.Game, _ *session.ClientConfig) {
			g.Sim = func(app *engine.App) {
				simPlugin(app)
				replicate.Component[struct{ Odd bool }](app, replicate.Name("extra.Odd"))
			}
		})
		require.ErrorContains(t, err, "extra.Odd")
	})
	t.Run("another field", func(t *testing.T) {
		type place struct {
			X, Y float32 `net:"min=-1000,max=1000,step=0.5"`
		}
		err := refuse(t, func(g *session.Game, _ *session.ClientConfig) {
			g.Sim = func(app *engine.App) {
				other := engine.New(engine.Config{})
				simPlugin(other)
				replicate.Component[place](app, replicate.Name("session_test.place"), replicate.Predict())
			}
		})
		require.True(t, strings.Contains(err.Error(), "definitions differ"), err)
	})
}
