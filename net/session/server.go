package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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
	Rooms      int                 // that are open from the start; 0: 1, below: none
	MaxPlayers int                 // in a room; 0: 64
	MaxClients int                 // in all rooms; 0: MaxPlayers in each of Rooms
	PrefixRate int                 // handshakes a second from one address (IPv6: one /64); 0: transport's default. More than a few players behind one address need more
	Grace      time.Duration       // for how long the place of a player whose connection was lost is kept; 0: 20 s, below: not at all
	Messages   message.Limits      // on what each client may send
	Pieces     int                 // players of a room from which on their values are made into bits once for all; 0: 128, below: never. See replicate.ServerConfig
	Seed       uint64              // of the first room's random numbers; each further one of Rooms has the next. Clients learn it, so that they can predict them
	Plugins    []engine.Plugin     // added in every room after the game's own, bots for example
	Log        *slog.Logger        // nil: discard
	Rand       io.Reader           // keys and cookies; nil: the system's generator. For tests

	// Place chooses the room of a player who logs in; without a room the login is
	// refused. It is called between ticks by the goroutine that drives the server.
	// nil: the room with the fewest players of those that have space.
	Place func(Login) *Room
}

// Login is what is known of a player who wants to play.
type Login struct {
	Name  string
	Addr  netip.AddrPort
	Token []byte // what a lobby wrote into the player's join token; nil without one
}

// DefaultMaxPlayers is the number of players of a room whose server's
// configuration names none.
const DefaultMaxPlayers = 64

// DefaultGrace is for how long a dropped player's place is kept by a server
// whose configuration says nothing.
const DefaultGrace = 20 * time.Second

// Server runs rooms of a game, usually one, for players who connect to its
// carriers. It is stepped by one goroutine, which calls Advance; or Run gives
// each room a goroutine of its own.
type Server struct {
	game     Game
	cfg      ServerConfig
	log      *slog.Logger
	endpoint *transport.Endpoint
	hash     [32]byte // of the definitions
	first    *Room
	rates    rates
	now      time.Duration

	guests  []*line          // without a login
	late    []*line          // whose room's ring was full
	places  map[uint64]*Room // by session: where a client's place is
	closing []*Room
	placed  func(note) // forget, made once
	gone    uint64     // bytes sent by rooms that are over
	failed  error

	clock   engine.Clock // of Run
	running sync.WaitGroup
	forever context.Context

	// Below is for everybody.
	rooms    atomic.Pointer[roomList]
	opened   atomic.Int64
	notes    inbox[note]
	wish     atomic.Pointer[draining] // of Drain
	draining atomic.Pointer[draining] // since the server's goroutine knows of it
}

// note tells the server that the place of a session is given up.
type note struct {
	session uint64
	room    *Room
}

// NewServer makes a server that is ready to be advanced. The game's plugins
// run now.
func NewServer(game Game, cfg ServerConfig) (*Server, error) {
	game = game.withDefaults()
	if cfg.Identity == nil {
		return nil, errors.New("session: ServerConfig.Identity is nil: secure.LoadOrCreate makes one")
	}
	cfg = cfg.withDefaults()
	s := &Server{game: game, cfg: cfg, log: cfg.Log, places: map[uint64]*Room{}, forever: context.Background()}
	s.placed = s.forget
	s.rooms.Store(&roomList{})
	rooms := make([]*Room, max(cfg.Rooms, 1)) // without rooms, one shows what there is to agree on
	for i := range rooms {
		room := RoomConfig{Seed: cfg.Seed + uint64(i), MaxPlayers: cfg.MaxPlayers}
		if cfg.Rooms > 1 {
			room.Name = fmt.Sprint(i + 1)
		}
		rooms[i] = newRoom(s, i+1, room)
	}
	table := game.definitions(rooms[0].app)
	s.hash = table.Hash
	endpoint, err := transport.Listen(transport.Config{
		Identity: cfg.Identity,
		Protocol: game.protocol(),
		Version:  game.Version,
		Channels: channels,
		App:      table,
		MaxConns: cfg.MaxClients + spareConns, PrefixRate: cfg.PrefixRate,
		Log:  cfg.Log,
		Rand: cfg.Rand,
	}, cfg.Carriers...)
	if err != nil {
		return nil, err
	}
	s.endpoint = endpoint
	for _, r := range rooms[:cfg.Rooms] {
		if err := s.begin(r); err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.first = rooms[0]
	}
	s.opened.Store(int64(cfg.Rooms))
	return s, nil
}

func (cfg ServerConfig) withDefaults() ServerConfig {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.MaxPlayers == 0 {
		cfg.MaxPlayers = DefaultMaxPlayers
	}
	if cfg.Rooms == 0 {
		cfg.Rooms = 1
	}
	cfg.Rooms = max(cfg.Rooms, 0)
	if cfg.MaxClients == 0 {
		cfg.MaxClients = cfg.MaxPlayers * max(cfg.Rooms, 1)
	}
	if cfg.Grace == 0 {
		cfg.Grace = DefaultGrace
	}
	return cfg
}

// spareConns is how many connections beyond the players a server takes, so
// that one too many hears why it is refused.
const spareConns = 16

// App is the first room's app: see [Server.Room].
func (s *Server) App() *engine.App { return s.Room().app }

// Room is the first of ServerConfig.Rooms, also when it is over.
func (s *Server) Room() *Room {
	if s.first == nil {
		panic("session: Server.Room of a server that began without rooms: keep what Server.Open returns")
	}
	return s.first
}

// Addr is the address of the first carrier.
func (s *Server) Addr() netip.AddrPort { return s.endpoint.Addr() }

