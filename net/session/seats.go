package session

import (
	"errors"
	"slices"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/transport"
)

// receive takes in who has come and what players have sent. The tick is about
// to be simulated.
func (r *Room) receive(t engine.Tick) {
	r.requests.take(r.obeys)
	r.announce()
	for {
		conn, ok := r.group.Accept()
		if !ok {
			break
		}
		r.join(conn.Value().(*line), t.Number)
	}
	for i := 0; i < len(r.players); {
		if r.attend(r.players[i], t) {
			i++
		}
	}
	r.mail.Deliver(t)
	r.retire(t)
}

// retire closes a room in which nobody is any more, if that is its wish.
func (r *Room) retire(t engine.Tick) {
	if len(r.players) > 0 || r.seats.Load() > 0 {
		r.vacant = t.Number
		return
	}
	if r.phase.Load() == roomDraining || r.idle > 0 && t.Number-r.vacant >= r.idle {
		r.end(transport.ShuttingDown, "the room is closed")
	}
}

// attend takes in what one player has sent, and reports whether the player is
// still in the room.
func (r *Room) attend(p *player, t engine.Tick) bool {
	if p.peer == nil {
		if int32(t.Number-p.until) < 0 {
			return true
		}
		r.leave(p, Expired)
		return false
	}
	r.drain(p, t)
	if err := p.peer.Err(); err != nil {
		r.log.Info("player cannot be told of the world", "player", p.id, "error", err)
		p.line.conn.Close(transport.Abuse, "it does not read what it is told of the world")
	}
	if p.line.conn.State() < transport.Closing {
		switch {
		case p.line.arriving() && t.Number-p.came > uint32(enterSeconds*r.game.TickRate):
			p.line.conn.Close(transport.ProtocolError, "it never said that it is in the room")
		case p.to != nil && !p.line.arriving():
			r.depart(p)
			return false
		}
		return true
	}
	if r.grace > 0 && resumable(p.line.conn) {
		r.away(p, t.Number)
		return true
	}
	reason := Disconnected
	if errors.Is(p.line.conn.Err(), transport.ErrKicked) {
		reason = Kicked
	}
	r.leave(p, reason)
	return false
}

// enterSeconds is for how long a client may not say that it is in the room: so
// long somebody may hold a seat elsewhere that it will not take.
const enterSeconds = 15

// away begins a player's time of grace.
func (r *Room) away(p *player, tick uint32) {
	r.part(p)
	p.until = tick + r.grace
	ecs.EventsOf[Dropped](r.app.World()).Emit(Dropped{Player: p.id, Name: p.name})
	r.log.Info("player dropped", "player", p.id, "name", p.name, "reason", p.line.conn.Err())
}

// resumable reports whether the client of a connection that has ended may come
// back over another one, or has.
func resumable(c *transport.Conn) bool {
	return errors.Is(c.Err(), transport.ErrTimeout) || errors.Is(c.Err(), errReplaced)
}

// errReplaced ends a connection whose client has come back over another.
var errReplaced = &transport.CloseError{Reason: transport.Replaced}

// part ends replication and messages to a player.
func (r *Room) part(p *player) {
	if p.peer == nil {
		return
	}
	r.replicas.Remove(p.peer)
	r.mail.Remove(p.mail)
	if r.past != nil {
		r.past.Forget(p.id)
	}
	r.bytesLeft += p.line.conn.Stats().BytesOut - p.base
	r.strays += p.line.stray
	p.line.stray = 0
	p.peer = nil
}

// join seats who has come: somebody new, somebody from another room, or a
// dropped player who is back.
func (r *Room) join(l *line, tick uint32) {
	p := r.resuming(l)
	switch {
	case p != nil:
		if l.placed {
			r.seats.Add(-1) // two of them: the place was not known when it was placed
		}
		r.part(p)
		p.until = tick + r.grace // if this connection is gone already, too
		if r.seat(p, l, tick) {
			ecs.EventsOf[Returned](r.app.World()).Emit(Returned{Player: p.id, Name: p.name})
			r.log.Info("player returned", "player", p.id, "name", p.name, "addr", l.conn.Addr())
		}
	case !l.placed:
		l.lost = true
		r.group.Release(l.conn)
	default:
		r.welcome(l, tick)
	}
}

