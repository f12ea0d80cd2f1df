package predict

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/wire"
)

// Commands of others, for clients that predict what others steer: with each
// snapshot the server says which command each of them has in its tick, and in
// those to come as far as it knows. Beyond that the client holds the last one, as
// the server would.

// relayRing is how many ticks of another player's commands a client keeps.
const relayRing = 64

// mostRelays bounds the players whose commands a client keeps.
const mostRelays = 1 << 10

// RelayHead begins a message of others' commands as of the tick of a snapshot.
//
//	12 bits tick, low bits
//	4 bits  zero: the session's
func RelayHead(w *wire.Writer, tick uint32) {
	w.Bits(uint64(tick)&(1<<tickBits-1), tickBits)
	w.Bits(0, roomBits)
}

// Relay adds a player's commands to the message: that of the tick, which was
// taken last, and the next that have come. It reports false, and leaves the
// message as it was, when it would become larger than most bytes; and when there
// is no command.
//
//	1 bit   1; the message ends with 0
//	uvarint player
//	5 bits  number of commands - 1, and runs as in a client's message
func (b *CommandBuffer) Relay(w *wire.Writer, player input.PlayerID, tick uint32, most int) bool {
	if b.kind == nil || !b.started || b.taken != tick {
		return false
	}
	at := func(n uint32) unsafe.Pointer {
		if n == tick {
			return b.hold
		}
		return b.at(n)
	}
	last := tick
	for last-tick < maxRedundancy-1 && b.ticks[(last+1)%commandRing] == last+1 {
		last++
	}
	mark := w.Mark()
	w.Bool(true)
	w.Uvarint(uint64(player))
	w.Bits(uint64(last-tick), 5)
	for n := tick; n <= last; {
		run := uint32(1)
		for n+run <= last && b.kind.Equal(at(n), at(n+run)) {
			run++
		}
		b.kind.Encode(w, at(n))
		writeRun(w, run, last-n+1)
		n += run
	}
	if w.BitLen() > (most-1)*8 {
		w.Rewind(mark)
		return false
	}
	return true
}

// relays are the commands of others that a client has been told of.
type relays struct {
	kind    *input.Commands
	list    []*relay // by player
	scratch unsafe.Pointer
}

type relay struct {
	player input.PlayerID
	memory unsafe.Pointer
	ticks  [relayRing]uint32
	newest uint32
	held   unsafe.Pointer
}

func newRelays(kind *input.Commands) relays {
	r := relays{kind: kind}
	if kind != nil {
		r.scratch = kind.Alloc(1)
	}
	return r
}

func (r *relays) at(l *relay, tick uint32) unsafe.Pointer {
	return unsafe.Add(l.memory, uintptr(tick%relayRing)*r.kind.Size())
}

func (r *relays) find(player input.PlayerID) (int, bool) {
	return slices.BinarySearchFunc(r.list, player, func(l *relay, p input.PlayerID) int { return int(l.player) - int(p) })
}

// receive takes a message of [RelayHead] and [CommandBuffer.Relay], that came
// while the client knew the snapshot near.
func (r *relays) receive(data []byte, near uint32) error {
	var d wire.Reader
	d.Reset(data)
	at := nearest(near, uint32(d.Bits(tickBits)))
	d.Bits(roomBits)
	if r.kind == nil || at <= 0 || d.Err() != nil {
		return ErrCommands
	}
	for d.Bool() {
		player, count := d.Uvarint(), uint32(d.Bits(5))+1
		if d.Err() != nil || player == 0 || player > 1<<16-1 {
			return ErrCommands
		}
		l := r.take(input.PlayerID(player))
		for n, end := uint32(at), uint32(at)+count; n != end; {
			if err := r.kind.Decode(&d, r.scratch); err != nil {
				return fmt.Errorf("%w: %w", ErrCommands, err)
			}
			run, ok := readRun(&d, end-n)
			if !ok {
				return fmt.Errorf("%w: a run longer than the message", ErrCommands)
			}
			for stop := n + run; n != stop; n++ {
				r.store(l, n)
			}
		}
	}
	return d.Err()
}

// take is the record of a player. Where there are too many it takes the place of
// whoever has been heard of longest ago.
func (r *relays) take(player input.PlayerID) *relay {
	i, ok := r.find(player)
	if ok {
		return r.list[i]
	}
	l := &relay{}
	if len(r.list) < mostRelays {
		l.memory, l.held = r.kind.Alloc(relayRing), r.kind.Alloc(1)
	} else {
		oldest := 0
		for k := range r.list {
			if r.list[k].newest < r.list[oldest].newest {
				oldest = k
			}
		}
		l = r.list[oldest]
		r.list = slices.Delete(r.list, oldest, oldest+1)
		i, _ = r.find(player)
	}
	*l = relay{player: player, memory: l.memory, held: l.held}
	r.list = slices.Insert(r.list, i, l)
	return l
}

// store keeps the scratch command as that of tick n.
func (r *relays) store(l *relay, n uint32) {
	if n+relayRing/2 < l.newest || l.ticks[n%relayRing] == n {
		return
	}
	r.kind.Copy(r.at(l, n), r.scratch)
	if l.ticks[(n-1)%relayRing] == n-1 {
		r.kind.Since(r.at(l, n), r.at(l, n-1))
	} else {
		r.kind.Repeat(r.at(l, n))
	}
	l.ticks[n%relayRing], l.newest = n, max(l.newest, n)
}

// of is the command of another player in a tick: its own, or the last before it,
// held as long as a server would; nil when nothing is known.
func (r *relays) of(player input.PlayerID, tick uint32) unsafe.Pointer {
	i, ok := r.find(player)
	if !ok {
		return nil
	}
	l := r.list[i]
	if l.ticks[tick%relayRing] == tick {
		return r.at(l, tick)
	}
	for back := uint32(1); back < relayRing && back < tick; back++ {
		if n := tick - back; l.ticks[n%relayRing] == n {
			r.kind.Copy(l.held, r.at(l, n))
			hold(r.kind, l.held, back)
			return l.held
		}
	}
	return nil
}

// Relayed takes a message of others' commands that the server has sent; newest is
// the tick of the newest snapshot. An error means that the server does not speak
// this protocol.
func (p *Predictor) Relayed(data []byte, newest uint32) error { return p.relays.receive(data, newest) }