// Advance does what is due by now: packets, and whole ticks of all rooms in the
// order of their numbers. An error ends the server: a broken socket, or a
// system that panicked in the last room that was left.
func (s *Server) Advance(now time.Duration) error {
	if s.clock != nil {
		panic("session: Server.Advance of a server that Run drives: use one of them")
	}
	s.serve(now)
	for _, r := range s.Rooms() {
		r.advance(now)
	}
	for _, r := range s.closing {
		r.advance(now)
	}
	s.reap()
	return s.flush(now)
}

// serve does the server's own part: handshakes, logins, routing, moves.
func (s *Server) serve(now time.Duration) {
	s.now = now
	s.endpoint.Poll(now)
	s.adopt()
	s.drain()
	s.admit()
	s.notes.take(s.placed)
	s.forward()
	s.reap()
}

func (s *Server) flush(now time.Duration) error {
	s.endpoint.Flush(now)
	if s.rates.due(now) {
		in, out := s.bytes()
		s.rates.note(now, in, out)
	}
	if s.failed != nil {
		return s.failed
	}
	return s.endpoint.Err()
}

// bytes counts what went through all carriers since the server began.
func (s *Server) bytes() (in, out uint64) {
	e := s.endpoint.Stats()
	out = e.BytesOut + s.gone
	for _, r := range s.Rooms() {
		out += r.counts.out.Load()
	}
	return e.BytesIn, out
}

// pollStep is how long a goroutine of Run sleeps at most: what other goroutines
// want of it waits no longer.
const pollStep = 4 * time.Millisecond

// Run drives the server on a clock until ctx ends, or until it is drained or the limit of
// [Server.Drain] has passed; then it says goodbye to its clients. Each room has a goroutine
// of its own. A room whose goroutine does not come back from a tick is left behind: the
// error is [ErrRoomHangs] and names it.
func (s *Server) Run(ctx context.Context, clock engine.Clock) error {
	s.clock = clock
	for ctx.Err() == nil && !s.Drained() && !s.overdue() {
		now := clock.Now()
		s.serve(now)
		if err := s.flush(now); err != nil {
			return errors.Join(err, s.stop(clock, transport.InternalError, "the server had to stop"))
		}
		// It is short, and to wait for ctx too would take memory each time. An error
		// is the socket's, which flush reports.
		_ = s.endpoint.Wait(s.forever, pollStep)
	}
	text := ""
	if d := s.draining.Load(); d != nil {
		text = d.text
	}
	return s.stop(clock, transport.ShuttingDown, text)
}

// goodbye bounds how long a stopping server waits for its last packets, and stopLimit
// how long for rooms in a tick that takes long.
const (
	goodbye   = time.Second
	stopLimit = 10 * time.Second
)

// ErrRoomHangs is what [Server.Run] returns when a room did not end.
var ErrRoomHangs = fmt.Errorf("session: a system has not come back from its tick for %v", stopLimit)

func (s *Server) stop(clock engine.Clock, reason transport.CloseReason, text string) error {
	s.seal(ErrStopped)
	s.adopt()
	for _, r := range s.Rooms() { // and there will be no other
		r.end(reason, text)
	}
	s.endpoint.Shutdown(clock.Now(), reason, text)
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	parting, part := context.WithTimeout(ctx, goodbye)
	defer part()
	for ctx.Err() == nil && !(s.empty() && (s.endpoint.Done() || parting.Err() != nil)) {
		now := clock.Now()
		s.serve(now)
		if s.clock == nil {
			for _, r := range s.closing {
				r.advance(now)
			}
		}
		s.endpoint.Flush(now)
		_ = s.endpoint.Wait(ctx, 10*time.Millisecond)
	}
	var hanging error
	if s.empty() {
		s.running.Wait()
	} else {
		hanging = s.hanging()
	}
	if err := s.endpoint.Close(); err != nil {
		return errors.Join(hanging, fmt.Errorf("session: closing the socket: %w", err))
	}
	return hanging
}

// hanging names the rooms that are left.
func (s *Server) hanging() error {
	var names []string
	for _, r := range slices.Concat(s.Rooms(), s.closing) {
		names = append(names, r.String())
	}
	s.log.Error("rooms hang", "rooms", names)
	return fmt.Errorf("%w: %s", ErrRoomHangs, strings.Join(names, ", "))
}

// empty reports whether no room is left.
func (s *Server) empty() bool { return len(s.Rooms()) == 0 && len(s.closing) == 0 }

// Shutdown begins to say goodbye to all clients. Advance goes on until Done.
func (s *Server) Shutdown(now time.Duration, reason transport.CloseReason, text string) {
	s.endpoint.Shutdown(now, reason, text)
}

// Close ends a server that is stepped at once, without a word to anybody.
func (s *Server) Close() error {
	s.seal(ErrStopped)
	for _, r := range s.Rooms() {
		r.app.Stop()
	}
	for _, r := range s.closing {
		r.app.Stop()
	}
	return s.endpoint.Close()
}

// Stats describes the server: its rooms together, and the tick of the first. It is for
// the goroutine that steps the server; of one that [Server.Run] drives, ask its rooms
// ([Room.Stats]), which any goroutine may, and the server when Run has returned.
func (s *Server) Stats() Stats {
	st := Stats{State: Playing, DownRate: s.rates.perIn, UpRate: s.rates.perOut}
	for i, r := range s.Rooms() {
		n := r.Stats()
		if i == 0 {
			st.Tick = n.Tick
		}
		st.Ticks += n.Ticks
		st.Dropped += n.Dropped
		st.Players += n.Players
		st.Entities += n.Entities
	}
	return st
}
