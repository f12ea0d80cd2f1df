package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"time"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/message"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/transport"
)

var sendOptions = channel.SendOptions{}

// ServerConfig configures a [Server].
type ServerConfig struct {
	Identity   *secure.Identity    // required
	Carriers   []transport.Carrier // required: what to listen on; closed with the server
	MaxPlayers int                 // 0: 64
	Grace      time.Duration       // for how long the place of a player whose connection was lost is kept; 0: 20 s, below: not at all
	Messages   message.Limits      // on what each client may send
	Seed       uint64              // of the room's random numbers; clients learn it, so that they can predict them
	Plugins    []engine.Plugin     // added after the game's own, bots for example
	Log        *slog.Logger        // nil: discard
	Rand       io.Reader           // keys and cookies; nil: the system's generator. For tests
}

// DefaultMaxPlayers is the number of players of a room whose server's
// configuration names none.
const DefaultMaxPlayers = 64

// DefaultGrace is for how long a dropped player's place is kept by a server
// whose configuration says nothing.
const DefaultGrace = 20 * time.Second

// Server runs one room of a game for players who connect to its carriers. It
// is stepped by one goroutine.
type Server struct {
	game     Game
	log      *slog.Logger
	endpoint *transport.Endpoint
	room     *Room
	loop     *engine.Loop
	rates    rates
	now      time.Duration
}

// NewServer makes a server that is ready to be advanced. The game's plugins
// run now.
func NewServer(game Game, cfg ServerConfig) (*Server, error) {
	game = game.withDefaults()
	if cfg.Identity == nil {
		return nil, errors.New("session: ServerConfig.Identity is nil: secure.LoadOrCreate makes one")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.MaxPlayers == 0 {
		cfg.MaxPlayers = DefaultMaxPlayers
	}
	app := engine.New(engine.Config{TickRate: game.TickRate, Seed: cfg.Seed, Log: cfg.Log})
	if cfg.Grace == 0 {
		cfg.Grace = DefaultGrace
	}
	room := newRoom(game, app, cfg.MaxPlayers)
	room.grace = uint32(max(cfg.Grace, 0) / game.tick())
	app.Add(cfg.Plugins...)
	room.assemble(cfg.Messages)
	endpoint, err := transport.Listen(transport.Config{
		Identity: cfg.Identity,
		Protocol: game.protocol(),
		Version:  game.Version,
		Channels: channels,
		App:      game.definitions(app),
		MaxConns: cfg.MaxPlayers + spareConns,
		Log:      cfg.Log,
		Rand:     cfg.Rand,
	}, cfg.Carriers...)
	if err != nil {
		return nil, err
	}
	s := &Server{game: game, log: cfg.Log, endpoint: endpoint, room: room, loop: engine.NewLoop(game.TickRate, 0)}
	if err := app.Start(); err != nil {
		return nil, errors.Join(err, endpoint.Close())
	}
	return s, nil
}

// spareConns is how many connections beyond the players a server takes, so
// that one too many hears why it is refused.
const spareConns = 16

// App is the room's app.
func (s *Server) App() *engine.App { return s.room.app }

// Room is the server's room.
func (s *Server) Room() *Room { return s.room }

// Addr is the address of the first carrier.
func (s *Server) Addr() netip.AddrPort { return s.endpoint.Addr() }

// Advance does what is due by now: packets, and whole ticks. An error, a panic
// of a system or a broken socket, ends the server.
func (s *Server) Advance(now time.Duration) error {
	s.now, s.room.now = now, now
	s.endpoint.Poll(now)
	for {
		conn, ok := s.endpoint.Accept()
		if !ok {
			break
		}
		s.room.admit(conn)
	}
	for range s.loop.Advance(now) {
		if err := s.room.app.Step(); err != nil {
			return err
		}
		s.endpoint.Flush(now)
	}
	s.endpoint.Flush(now)
	if s.rates.due(now) {
		in, out := s.bytes()
		s.rates.note(now, in, out)
	}
	return s.endpoint.Err()
}

// bytes counts what went through all carriers since the server began.
func (s *Server) bytes() (in, out uint64) {
	e := s.endpoint.Stats()
	out = e.BytesOut + s.room.bytesLeft
	for _, p := range s.room.players {
		if p.peer != nil {
			out += p.conn.Stats().BytesOut
		}
	}
	return e.BytesIn, out
}

// Run advances the server on a clock until ctx ends; then it says goodbye to
// its clients.
func (s *Server) Run(ctx context.Context, clock engine.Clock) error {
	for ctx.Err() == nil {
		if err := s.Advance(clock.Now()); err != nil {
			return errors.Join(err, s.stop(clock, transport.InternalError, "the server had to stop"))
		}
		// An error of Wait is the end of ctx, or of the socket, which Advance reports.
		_ = s.endpoint.Wait(ctx, s.loop.Next()-clock.Now())
	}
	return s.stop(clock, transport.ShuttingDown, "")
}

// goodbye bounds how long a stopping server waits for its last packets.
const goodbye = time.Second

func (s *Server) stop(clock engine.Clock, reason transport.CloseReason, text string) error {
	s.room.app.Stop()
	s.endpoint.Shutdown(clock.Now(), reason, text)
	ctx, cancel := context.WithTimeout(context.Background(), goodbye)
	defer cancel()
	for !s.endpoint.Done() && ctx.Err() == nil {
		s.endpoint.Poll(clock.Now())
		s.endpoint.Flush(clock.Now())
		_ = s.endpoint.Wait(ctx, 10*time.Millisecond)
	}
	if err := s.endpoint.Close(); err != nil {
		return fmt.Errorf("session: closing the socket: %w", err)
	}
	return nil
}

// Shutdown begins to say goodbye to all clients. Advance goes on until Done.
func (s *Server) Shutdown(now time.Duration, reason transport.CloseReason, text string) {
	s.endpoint.Shutdown(now, reason, text)
}

// Close ends the server at once, without a word to anybody.
func (s *Server) Close() error {
	s.room.app.Stop()
	return s.endpoint.Close()
}

// Stats describes the server.
func (s *Server) Stats() Stats {
	return Stats{
		State:    Playing,
		Tick:     s.room.app.Tick(),
		Ticks:    s.loop.Stats().Ticks,
		Dropped:  s.loop.Stats().Dropped,
		Players:  len(s.room.players),
		Entities: s.room.server.Entities(),
		DownRate: s.rates.perIn,
		UpRate:   s.rates.perOut,
	}
}
