package session

import (
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/mem"
)

// HostConfig configures a [Host].
type HostConfig struct {
	Name     string              // of the local player
	Carriers []transport.Carrier // where others may join; none: solo
	Identity *secure.Identity    // of the server; nil: one for this run
	Server   []engine.Plugin     // added to the server, bots for example
	Client   []engine.Plugin     // added to the client
	Rooms    int                 // that are open from the start; 0: 1
	Players  int                 // in a room, at most; 0: DefaultMaxPlayers
	Seed     uint64              // of the room's random numbers
	Rand     io.Reader           // keys and cookies of both sides; nil: the system's generator. For tests
	Log      *slog.Logger        // nil: discard
}

// Host is a server and the local player's client in one process. They talk
// over memory, through the same code as over the internet.
type Host struct {
	server *Server
	client *Client
	key    [32]byte
}

// NewHost makes both sides.
func NewHost(game Game, cfg HostConfig) (*Host, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Identity == nil {
		id, err := secure.NewIdentity(cfg.Rand)
		if err != nil {
			return nil, err
		}
		cfg.Identity = id
	}
	network := mem.NewNetwork()
	inside := network.Carrier()
	server, err := NewServer(game, ServerConfig{
		Identity:   cfg.Identity,
		Carriers:   append([]transport.Carrier{inside}, cfg.Carriers...),
		Rooms:      cfg.Rooms,
		MaxPlayers: cfg.Players,
		Seed:       cfg.Seed,
		Plugins:    cfg.Server,
		Log:        cfg.Log.With("side", "server"),
		Rand:       cfg.Rand,
	})
	if err != nil {
		return nil, err
	}
	client, err := NewClient(game, ClientConfig{
		Addr:    inside.LocalAddr(),
		Pin:     cfg.Identity.Public,
		Carrier: network.Carrier(),
		Name:    cfg.Name,
		Plugins: cfg.Client,
		Log:     cfg.Log.With("side", "client"),
		Rand:    cfg.Rand,
	})
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	return &Host{server: server, client: client, key: cfg.Identity.Public}, nil
}

// Key is the public key that guests need to join.
func (h *Host) Key() [32]byte { return h.key }

// Server is the host's server.
func (h *Host) Server() *Server { return h.server }

// Client is the local player's client.
func (h *Host) Client() *Client { return h.client }

// App is the client's app: what is drawn.
func (h *Host) App() *engine.App { return h.client.App() }

// State is the client's.
func (h *Host) State() State { return h.client.State() }

// Frame describes the moment now for drawing.
func (h *Host) Frame(now time.Duration) engine.Frame { return h.client.Frame(now) }

// Advance does what is due by now on both sides.
func (h *Host) Advance(now time.Duration) error {
	if err := h.server.Advance(now); err != nil {
		return err
	}
	return h.client.Advance(now)
}

// Stats is the client's, and what the server knows of the room.
func (h *Host) Stats() Stats {
	s := h.client.Stats()
	s.Players = h.server.Room().Players()
	return s
}

// Close says goodbye to everybody and releases everything.
func (h *Host) Close() error {
	clock := engine.SystemClock()
	begun := clock.Now()
	h.client.app.Stop()
	return errors.Join(h.client.conn.Release(), h.server.stop(offsetClock{clock, h.server.now - begun}, transport.ShuttingDown, ""))
}

// offsetClock continues the time that a driver was advanced with.
type offsetClock struct {
	engine.Clock
	by time.Duration
}

// Now is the time on the driver's clock.
func (c offsetClock) Now() time.Duration { return c.Clock.Now() + c.by }
