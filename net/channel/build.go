package channel

import "time"

const (
	// ackEvery packets an acknowledgement is sent at the latest.
	ackEvery = 32
	// pingAfter is the silence after which a PING is sent.
	pingAfter = time.Second
)

// Build appends the plaintext of packet pn, at most limit bytes, to dst if there is
// anything to send now, and reports whether there was; if not, pn is not used. Numbers
// must rise. Call it until it reports false; call it again at NextTimer, or earlier after
// a Send. A limit below MinPacket holds back messages that need more.
func (l *Link) Build(now time.Duration, pn uint64, dst []byte, limit int) ([]byte, bool) {
	l.advance(now)
	if l.closed() {
		return l.buildClose(dst)
	}
	l.timers(l.now)
	l.cc.refill(l.now)
	l.wake()
	l.settle()
	l.expire(l.now)
	ping := l.now >= l.elicitedAt+pingAfter
	if ping {
		l.trim()
	}
	ackDue := l.unacked > 0 && l.now >= l.ackAt
	data := l.maySend()
	if !ping && !ackDue && !data {
		return dst, false
	}
	p := &l.packet
	*p = packet{b: dst, limit: len(dst) + min(limit, maxPacket), pn: pn, live: p.live}
	l.sent.open(pn)
	if l.unacked > 0 {
		l.appendAck(p)
	}
	switch {
	case l.probes > 0:
		l.fillProbe(p)
	case data:
		l.fill(p)
	}
	if p.flags&flagEliciting == 0 && (ping || l.probes > 0) && p.room() > 0 {
		p.b = appendPing(p.b)
		p.other(flagEliciting)
	}
	if p.flags&flagEliciting == 0 && !ackDue || p.frames == 0 {
		return dst, false
	}
	p.seal()
	l.finish(p, len(p.b)-len(dst))
	b := p.b
	p.b = nil
	return b, true
}

// MinPacket is the room for plaintext that Build needs to send any piece of any message.
const MinPacket = FragmentSize + maxDataHeader + maxAckLen

// maxPacket is the largest packet: with less than two fragments in it, a packet begins at
// most one fragmented datagram of a channel.
const maxPacket = 2 * FragmentSize

// maySend reports whether a packet with data may leave now. Below the floor it may though
// congestion control says no, but not for bulk streams.
func (l *Link) maySend() bool {
	l.packet.live = false
	if l.probes > 0 {
		return true
	}
	if !l.pending() && !l.owesFrames() {
		return false
	}
	if l.sent.ring.len() >= maxSent {
		return false
	}
	if l.cc.maySend(l.sent.bytes) {
		return true
	}
	l.packet.live = l.cc.mayFloor() && l.pendingLive()
	return l.packet.live
}

// fill puts as many frames into p as fit.
func (l *Link) fill(p *packet) {
	l.appendOwed(p)
	for {
		c := l.pick(p)
		if c == nil {
			return
		}
		if !l.write(c, p) {
			c.blocked = p.pn + 1
		}
	}
}

// appendAck puts an ACK into p.
func (l *Link) appendAck(p *packet) {
	if p.room() < maxAckLen {
		return
	}
	f := l.nextAck()
	p.b = f.Append(p.b)
	p.ack = f.Largest + 1
	p.other(0)
}

// finish books packet p of size bytes as sent.
func (l *Link) finish(p *packet, size int) {
	s := sentPacket{sentAt: l.now, size: uint16(size), ack: p.ack, flags: p.flags}
	if p.ack > 0 {
		l.ackSent()
	}
	if p.flags&flagEliciting != 0 {
		l.elicitedAt = l.now
		l.probes = max(0, l.probes-1)
		l.cc.sent(l.now, &s, l.sent.bytes, !l.pending())
	}
	l.sent.add(s, p.refs)
	l.stats.PacketsOut++
	l.stats.BytesOut += uint64(size)
}

// Budget is how many bytes of messages may be queued now and still leave with the next
// Builds, after what is queued already: replication fills a tick's snapshot up to it.
func (l *Link) Budget(now time.Duration) int {
	l.advance(now)
	if l.closed() {
		return 0
	}
	return max(0, l.cc.budget(l.now, l.sent.bytes)-l.queued)
}
