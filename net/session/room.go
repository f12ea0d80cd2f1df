package session

import (
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/message"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/rewind"
	"github.com/tandem-engine/tandem/net/transport"
)

// RoomConfig configures a [Room]. The zero value works.
type RoomConfig struct {
	Name       string          // clients are told; at most MaxName bytes
	MaxPlayers int             // 0: the server's
	Seed       uint64          // of the room's random numbers
	Idle       time.Duration   // the room closes when nobody has been in it for so long; 0: never
	Plugins    []engine.Plugin // added after the game's and the server's
}

// Room is one match: an App, and the players whose connections it owns. It is a
// resource of its world. One goroutine runs it; the methods that say so may be
// called from any other, and from systems of any room.
type Room struct {
	server  *Server
	number  int
	name    string
	game    Game
	app     *engine.App
	log     *slog.Logger
	max     int
	grace   uint32 // ticks that a dropped player's place is kept
	idle    uint32 // ticks without players after which the room closes; 0: never
	loop    *engine.Loop
	group   *transport.Group // the same as ring, once the room runs
	players []*player        // by ID
	lastID  input.PlayerID
	vacant  uint32 // tick since which nobody is here

	replicas *replicate.Server
	mail     *message.Server
	past     *rewind.Past // nil: the game records none
	input    *input.Commands
	owned    ecs.Filter1[replicate.Net]
	taken    []taken
	relaying
	obeys func(request) // obey, made once

	now       time.Duration
	clock     engine.Clock // of Run; nil: the room is stepped
	bytesLeft uint64       // sent to players who have left
	strays    uint64       // messages of theirs that were for another room
	err       error        // the panic that ended the room
	ended     bool         // players have been told
	announced bool         // and so they have that the server drains

	// Below is for everybody.
	ring     atomic.Pointer[transport.Group] // nil: the server has not taken the room in yet
	phase    atomic.Uint32
	why      atomic.Pointer[transport.CloseError]
	seats    atomic.Int32 // players, and those on their way
	requests inbox[request]
	counts   counts
}

// Phases of a room.
const (
	roomOpen     = iota
	roomDraining // takes no more players, and closes when the last has left
	roomClosing  // plays no more
	roomSealed   // nobody will be sent to it any more
	roomOver     // has released everything
)

// taken is a player's command for the tick in progress.
type taken struct {
	player  input.PlayerID
	command unsafe.Pointer
}

// RoomOf is the room whose world it is, nil on a client.
func RoomOf(w *ecs.World) *Room { return ecs.Resource[Room](w) }

// newRoom makes a room whose plugins have run.
func newRoom(s *Server, number int, cfg RoomConfig) *Room {
	log := s.log
	if cfg.Name != "" {
		log = log.With("room", cfg.Name)
	}
	app := engine.New(engine.Config{TickRate: s.game.TickRate, Seed: cfg.Seed, Log: log})
	r := &Room{
		server: s, number: number, name: cfg.Name, game: s.game, app: app, log: log,
		max:   cfg.MaxPlayers,
		grace: uint32(max(s.cfg.Grace, 0) / s.game.tick()),
		idle:  uint32(max(cfg.Idle, 0) / s.game.tick()),
		loop:  engine.NewLoop(s.game.TickRate, 0),
	}
	r.obeys = r.obey
	ecs.SetResource(app.World(), r)
	app.Receive(phaseFunc(r.receive))
	app.Input(phaseFunc(r.command))
	app.Add(s.game.Sim)
	if s.game.Server != nil {
		app.Add(s.game.Server)
	}
	app.Add(s.cfg.Plugins...)
	app.Add(cfg.Plugins...)
	r.assemble(s.cfg.Messages)
	return r
}

// assemble adds what depends on the components of all plugins.
func (r *Room) assemble(limits message.Limits) {
	r.replicas = replicate.NewServer(r.app, replicate.ServerConfig{
		Interval: r.game.interval(), Spread: true, Pieces: r.server.cfg.Pieces, Channels: replicationChannels,
	})
	r.input = ecs.Resource[input.Commands](r.app.World())
	r.owned = ecs.Query1[replicate.Net](r.app.Sim())
	r.app.Replicate(r.replicas)
	r.app.Replicate(phaseFunc(r.relay))
	if r.past = rewind.Of(r.app.World()); r.past != nil {
		r.past.Serve(r.game.interval())
	}
	r.mail = message.NewServer(r.app, message.ServerConfig{Channels: messageChannels, Limits: limits, Audience: r.replicas})
	r.app.Send(phaseFunc(r.mail.Flush))
}

type phaseFunc func(engine.Tick)

func (f phaseFunc) Update(t engine.Tick) { f(t) }

