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
	seq    uint32 // 0: none; also the token that its fate comes under
	tick   uint32
	open   bool // its fate is not known
	acked  bool // the peer has it
	values []sentValues
}

// sentValues is one entity's part of a datagram.
type sentValues struct {
	slot  uint32
	types Mask
	id    ID // tells when another entity has taken the slot since
}

// sentLog is the ring of a peer's datagrams.
type sentLog struct {
	ring  [sentRing]datagram
	spare [][]sentValues // memory of forgotten datagrams
	next  uint32
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
func (l *sentLog) begin(tick uint32) *datagram {
	l.next++
	if l.next == 0 {
		l.next++
	}
	d := &l.ring[l.next%sentRing]
	l.forget(d)
	*d = datagram{seq: l.next, tick: tick, open: true}
	if n := len(l.spare); n > 0 {
		d.values, l.spare = l.spare[n-1], l.spare[:n-1]
	}
	return d
}

// forget gives a record's memory back.
func (l *sentLog) forget(d *datagram) {
	if d.values != nil {
		l.spare = append(l.spare, d.values[:0])
	}
	*d = datagram{}
}

// refs is the set of datagrams that datagram seq may be coded against: bit i
// for the one i+1 before it. They lie within refSpan of the newest.
func (l *sentLog) refs(seq uint32) (mask uint64) {
	for i := range uint32(refWindow) {
		if d := l.at(seq - 1 - i); d != nil && d.acked {
			mask |= 1 << i
		}
	}
	if skip := bits.TrailingZeros64(mask); skip < refWindow {
		mask &= (1<<refSpan - 1) << skip
	}
	return mask
}

// told appends the slots that a datagram told of, and returns its tick; false
// when it is forgotten.
func (l *sentLog) told(dst []uint32, seq uint32) ([]uint32, uint32, bool) {
	d := l.at(seq)
	if d == nil {
		return dst, 0, false
	}
	for i := range d.values {
		dst = append(dst, d.values[i].slot)
	}
	return dst, d.tick, true
}

// teller is a log of datagrams, of either side.
type teller interface {
	told(dst []uint32, seq uint32) ([]uint32, uint32, bool)
}

// roster lists the slots of the reference datagrams of the newest tick,
// ascending: what is likely to be in the next one. Client and server must
// agree on it: it depends on nothing but the references.
func roster(dst []uint32, log teller, seq uint32, refs uint64) []uint32 {
	newest := uint32(0)
	for i := range uint32(refWindow) {
		if refs>>i&1 == 0 {
			continue
		}
		more, tick, ok := log.told(dst, seq-1-i)
		if !ok {
			continue
		}
		if newest == 0 {
			newest = tick
		}
		if tick != newest {
			dst = more[:len(dst)] // keep what it has grown to
			break
		}
		dst = more
	}
	slices.Sort(dst)
	return slices.Compact(dst)
}
