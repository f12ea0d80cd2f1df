package replicate

import (
	"math/bits"
	"slices"
)

// sentRing is how many value datagrams a peer's server remembers. The fate of
// older ones counts as lost.
const sentRing = 128

// refWindow is how many datagrams back one may name as its references.
const refWindow = 64

// refSpan is how far the references of one datagram lie apart at most.
const refSpan = 32

// datagram records what a values message carried.
type datagram struct {
	seq   uint32 // 0: none; also the token that its fate comes under
	tick  uint32
	scan  uint32   // of tick
	open  bool     // its fate is not known
	acked bool     // the peer has it
	slots []uint32 // that it told of, ascending
}

// sentLog is the ring of a peer's datagrams.
type sentLog struct {
	ring  [sentRing]datagram
	spare [][]uint32 // memory of forgotten datagrams
	next  uint32     // the newest
	acked uint64     // bit i: the peer has datagram next-1-i
	most  int        // entities in one datagram, rounded up
	held  []uint32   // the acknowledged ones of the newest such tick: they make rosters
}

// at is the record of a datagram, nil when it is forgotten.
func (l *sentLog) at(seq uint32) *datagram {
	if d := &l.ring[seq%sentRing]; d.seq == seq && seq != 0 {
		return d
	}
	return nil
}

// begin takes the record of the next datagram. Whatever it replaces must have
// been settled.
func (l *sentLog) begin(tick, scan uint32) *datagram {
	l.acked <<= 1
	if d := l.at(l.next); d != nil && d.acked {
		l.acked |= 1
	}
	l.next++
	if l.next == 0 {
		l.next++
		l.acked <<= 1
	}
	d := &l.ring[l.next%sentRing]
	if i := slices.Index(l.held, d.seq); i >= 0 {
		l.held = slices.Delete(l.held, i, i+1)
	}
	l.release(d)
	*d = datagram{seq: l.next, tick: tick, scan: scan, open: true}
	if n := len(l.spare); n > 0 {
		d.slots, l.spare = l.spare[n-1], l.spare[:n-1]
	}
	if cap(d.slots) < l.most {
		d.slots = make([]uint32, 0, l.most) // at once, not step by step
	}
	return d
}

// end notes how much a datagram told.
func (l *sentLog) end(d *datagram) {
	if n := len(d.slots); n > l.most {
		l.most = 1 << bits.Len(uint(n-1))
	}
}

// settle notes the fate of a datagram. Of those that have arrived only the newest
// tick's are kept whole.
func (l *sentLog) settle(d *datagram, acked bool) {
	d.open, d.acked = false, acked
	if !acked {
		return
	}
	if back := l.next - 1 - d.seq; back < refWindow {
		l.acked |= 1 << back
	}
	newest := d.tick
	if len(l.held) > 0 {
		newest = l.ring[l.held[0]%sentRing].tick
	}
	switch {
	case d.tick < newest:
		l.release(d)
		return
	case d.tick > newest:
		for _, seq := range l.held {
			l.release(&l.ring[seq%sentRing])
		}
		l.held = l.held[:0]
	}
	l.held = append(l.held, d.seq)
}

// release gives the memory of what a datagram told back.
func (l *sentLog) release(d *datagram) {
	if d.slots != nil {
		l.spare = append(l.spare, d.slots[:0])
		d.slots = nil
	}
}

// forgetAll forgets every datagram.
func (l *sentLog) forgetAll() {
	for i := range l.ring {
		l.release(&l.ring[i])
		l.ring[i] = datagram{}
	}
	l.acked, l.held = 0, l.held[:0]
}

// refs is the set of datagrams that the newest may be coded against: bit i for
// the one i+1 before it. They lie within refSpan of the newest.
func (l *sentLog) refs() uint64 {
	skip := bits.TrailingZeros64(l.acked)
	return l.acked & ((1<<refSpan - 1) << skip)
}

func (l *sentLog) tick(seq uint32) (uint32, bool) {
	d := l.at(seq)
	if d == nil {
		return 0, false
	}
	return d.tick, true
}

func (l *sentLog) told(dst []uint32, seq uint32) []uint32 {
	return append(dst, l.ring[seq%sentRing].slots...)
}

// teller is a log of datagrams, of either side.
type teller interface {
	// tick is a datagram's, false when it is forgotten.
	tick(seq uint32) (uint32, bool)
	// told appends the slots that a datagram told of which is not forgotten.
	told(dst []uint32, seq uint32) []uint32
}

// roster lists the slots of the reference datagrams of the newest tick,
// ascending: what is likely to be in the next one. Client and server must
// agree on it: it depends on nothing but the references.
func roster(dst []uint32, log teller, seq uint32, refs uint64) []uint32 {
	newest, same := uint32(0), uint64(0)
	for left := refs; left != 0; left &= left - 1 {
		tick, ok := log.tick(seq - 1 - uint32(bits.TrailingZeros64(left)))
		if !ok {
			continue
		}
		if newest == 0 {
			newest = tick
		}
		if tick != newest {
			break
		}
		same |= left & -left
	}
	for same != 0 { // the oldest first: each goes on where that before it stopped
		i := 63 - bits.LeadingZeros64(same)
		same &^= 1 << i
		dst = log.told(dst, seq-1-uint32(i))
	}
	if !slices.IsSorted(dst) {
		slices.Sort(dst)
	}
	return slices.Compact(dst)
}
