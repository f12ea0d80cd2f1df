package channel

import "time"

// What a packet carried, to be told when it was acknowledged or lost.
type ref struct {
	id   uint64
	frag uint16
	ch   uint8
	kind refKind
}

type refKind uint8

const (
	refMessage refKind = iota // id and frag of a message on a channel that resends
	refToken                  // id is the token of a datagram message
	refSpread                 // id is an index into spreads
	refSegment                // id is the number of a segment of a bulk stream
	refWindow                 // a WINDOW frame of channel ch
	refCancel                 // a CANCEL frame of channel ch; frag is 1 if we receive the stream
	refProbe                  // an MTU_PROBE of id bytes
)

// sentPacket is what is remembered of a packet until its fate is settled.
type sentPacket struct {
	sentAt      time.Duration
	delivered   uint64        // bytes acknowledged when it was sent
	deliveredAt time.Duration // when that was
	firstSentAt time.Duration // when the flight that it ends began
	ack         uint64        // largest of the ACK it carried + 1; 0: carried none
	refFrom     uint32        // absolute index of its first ref
	refs        uint16
	size        uint16
	state       packetState
	flags       packetFlags
}

type packetState uint8

const (
	stateNone  packetState = iota // this number was not used
	stateSent                     // on its way
	stateAcked                    // arrived
	stateLost                     // given up; an ACK may still come
)

type packetFlags uint8

const (
	flagEliciting  packetFlags = 1 << iota // the peer will acknowledge it
	flagAppLimited                         // sent while there was too little to send
	flagProbe                              // an MTU probe: its loss says nothing about congestion
)

// sentPackets is the window of packets whose fate is not settled, by packet number.
type sentPackets struct {
	ring    ring[sentPacket]
	refs    ring[ref]
	base    uint64 // number of the oldest one in ring
	refBase uint32 // absolute index of the oldest one in refs
	scan    uint64 // everything below is acked or lost

	path         uint64 // numbers below were sent on a path that is no longer used
	used         bool
	largestAcked uint64
	anyAcked     bool

	bytes     int // on their way and eliciting an ACK
	eliciting int // how many packets that is
}

// maxSent bounds the window: a Link with this many packets under way sends no data.
const maxSent = 1 << 14

// next is the lowest number not used yet.
func (s *sentPackets) next() uint64 { return s.base + uint64(s.ring.len()) }

// get returns the record of pn, nil if it is settled or was never sent.
func (s *sentPackets) get(pn uint64) *sentPacket {
	if pn < s.base || pn >= s.next() {
		return nil
	}
	return s.ring.at(int(pn - s.base))
}

// open begins the record of packet pn.
func (s *sentPackets) open(pn uint64) {
	if !s.used {
		s.used, s.base, s.scan = true, pn, pn
	}
	if pn < s.next() || pn-s.next() > maxSent || pn > maxNumber {
		panic("channel: packet numbers given to Build must rise, without large gaps")
	}
	if s.ring.len() == 0 {
		s.base, s.scan = pn, pn
	}
	for s.next() < pn {
		s.ring.push(sentPacket{refFrom: s.refBase + uint32(s.refs.len())})
	}
}

// add completes the record of packet pn that open began; its refs are the n last ones.
func (s *sentPackets) add(p sentPacket, n int) {
	p.refs = uint16(n)
	p.refFrom = s.refBase + uint32(s.refs.len()-n)
	p.state = stateSent
	if p.flags&flagEliciting != 0 {
		s.eliciting++
		s.bytes += int(p.size)
	}
	s.ring.push(p)
}

// ref returns the i-th ref of p.
func (s *sentPackets) ref(p *sentPacket, i int) ref {
	return *s.refs.at(int(p.refFrom-s.refBase) + i)
}

// settle takes p off the wire as acked or lost.
func (s *sentPackets) settle(p *sentPacket, as packetState) {
	if p.state == stateSent && p.flags&flagEliciting != 0 {
		s.eliciting--
		s.bytes -= int(p.size)
	}
	p.state = as
}

// leavePath takes what is on its way out of the books of congestion control.
func (s *sentPackets) leavePath() {
	s.path = s.next()
	for i := range s.ring.len() {
		s.ring.at(i).size = 0
	}
	s.bytes = 0
}

// retire forgets settled packets. A lost one is kept as long as an ACK may still name it, that
// is unless it was sent before this time: then its messages need no resending after all.
func (s *sentPackets) retire(before time.Duration) {
	for s.ring.len() > 0 {
		p := s.ring.at(0)
		keep := p.state == stateSent || p.state == stateLost && p.sentAt >= before &&
			s.base+historyBits >= s.largestAcked && s.ring.len() < maxSent
		if keep {
			return
		}
		for range p.refs {
			s.refs.pop()
		}
		s.refBase += uint32(p.refs)
		s.ring.pop()
		s.base++
		s.scan = max(s.scan, s.base)
	}
}

// trim returns memory when nothing is on its way.
func (s *sentPackets) trim() {
	s.retire(Never)
	s.ring.trim()
	s.refs.trim()
}
