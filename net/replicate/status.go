package replicate

import "github.com/tandem-engine/tandem/net/wire"

// Status is what the server tells a player about its commands, in every
// snapshot: the input of the client's clock.
type Status struct {
	// Command is the tick of the newest command that the server has, 0 for none.
	Command uint32
	// Margin is how early commands arrived since the last snapshot, in 1/256 tick
	// before the moment the server needs them: the least of them. Negative: late.
	Margin int32
	// Late counts the ticks that had no command of this player's in time.
	Late uint32
	// Recent is what became of the commands of the last 32 ticks: 2 bits a tick,
	// that of the snapshot lowest; 0 in time, 1 repeated, 2 late, 3 missing.
	Recent uint64
}

// ReadStatus reads what a message of the values channel says about the player's
// commands, and of which snapshot it is: the first message of each says it. near is
// the tick of the last one, or any close to it. It is for clients without a
// [Client].
func ReadStatus(message []byte, near uint32) (s Status, tick uint32, ok bool) {
	var r wire.Reader
	r.Reset(message)
	kind := r.Bits(8)
	tick = nearest(near, uint16(r.Bits(16)))
	r.Bits(16)
	if kind == kindOwnPart && r.Bits(8) == 0 { // the status is in the first part
		r.Bits(8)
		kind = kindOwn
	}
	if kind != kindOwn {
		return s, 0, false
	}
	s.read(&r, tick)
	return s, tick, r.Err() == nil
}

func (s Status) write(w *wire.Writer, tick uint32) {
	w.Varint(int64(s.Command) - int64(tick))
	w.Varint(int64(s.Margin))
	w.Uvarint(uint64(s.Late))
	w.Bool(s.Recent != 0)
	if s.Recent != 0 {
		w.Bits(s.Recent, 64)
	}
}

func (s *Status) read(r *wire.Reader, tick uint32) {
	s.Command = uint32(int64(tick) + r.Varint())
	s.Margin = int32(r.Varint())
	s.Late = uint32(r.Uvarint())
	s.Recent = 0
	if r.Bool() {
		s.Recent = r.Bits(64)
	}
}