// welcome seats a player who was not here.
func (r *Room) welcome(l *line, tick uint32) {
	id, at := r.freeID()
	p := &player{id: id, name: l.name, session: l.conn.Session(), line: l}
	moved := l.rooms > 0
	here := r.seat(p, l, tick)
	if !here && !(moved && r.grace > 0 && resumable(l.conn)) {
		r.seats.Add(-1)
		r.server.notes.put(note{p.session, r})
		return
	}
	r.players = slices.Insert(r.players, at, p)
	ecs.EventsOf[Joined](r.app.World()).Emit(Joined{Player: id, Name: p.name, Moved: moved})
	r.log.Info("player joined", "player", id, "name", p.name, "addr", l.conn.Addr(), "players", len(r.players))
	if !here {
		r.away(p, tick) // it was lost on its way
	}
}

// seat welcomes a connection to a player's place. It reports false when the
// connection is closing: there is nobody to play.
func (r *Room) seat(p *player, l *line, tick uint32) bool {
	base := l.conn.Stats().BytesOut
	w := welcome{player: p.id, tick: tick, rate: r.game.TickRate, interval: r.game.interval(), seed: r.app.Seed(), room: r.name}
	if err := l.welcome(w); err != nil {
		l.conn.Close(transport.Abuse, "it does not read what it is told of the world")
		return false
	}
	if r.announced {
		r.tellDraining(l)
	}
	p.line, p.base, p.came = l, base, tick
	p.peer, p.buffer, p.mail = r.replicas.Add(p.id, l), predict.NewCommandBuffer(r.app.World()), r.mail.Add(p.id, l)
	return true
}

// resuming finds the player whose place a connection takes back, nil for none.
func (r *Room) resuming(l *line) *player {
	if !l.conn.Resumed() {
		return nil
	}
	for _, p := range r.players {
		if p.session == l.conn.Session() {
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
		if at, taken := r.find(r.lastID); !taken {
			return r.lastID, at
		}
	}
}

// find is a player's place in the list, and whether it is there.
func (r *Room) find(id input.PlayerID) (int, bool) {
	return slices.BinarySearchFunc(r.players, id, func(p *player, id input.PlayerID) int { return int(p.id) - int(id) })
}

// leave ends a player's stay.
func (r *Room) leave(p *player, reason Reason) {
	if at, ok := r.find(p.id); ok {
		r.players = slices.Delete(r.players, at, at+1)
	}
	r.part(p)
	r.replicas.Forget(p.id)
	r.seats.Add(-1)
	if reason != Moved {
		r.route(p, nil)
		r.server.notes.put(note{p.session, r})
	}
	ecs.EventsOf[Left](r.app.World()).Emit(Left{Player: p.id, Name: p.name, Reason: reason})
	r.log.Info("player left", "player", p.id, "name", p.name, "reason", reason, "error", p.line.conn.Err(), "players", len(r.players))
}

// depart sends a player to the room where a seat waits for it.
func (r *Room) depart(p *player) {
	p.line.to, p.line.placed = p.to, true
	r.leave(p, Moved)
	r.group.Release(p.line.conn)
}

// route changes where a player is to go.
func (r *Room) route(p *player, to *Room) {
	if p.to != nil {
		p.to.seats.Add(-1)
	}
	p.to = to
}

// drain takes one player's packet fates and messages.
func (r *Room) drain(p *player, t engine.Tick) {
	for {
		f, ok := p.line.fate()
		if !ok {
			break
		}
		p.peer.Fate(f)
	}
	err := p.mail.Err()
	for err == nil {
		m, ok, bad := p.line.receive()
		if bad != nil {
			err = bad
			break
		}
		if !ok {
			return
		}
		switch {
		case m.Channel == chCommands:
			err = p.buffer.Receive(m.Data, t.Number, (r.now-m.At).Seconds()*float64(r.game.TickRate))
		case m.Channel == chMessages || m.Channel == chEvents:
			err = p.mail.Receive(m.Data)
		case m.Channel == chControl && kindOf(m.Data) == msgRefresh:
			p.peer.Refresh()
		default:
			err = errMalformed
		}
	}
	if p.line.conn.State() >= transport.Closing {
		return // it has ended for another reason
	}
	reason := transport.ProtocolError
	if errors.Is(err, p.mail.Err()) {
		reason = transport.Abuse
	}
	r.log.Info("player broke the protocol", "player", p.id, "name", p.name, "error", err)
	p.line.conn.Close(reason, err.Error())
}
