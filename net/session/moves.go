package session

import (
	"errors"

	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/transport"
)

// Errors of [Room.Move].
var (
	ErrRoomFull   = errors.New("session: the room is full: choose another, or raise MaxPlayers")
	ErrRoomClosed = errors.New("session: the room takes no more players: choose another")
)

// request is what somebody wants of a room.
type request struct {
	player input.PlayerID
	to     *Room                 // move it there, where a seat is reserved
	stay   bool                  // move it nowhere
	kick   *transport.CloseError // remove it
	keep   *line                 // keep a place for one that was lost on its way here
}

// Move sends a player to another room of the same server, on the same
// connection: here it leaves in the next tick, there it joins a moment later. A
// seat is reserved for it at once; without one the error is [ErrRoomFull] or
// [ErrRoomClosed]. The player's client sees [Entered]. A player whose client has
// not said yet that it is here goes on when it has, one that is dropped when it
// is back. The last Move counts; a move to the room where the player is calls
// the others off. Of a player who is not here nothing comes.
//
// Any goroutine may call it, and any system.
func (r *Room) Move(player input.PlayerID, to *Room) error {
	if to == nil || to.server != r.server {
		panic("session: Room.Move to no room of the same server: Server.Rooms lists them")
	}
	if to == r {
		r.requests.put(request{player: player, stay: true})
		return nil
	}
	if err := to.reserve(); err != nil {
		return err
	}
	r.requests.put(request{player: player, to: to})
	if r.phase.Load() == roomOver {
		r.requests.take(refuse)
	}
	return nil
}

// Kick removes a player, whose client is told the text. Its place is not kept.
// Any goroutine may call it, and any system.
func (r *Room) Kick(player input.PlayerID, text string) {
	r.requests.put(request{player: player, kick: &transport.CloseError{Reason: transport.Kicked, Text: text}})
}

// Drain lets nobody in any more, and closes the room when the last player has
// left. Any goroutine may call it, and any system.
func (r *Room) Drain() { r.advanceTo(roomDraining) }

// Close ends the room: it plays no more, and the clients of its players are told
// the text; nobody else is concerned. Players who are to play on are moved
// before, and have left when [Room.Players] is 0. Any goroutine may call it, and
// any system.
func (r *Room) Close(text string) { r.end(transport.ShuttingDown, text) }

func (r *Room) end(reason transport.CloseReason, text string) {
	r.why.CompareAndSwap(nil, &transport.CloseError{Reason: reason, Text: text})
	r.advanceTo(roomClosing)
}

// advanceTo moves the room's phase forward.
func (r *Room) advanceTo(phase uint32) {
	for {
		now := r.phase.Load()
		if now >= phase || r.phase.CompareAndSwap(now, phase) {
			return
		}
	}
}

// reserve takes a seat.
func (r *Room) reserve() error {
	for {
		n := r.seats.Load()
		if r.phase.Load() != roomOpen {
			return ErrRoomClosed
		}
		if int(n) >= r.max {
			return ErrRoomFull
		}
		if r.seats.CompareAndSwap(n, n+1) {
			return nil
		}
	}
}

// obey does what somebody wanted, before the tick.
func (r *Room) obey(q request) {
	if q.keep != nil {
		r.join(q.keep, r.app.Tick())
		return
	}
	at, here := r.find(q.player)
	switch {
	case !here:
		refuse(q)
	case q.stay:
		r.route(r.players[at], nil)
	case q.to != nil:
		r.route(r.players[at], q.to)
	case r.players[at].peer == nil:
		r.leave(r.players[at], Kicked)
	default:
		r.players[at].line.conn.Close(q.kick.Reason, q.kick.Text)
	}
}

// refuse gives back the seat that was reserved for a request of which nothing
// comes.
func refuse(q request) {
	if q.to != nil {
		q.to.seats.Add(-1)
	}
}

// bid tells the players of a room that ends why, once.
func (r *Room) bid() {
	if r.ended {
		return
	}
	r.ended = true
	r.app.Stop()
	why := r.why.Load()
	for _, p := range r.players {
		r.route(p, nil)
		if p.peer != nil {
			p.line.conn.Close(why.Reason, why.Text)
		}
	}
	r.log.Info("room closed", "reason", why, "players", len(r.players))
}

// clear gives everything back to the server, which says the goodbyes. Who has
// come too late is placed elsewhere.
func (r *Room) clear() {
	for {
		conn, ok := r.group.Accept()
		if !ok {
			break
		}
		if l := conn.Value().(*line); conn.State() < transport.Closing {
			l.lost = true
			r.group.Release(conn)
		}
	}
	r.group.ReleaseAll()
	r.players = nil
	r.publish()
	r.group.Flush(r.now)
	r.group.StopWriter()
	r.phase.Store(roomOver) // the group is the server's from here on
	r.requests.take(refuse)
}
