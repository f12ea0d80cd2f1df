package session

import (
	"errors"
	"log/slog"
	"slices"
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

// loginSeconds is for how many seconds a connection may stay without a login.
const loginSeconds = 5

// Room is one match: an App, and the players whose connections it owns.
type Room struct {
	game    Game
	app     *engine.App
	log     *slog.Logger
	max     int
	grace   uint32    // ticks that a dropped player's place is kept
	players []*player // by ID
	lastID  input.PlayerID
	waiting []*guest
	server  *replicate.Server
	mail    *message.Server
	past    *rewind.Past // nil: the game records none
	input   *input.Commands
	owned   ecs.Filter1[replicate.Net]
	taken   []taken

	now       time.Duration
	bytesLeft uint64 // sent to players who have left
}

// taken is a player's command for the tick in progress.
type taken struct {
	player  input.PlayerID
	command unsafe.Pointer
}

// guest is a connection without a login.
type guest struct {
	conn  *transport.Conn
	until uint32 // tick
}

// player is one player in the room.
type player struct {
	id      input.PlayerID
	name    string
	session uint64 // names the client across reconnects
	conn    *transport.Conn
	peer    *replicate.Peer // nil while away
	mail    *message.Peer
	buffer  *predict.CommandBuffer
	until   uint32 // away: tick at which the place is given up
}

func newRoom(game Game, app *engine.App, max int) *Room {
	r := &Room{game: game, app: app, log: app.Log(), max: max}
	app.Receive(phaseFunc(r.receive))
	app.Input(phaseFunc(r.command))
	app.Add(game.Sim)
	if game.Server != nil {
		app.Add(game.Server)
	}
	return r
}

// assemble adds what depends on the components of all plugins.
func (r *Room) assemble(limits message.Limits) {
	r.server = replicate.NewServer(r.app, replicate.ServerConfig{Interval: r.game.interval(), Channels: replicationChannels})
	r.input = ecs.Resource[input.Commands](r.app.World())
	r.owned = ecs.Query1[replicate.Net](r.app.Sim())
	r.app.Replicate(r.server)
	if r.past = rewind.Of(r.app.World()); r.past != nil {
		r.past.Serve(r.game.interval())
	}
	r.mail = message.NewServer(r.app, message.ServerConfig{Channels: messageChannels, Limits: limits, Audience: r.server})
	r.app.Send(phaseFunc(r.mail.Flush))
}

type phaseFunc func(engine.Tick)

func (f phaseFunc) Update(t engine.Tick) { f(t) }

// Players is the number of players in the room, with those whose connection
// dropped a moment ago.
func (r *Room) Players() int { return len(r.players) }

// admit lets a connection wait for its login.
func (r *Room) admit(conn *transport.Conn) {
	r.waiting = append(r.waiting, &guest{conn, r.app.Tick() + uint32(loginSeconds*r.game.TickRate)})
}

// receive takes in what players have sent. The tick is about to be simulated.
func (r *Room) receive(t engine.Tick) {
	waiting := r.waiting[:0]
	for _, g := range r.waiting {
		if r.hear(g, t) {
			waiting = append(waiting, g)
		}
	}
	clear(r.waiting[len(waiting):])
	r.waiting = waiting
	for i := 0; i < len(r.players); {
		if r.attend(r.players[i], t) {
			i++
		}
	}
	r.mail.Deliver(t)
}

// attend takes in what one player has sent, and reports whether the player is
// still in the room.
func (r *Room) attend(p *player, t engine.Tick) bool {
	if p.peer == nil {
		if int32(t.Number-p.until) < 0 {
			return true
		}
		r.leave(p)
		return false
	}
	r.drain(p, t)
	if err := p.peer.Err(); err != nil {
		r.log.Info("player cannot be told of the world", "player", p.id, "error", err)
		p.conn.Close(transport.Abuse, "it does not read what it is told of the world")
	}
	if p.conn.State() < transport.Closing {
		return true
	}
	if r.grace > 0 && (errors.Is(p.conn.Err(), transport.ErrTimeout) || errors.Is(p.conn.Err(), errReplaced)) {
		r.part(p)
		p.until = t.Number + r.grace
		ecs.EventsOf[Dropped](r.app.World()).Emit(Dropped{Player: p.id, Name: p.name})
		r.log.Info("player dropped", "player", p.id, "name", p.name, "reason", p.conn.Err())
		return true
	}
	r.leave(p)
	return false
}

// errReplaced ends a connection whose client has come back over another.
var errReplaced = &transport.CloseError{Reason: transport.Replaced}

// part ends replication and messages to a player.
func (r *Room) part(p *player) {
	if p.peer == nil {
		return
	}
	r.server.Remove(p.peer)
	r.mail.Remove(p.mail)
	if r.past != nil {
		r.past.Forget(p.id)
	}
	r.bytesLeft += p.conn.Stats().BytesOut
	p.peer = nil
}

// hear waits for a guest's login and reports whether it waits on.
func (r *Room) hear(g *guest, t engine.Tick) bool {
	if g.conn.State() >= transport.Closing {
		return false
	}
	m, ok := g.conn.Receive()
	if !ok {
		if int32(t.Number-g.until) >= 0 {
			g.conn.Close(transport.Denied, "no login came")
			return false
		}
		return true
	}
	name, err := parseLogin(m.Data)
	if m.Channel != chControl || kindOf(m.Data) != msgLogin || err != nil {
		g.conn.Close(transport.ProtocolError, "the first message must be a login")
		return false
	}
	r.join(g.conn, CleanName(name), t)
	return false
}

func (r *Room) join(conn *transport.Conn, name string, t engine.Tick) {
	if p := r.resuming(conn); p != nil {
		r.part(p)
		p.until = t.Number + r.grace // if this connection is gone already, too
		if r.seat(p, conn, t) {
			ecs.EventsOf[Returned](r.app.World()).Emit(Returned{Player: p.id, Name: p.name})
			r.log.Info("player returned", "player", p.id, "name", p.name, "addr", conn.Addr())
		}
		return
	}
	if len(r.players) >= r.max {
		conn.Close(transport.ServerFull, "")
		return
	}
	id, at := r.freeID()
	p := &player{id: id, name: name, session: conn.Session()}
	if !r.seat(p, conn, t) {
		return
	}
	r.players = slices.Insert(r.players, at, p)
	ecs.EventsOf[Joined](r.app.World()).Emit(Joined{Player: id, Name: name})
	r.log.Info("player joined", "player", id, "name", name, "addr", conn.Addr(), "players", len(r.players))
}

// seat welcomes a connection to a player's place. It reports false when the
// connection is closing already: there is nobody to play.
func (r *Room) seat(p *player, conn *transport.Conn, t engine.Tick) bool {
	w := welcome{player: p.id, tick: t.Number, rate: r.game.TickRate, interval: r.game.interval(), seed: r.app.Seed()}
	if err := conn.Send(chControl, appendWelcome(w), sendOptions); err != nil {
		return false
	}
	p.conn, p.peer, p.buffer = conn, r.server.Add(p.id, conn), predict.NewCommandBuffer(r.app.World())
	p.mail = r.mail.Add(p.id, conn)
	return true
}

// resuming finds the player whose place a connection takes back, nil for none.
func (r *Room) resuming(conn *transport.Conn) *player {
	if !conn.Resumed() {
		return nil
	}
	for _, p := range r.players {
		if p.session == conn.Session() {
			return p
		}
	}
	return nil
}

// lastPlayerID is the highest number that a room gives; games may number
// others, bots for example, above it.
const lastPlayerID = 1<<15 - 1

// freeID finds an unused player number and its place in the list. Numbers go
// round, so that what a player has left behind does not soon belong to another.
func (r *Room) freeID() (input.PlayerID, int) {
	for {
		if r.lastID++; r.lastID > lastPlayerID {
			r.lastID = 1
		}
		at, taken := slices.BinarySearchFunc(r.players, r.lastID, func(p *player, id input.PlayerID) int { return int(p.id) - int(id) })
		if !taken {
			return r.lastID, at
		}
	}
}

func (r *Room) leave(p *player) {
	for i := range r.players {
		if r.players[i] == p {
			r.players = slices.Delete(r.players, i, i+1)
			break
		}
	}
	r.part(p)
	ecs.EventsOf[Left](r.app.World()).Emit(Left{Player: p.id, Name: p.name})
	r.log.Info("player left", "player", p.id, "name", p.name, "reason", p.conn.Err(), "players", len(r.players))
}

// drain takes one player's packet fates and messages.
func (r *Room) drain(p *player, t engine.Tick) {
	for {
		f, ok := p.conn.Fate()
		if !ok {
			break
		}
		p.peer.Fate(f)
	}
	err := p.mail.Err()
	for err == nil {
		m, ok := p.conn.Receive()
		if !ok {
			return
		}
		switch {
		case m.Channel == chCommands:
			err = p.buffer.Receive(m.Data, t.Number)
		case m.Channel == chMessages || m.Channel == chEvents:
			err = p.mail.Receive(m.Data)
		case m.Channel == chControl && kindOf(m.Data) == msgRefresh:
			p.peer.Refresh()
		default:
			err = errMalformed
		}
	}
	if p.conn.State() >= transport.Closing {
		return // it has ended for another reason
	}
	reason := transport.ProtocolError
	if errors.Is(err, p.mail.Err()) {
		reason = transport.Abuse
	}
	r.log.Info("player broke the protocol", "player", p.id, "name", p.name, "error", err)
	p.conn.Close(reason, err.Error())
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
	line := p.conn.Stats()
	r.past.See(p.id, rewind.Sight{
		Tick: t.Number, Playhead: shown, Acked: p.peer.Acked(),
		RTT: line.RTT, Jitter: line.Jitter, Margin: float64(p.buffer.Status().Margin) / 256,
	})
}

// command puts each player's command for this tick onto what the player owns.
func (r *Room) command(t engine.Tick) {
	commands := r.taken[:0]
	for _, p := range r.players {
		if p.peer == nil {
			continue // away: its things drift on as they are
		}
		commands = append(commands, taken{p.id, p.buffer.Take(t.Number)})
		r.look(p, t)
		p.peer.Status = p.buffer.Status()
		if t.Number%r.game.interval() == 0 {
			p.peer.Budget = max(1, p.conn.Budget(r.now)) // a full line gets the least, not no limit
			p.peer.Queue = p.conn.Stats().Queued
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
		for _, c := range commands {
			if c.player == owner && c.command != nil {
				r.input.Put(r.app.World(), q.Entity(), c.command)
				break
			}
		}
	}
}
