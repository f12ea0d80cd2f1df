package session

import (
	"errors"
	"strings"
	"time"

	"github.com/tandem-engine/tandem/net/transport"
)

// ErrDraining is returned by [Server.Open] after [Server.Drain].
var ErrDraining = errors.New("session: the server is draining: open the room on another")

// ServerCloses is the event of a client whose server has begun to drain: it lets nobody
// new in, and ends when its players have left, at the latest after Left. A client's
// systems read it in the tick in which it comes, and again when the client comes back
// after its connection was lost.
type ServerCloses struct {
	Left time.Duration // to the second; 0: the server sets no limit
	Text string        // why, for players
}

// maxText bounds the text of [Server.Drain] in bytes.
const maxText = 256

// draining is a server's wish to end.
type draining struct {
	text  string
	limit time.Duration
	until time.Duration // on the server's clock; 0: without limit, or not begun
}

// Drain ends a server gently, so that another version of it can take its place: nobody
// new is let in, and no room opens. Players are told the text, and how long they may play
// on ([ServerCloses]); whose connection is lost may come back. A room is over when its
// last player has left, or when the game closes it; what is left after limit (0: no
// limit) is closed with the text. When the last room is over [Server.Run] returns, and
// [Server.Drained] reports it to who steps the server. Moves between rooms fail with
// [ErrRoomClosed].
//
// Any goroutine may call it, and any system. Only the first call counts.
func (s *Server) Drain(limit time.Duration, text string) {
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	s.wish.CompareAndSwap(nil, &draining{text: text, limit: max(limit, 0)})
}

// Drained reports whether all rooms are over after [Server.Drain]. It is for the
// goroutine that steps the server.
func (s *Server) Drained() bool { return s.draining.Load() != nil && s.empty() }

// drain does what is due of [Server.Drain]. No room is missed: those that are being opened
// when it begins are on the list by then, or never come onto it.
func (s *Server) drain() {
	d := s.draining.Load()
	if d == nil {
		wish := s.wish.Load()
		if wish == nil {
			return
		}
		d = &draining{text: wish.text, limit: wish.limit}
		if d.limit > 0 {
			d.until = s.now + d.limit
		}
		s.draining.Store(d)
		s.seal(ErrDraining)
		s.log.Info("draining", "limit", d.limit, "text", d.text)
	}
	over := s.overdue()
	for _, r := range s.Rooms() {
		r.Drain()
		if over {
			r.end(transport.ShuttingDown, d.text)
		}
	}
}

// overdue reports whether the limit of [Server.Drain] has passed.
func (s *Server) overdue() bool {
	d := s.draining.Load()
	return d != nil && d.until > 0 && s.now >= d.until
}

// refuse tells a client who wants to join a server that drains, and reports whether it
// does.
func (s *Server) refuse(l *line) bool {
	d := s.draining.Load()
	if d != nil {
		l.conn.Close(transport.ShuttingDown, d.text)
	}
	return d != nil
}

// announce tells the players of a room that the server drains, once.
func (r *Room) announce() {
	if r.announced || r.server.draining.Load() == nil {
		return
	}
	r.announced = true
	for _, p := range r.players {
		if p.peer != nil {
			r.tellDraining(p.line)
		}
	}
}

// tellDraining tells one client, if it is so.
func (r *Room) tellDraining(l *line) {
	d := r.server.draining.Load()
	if d == nil {
		return
	}
	left := time.Duration(0)
	if d.until > 0 {
		left = max(d.until-r.now, time.Second)
	}
	// What cannot be sent ends the connection.
	_ = l.conn.Send(chControl, appendCloses(ServerCloses{left, d.text}), sendOptions)
}
