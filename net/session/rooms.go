package session

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tandem-engine/tandem/net/transport"
)

// roomList is the open rooms of a server, in the order of their numbers. It is never
// changed, only replaced by another. Once it is sealed no room comes onto it: whoever has
// sealed it knows all rooms that there will be.
type roomList struct {
	rooms  []*Room
	sealed error // what Open says since; nil: it is not sealed
}

// ErrStopped is returned by [Server.Open] when [Server.Run] has ended or is about to, and
// after [Server.Close].
var ErrStopped = errors.New("session: the server has stopped: open the room on another")

// Open opens a room. Its plugins run now, in the calling goroutine. It fails if
// the room's plugins register other components, commands or messages than the
// server's other rooms have: a client that comes from another room could not
// read them. When the server drains the error is [ErrDraining], when it ends
// [ErrStopped].
//
// Any goroutine may call it, and any system, at the cost of a longer tick.
func (s *Server) Open(cfg RoomConfig) (*Room, error) {
	if len(cfg.Name) > MaxName {
		return nil, fmt.Errorf("session: RoomConfig.Name %q is longer than %d bytes: shorten it", cfg.Name, MaxName)
	}
	if s.wish.Load() != nil {
		return nil, ErrDraining
	}
	if err := s.rooms.Load().sealed; err != nil {
		return nil, err
	}
	if cfg.MaxPlayers == 0 {
		cfg.MaxPlayers = s.cfg.MaxPlayers
	}
	r := newRoom(s, int(s.opened.Add(1)), cfg)
	if table := s.game.definitions(r.app); table.Hash != s.hash {
		return nil, fmt.Errorf("session: %v registers what the server's other rooms do not: move replicate.Component, input.Command and message.Register to Game.Sim", r)
	}
	if err := s.begin(r); err != nil {
		return nil, err
	}
	return r, nil
}

// begin starts a room's app and puts it on the list, if the list is not sealed.
func (s *Server) begin(r *Room) error {
	if err := r.app.Start(); err != nil {
		return err
	}
	for {
		old := s.rooms.Load()
		if old.sealed != nil {
			r.app.Stop()
			return old.sealed
		}
		rooms := append(slices.Clone(old.rooms), r)
		slices.SortFunc(rooms, func(a, b *Room) int { return a.number - b.number })
		if s.rooms.CompareAndSwap(old, &roomList{rooms: rooms}) {
			return nil
		}
	}
}

// seal lets no room come onto the list any more; Open says why.
func (s *Server) seal(why error) {
	for {
		old := s.rooms.Load()
		if old.sealed != nil || s.rooms.CompareAndSwap(old, &roomList{rooms: old.rooms, sealed: why}) {
			return
		}
	}
}

// Rooms lists the open rooms in the order of their numbers. The list must not
// be changed. Any goroutine may ask.
func (s *Server) Rooms() []*Room { return s.rooms.Load().rooms }

// adopt gives new rooms their rings, and goroutines where the server runs.
func (s *Server) adopt() {
	for _, r := range s.Rooms() {
		if r.ring.Load() != nil {
			continue
		}
		r.group = s.endpoint.NewGroup(min(max(ringPerPlayer*r.max, minRing), maxRing))
		r.ring.Store(r.group)
		if r.clock = s.clock; r.clock != nil {
			s.running.Go(r.run)
		}
	}
}

// Packets in the ring of a room: a quarter of a second of a player's.
const (
	ringPerPlayer = 32
	minRing       = 256
	maxRing       = 1 << 15
)

// reap seals rooms that end, so that they can let go, and forgets those that
// have.
func (s *Server) reap() {
	for _, r := range s.Rooms() {
		if r.phase.Load() == roomClosing && r.ring.Load() != nil {
			s.remove(r)
			s.closing = append(s.closing, r)
			r.advanceTo(roomSealed)
		}
	}
	for i := 0; i < len(s.closing); i++ {
		r := s.closing[i]
		if r.phase.Load() != roomOver {
			continue
		}
		s.closing = slices.Delete(s.closing, i, i+1)
		i--
		s.endpoint.Dissolve(r.group)
		s.forward()
		s.gone += r.counts.out.Load()
		for session, at := range s.places {
			if at == r {
				delete(s.places, session)
			}
		}
		if r.err != nil && s.empty() {
			s.failed = r.err
		}
	}
}

// remove takes a room out of the list.
func (s *Server) remove(r *Room) {
	for {
		old := s.rooms.Load()
		rooms := slices.DeleteFunc(slices.Clone(old.rooms), func(x *Room) bool { return x == r })
		if s.rooms.CompareAndSwap(old, &roomList{rooms, old.sealed}) {
			return
		}
	}
}