// String is the room's name, or its number if it has none.
func (r *Room) String() string {
	if r.name != "" {
		return r.name
	}
	return fmt.Sprint("room ", r.number)
}

// Number tells the server's rooms apart, from 1 in the order in which they were
// opened. Any goroutine may ask.
func (r *Room) Number() int { return r.number }

// Name is the one of [RoomConfig]. Any goroutine may ask.
func (r *Room) Name() string { return r.name }

// Server is the server that the room is open on. Any goroutine may ask.
func (r *Room) Server() *Server { return r.server }

// CommandLog is what became of a player's commands, tick by tick; nil if there
// is no such player. It is for the room's own goroutine, as App is.
func (r *Room) CommandLog(id input.PlayerID) *predict.TickLog {
	for _, p := range r.players {
		if p.id == id && p.buffer != nil {
			return p.buffer.Log()
		}
	}
	return nil
}

// App is the room's app: for the room's own goroutine, and where the server is
// stepped for who steps it.
func (r *Room) App() *engine.App { return r.app }

// advance does what is due by now: packets, and whole ticks.
func (r *Room) advance(now time.Duration) {
	r.now = now
	r.group.Poll(now)
	switch r.phase.Load() {
	case roomClosing:
		r.bid()
	case roomSealed:
		r.bid()
		r.clear()
		return
	default:
		for range r.loop.Advance(now) {
			r.tick()
		}
	}
	r.group.Flush(now)
}

// tick runs one tick. A system that panics ends the room, and nobody else.
func (r *Room) tick() {
	if r.phase.Load() > roomDraining {
		return
	}
	var began time.Duration
	if r.clock != nil {
		began = r.clock.Now()
	}
	if err := r.app.Step(); err != nil {
		r.err = err
		r.log.Error("room failed", "error", err, "players", len(r.players))
		r.end(transport.InternalError, "an error in the game has ended it")
		return
	}
	r.publish()
	r.group.Flush(r.now)
	if r.clock != nil {
		r.counts.times.note(r.clock.Now() - began)
	}
}

// run advances the room until it is over: the room's goroutine.
func (r *Room) run() {
	r.group.StartWriter()
	for r.phase.Load() != roomOver {
		r.advance(r.clock.Now())
		// Without a context it only ends for a packet or the time.
		_ = r.group.Wait(r.server.forever, min(r.loop.Next()-r.clock.Now(), pollStep))
	}
}

// lossy is the share of packets to a client from which on structure goes out
// twice.
const lossy = 0.002

// command puts each player's command for this tick onto what the player owns.
func (r *Room) command(t engine.Tick) {
	commands := r.taken[:0]
	for _, p := range r.players {
		if p.buffer == nil {
			continue
		}
		commands = append(commands, taken{p.id, p.buffer.Take(t.Number)})
		if p.peer == nil {
			continue // away: it has let go of everything soon
		}
		r.look(p, t)
		if t.Number%r.game.interval() == 0 {
			p.peer.Status = p.buffer.Status()
			conn := p.line.conn
			p.peer.Budget = max(1, conn.Budget(r.now)) // a full line gets the least, not no limit
			p.peer.Queue, p.peer.Lossy = conn.Queued(), conn.Loss() > lossy
			p.buffer.Reported()
		}
	}
	r.taken = commands
	if r.input == nil {
		return
	}
	q := r.owned.Query()
	for q.Next() {
		owner := q.Get().Owner
		if owner == 0 {
			continue
		}
		// They are in the order of the players' IDs.
		i, ok := slices.BinarySearchFunc(commands, owner, func(c taken, id input.PlayerID) int { return int(c.player) - int(id) })
		if ok && commands[i].command != nil {
			r.input.Put(r.app.World(), q.Entity(), commands[i].command)
		}
	}
}

// look notes which moment a player saw when it gave its command for this tick.
func (r *Room) look(p *player, t engine.Tick) {
	if r.past == nil {
		return
	}
	shown := p.buffer.Playhead()
	if shown == 0 {
		r.past.Forget(p.id)
		return
	}
	line := p.line.conn.Stats()
	r.past.See(p.id, rewind.Sight{
		Tick: t.Number, Playhead: shown, Acked: p.peer.Acked(),
		RTT: line.RTT, Jitter: line.Jitter, Margin: float64(p.buffer.Status().Margin) / 256,
	})
}

// player is one player in the room.
type player struct {
	id      input.PlayerID
	name    string
	session uint64 // names the client across reconnects
	line    *line
	peer    *replicate.Peer // nil while away
	mail    *message.Peer
	buffer  *predict.CommandBuffer
	until   uint32 // away: tick at which the place is given up
	to      *Room  // where a seat waits for it; nil: it stays
	base    uint64 // bytes that its connection had sent when it came
	came    uint32 // tick
	said    saying
}
