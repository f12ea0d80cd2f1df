package channel

import "time"

// Packets for a path or a size that is being tried. They ask for an ACK like any other, but
// carry no messages, and the congestion window does not hold them back.

// BuildChallenge appends the plaintext of packet pn with a PATH_CHALLENGE, padded to size
// bytes. The owner sends it on the path to be proved.
func (l *Link) BuildChallenge(now time.Duration, pn uint64, dst []byte, data [8]byte, size int) []byte {
	return l.buildAlone(now, pn, dst, size, flagEliciting, func(p *packet) {
		p.b = pathFrame{Data: data}.Append(p.b)
	})
}

// BuildResponse appends the plaintext of packet pn with a PATH_RESPONSE, padded to size
// bytes. The owner sends it on the path the challenge came from.
func (l *Link) BuildResponse(now time.Duration, pn uint64, dst []byte, data [8]byte, size int) []byte {
	return l.buildAlone(now, pn, dst, size, 0, func(p *packet) {
		p.b = pathFrame{Response: true, Data: data}.Append(p.b)
	})
}

// BuildProbe appends the plaintext of packet pn with an MTU_PROBE, padded to length bytes.
// Size is what the owner calls the size being tried; a NoticeProbe tells its fate.
func (l *Link) BuildProbe(now time.Duration, pn uint64, dst []byte, size, length int) []byte {
	return l.buildAlone(now, pn, dst, length, flagEliciting|flagProbe, func(p *packet) {
		p.b = probeFrame{uint16(size)}.Append(p.b)
		l.note(p, ref{id: uint64(size), kind: refProbe})
	})
}

func (l *Link) buildAlone(now time.Duration, pn uint64, dst []byte, size int, flags packetFlags, put func(*packet)) []byte {
	l.advance(now)
	p := packet{b: dst, limit: len(dst) + size, pn: pn}
	l.sent.open(pn)
	put(&p)
	p.other(flags)
	p.b = appendPad(p.b, size-(len(p.b)-len(dst)))
	l.finish(&p, len(p.b)-len(dst))
	return p.b
}

// Moved forgets what was learned about the path when the peer is reached by another one
// from now on: round trip, rate, window and reordering (RFC 9000, section 9.4). Packets
// under way count neither for the new path nor against its window, but what becomes of
// them is told as ever.
func (l *Link) Moved(now time.Duration) {
	l.advance(now)
	l.rtt = rtt{}
	l.cc.restart(l.now)
	l.reorder, l.grace, l.backoff = reorderThreshold, 0, 0
	l.sent.leavePath()
	l.lossAt = 0
	if l.sent.anyAcked {
		l.detectLoss(l.now)
	}
}