// admit lets new connections wait for their logins, and places those whose
// login has come.
func (s *Server) admit() {
	for {
		conn, ok := s.endpoint.Accept()
		if !ok {
			break
		}
		l := &line{conn: conn, until: s.now + loginTime}
		conn.SetValue(l)
		s.guests = append(s.guests, l)
	}
	waiting := s.guests[:0]
	for _, l := range s.guests {
		if s.hear(l) {
			waiting = append(waiting, l)
		}
	}
	clear(s.guests[len(waiting):])
	s.guests = waiting
}

// loginTime is for how long a connection may stay without a login.
const loginTime = 10 * time.Second

// hear waits for a guest's login and reports whether it waits on.
func (s *Server) hear(l *line) bool {
	if l.conn.State() >= transport.Closing {
		return false
	}
	m, ok := l.conn.Receive()
	if !ok {
		if s.now >= l.until {
			l.conn.Close(transport.Denied, "no login came")
			return false
		}
		return true
	}
	name, err := parseLogin(m.Data)
	if m.Channel != chControl || kindOf(m.Data) != msgLogin || err != nil {
		l.conn.Close(transport.ProtocolError, "the first message must be a login")
		return false
	}
	l.name = CleanName(name)
	s.place(l)
	return false
}

// place sends a client to the room where its place is, or to one with a free
// seat.
func (s *Server) place(l *line) {
	if at := s.places[l.conn.Session()]; at != nil && l.conn.Resumed() && at.phase.Load() < roomClosing {
		l.placed = false
		s.hand(l, at)
		return
	}
	if s.refuse(l) {
		return
	}
	r, err := s.choose(l)
	switch {
	case errors.Is(err, ErrRoomClosed):
		l.conn.Close(transport.ServerFull, "its room is closed")
	case err != nil:
		l.conn.Close(transport.ServerFull, "")
	default:
		l.placed = true
		s.hand(l, r)
	}
}

// choose reserves a seat in the room of a player who logs in.
func (s *Server) choose(l *line) (*Room, error) {
	if s.cfg.Place != nil {
		r := s.cfg.Place(Login{Name: l.name, Addr: l.conn.Addr(), Token: l.conn.TokenData()})
		if r == nil {
			return nil, ErrRoomFull
		}
		return r, r.reserve()
	}
	for {
		var best *Room
		for _, r := range s.Rooms() {
			free := r.phase.Load() == roomOpen && int(r.seats.Load()) < r.max
			if free && (best == nil || r.seats.Load() < best.seats.Load()) {
				best = r
			}
		}
		if best == nil {
			return nil, ErrRoomFull
		}
		if best.reserve() == nil {
			return best, nil
		}
	}
}

// hand gives a client to a room.
func (s *Server) hand(l *line, r *Room) {
	if r.ring.Load() == nil {
		s.adopt() // it was opened a moment ago
	}
	s.places[l.conn.Session()], l.at = r, r
	if l.conn.State() == transport.Closed {
		s.bury(l, r)
		return
	}
	if l.to = nil; !s.endpoint.Move(l.conn, r.group) {
		l.to = r
		s.late = append(s.late, l)
	}
}

// bury deals with a connection that was lost on its way to a room, where its
// place may be kept.
func (s *Server) bury(l *line, r *Room) {
	switch {
	case l.placed && l.rooms > 0 && resumable(l.conn):
		r.requests.put(request{keep: l})
		return
	case l.placed:
		r.seats.Add(-1)
		delete(s.places, l.conn.Session())
	}
}

// forward sends on what rooms have released.
func (s *Server) forward() {
	late := s.late
	s.late = nil
	for _, l := range late {
		s.send(l)
	}
	for {
		conn, ok := s.endpoint.Returned()
		if !ok {
			return
		}
		if l := conn.Value().(*line); l.to != nil || l.lost {
			s.send(l)
		}
	}
}

// send sends a client to where it is to go.
func (s *Server) send(l *line) {
	r := l.to
	if l.lost {
		s.forget(note{l.conn.Session(), l.at}) // unless the place is known to be elsewhere by now
	}
	l.to, l.lost = nil, false
	if r != nil && r.phase.Load() < roomClosing {
		s.hand(l, r)
		return
	}
	if r != nil && l.placed {
		r.seats.Add(-1)
	}
	if l.conn.State() < transport.Closing {
		s.place(l)
	}
}

// forget drops the place of a session that was given up.
func (s *Server) forget(n note) {
	if s.places[n.session] == n.room {
		delete(s.places, n.session)
	}
}
