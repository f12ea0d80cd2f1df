package session

import (
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/transport"
)

// roomMask is what travels of the number of a room, counted by connection from
// 0: the upper half of a byte.
const roomMask = 1<<4 - 1

// roomAt is which byte of an unreliable message has the room's number.
var roomAt = [...]int{chValues: 0, chCommands: 1, chEvents: 0}

// line is a client's connection on the server, and what belongs to it wherever
// it goes. It is owned by who owns the connection. A room's replication and
// messages write to it.
//
// A client is told of each room that it enters; both sides count the rooms, and
// what was sent in another one is known by that number. On ordered channels it
// is counted at a mark, an empty message, which both sides send between two
// rooms; in unreliable messages its low bits travel.
type line struct {
	conn  *transport.Conn
	name  string
	until time.Duration // a guest: when its login must be here

	rooms   uint32 // welcomes sent
	entered uint32 // welcomes that the client has answered
	mails   uint32 // marks that have come on the channel of messages

	at     *Room // where the server has sent it last
	to     *Room // released by its room: where to; nil: see lost
	placed bool  // a seat is reserved for it where it goes
	lost   bool  // released because its place is not there
	stray  uint64
	spare  []byte
}

// arriving reports whether the client has not said yet that it is in the room.
// It is not sent on before: so no more than two rooms are ever under way, and
// low bits tell them apart.
func (l *line) arriving() bool { return l.entered != l.rooms }

// welcome tells the client of a room. What is sent from now on is of that room.
func (l *line) welcome(w welcome) error {
	if l.rooms > 0 {
		for _, ch := range [...]uint8{chStructure, chMessages} {
			if err := l.conn.Send(ch, nil, sendOptions); err != nil {
				return err
			}
		}
	}
	l.rooms++
	return l.conn.Send(chControl, appendWelcome(w), sendOptions)
}

// number is the number of the room that the client was sent to last.
func (l *line) number() uint32 { return l.rooms - 1 }

// Send implements what replication and messages need of a connection.
func (l *line) Send(ch uint8, p []byte, o channel.SendOptions) error {
	switch ch {
	case chValues, chCommands:
		p[roomAt[ch]] |= byte(l.number()&roomMask) << 4
	case chEvents:
		l.spare = append(append(l.spare[:0], byte(l.number()&roomMask)<<4), p...)
		p = l.spare
	}
	if o.Token != 0 {
		o.Token |= uint64(l.rooms) << 32
	}
	return l.conn.Send(ch, p, o)
}

// fate gives what became of a packet that the present room has sent.
func (l *line) fate() (channel.Fate, bool) {
	for {
		f, ok := l.conn.Fate()
		if !ok {
			return f, false
		}
		if uint32(f.Token>>32) == l.rooms {
			f.Token &= 1<<32 - 1
			return f, true
		}
	}
}

// receive gives the next message for the present room, without its number.
func (l *line) receive() (channel.Message, bool, error) {
	for {
		m, ok := l.conn.Receive()
		if !ok {
			return m, false, nil
		}
		mine, err := l.sort(&m)
		if err != nil {
			return m, false, err
		}
		if mine {
			return m, true, nil
		}
	}
}

// sort reports whether a message is for the present room.
func (l *line) sort(m *channel.Message) (mine bool, err error) {
	switch m.Channel {
	case chControl:
		if kindOf(m.Data) != msgEntered {
			return l.count(!l.arriving()), nil
		}
		if !l.arriving() || len(m.Data) != 1 {
			return false, errMalformed
		}
		l.entered++
		return false, nil
	case chMessages:
		if len(m.Data) == 0 {
			if l.mails++; l.mails >= l.rooms {
				return false, errMalformed
			}
			return false, nil
		}
		return l.count(l.mails == l.number()), nil
	case chCommands, chEvents:
		room, err := takeRoom(m)
		return l.count(room == byte(l.number()&roomMask)), err
	}
	return true, nil
}

// count counts the messages that are for another room.
func (l *line) count(mine bool) bool {
	if !mine {
		l.stray++
	}
	return mine
}

// takeRoom takes the room's number out of an unreliable message.
func takeRoom(m *channel.Message) (byte, error) {
	at := roomAt[m.Channel]
	if len(m.Data) <= at {
		return 0, errMalformed
	}
	room := m.Data[at] >> 4
	if m.Data[at] &= roomMask; m.Channel != chEvents {
		return room, nil
	}
	if m.Data[0] != 0 {
		return 0, errMalformed
	}
	m.Data = m.Data[1:]
	return room, nil
}
