package channel

// Writing the next piece of a channel into a packet. Each of these reports false if
// nothing went in because the packet has no room.

// write puts the next piece of c into p.
func (l *Link) write(c *sender, p *packet) bool {
	before := len(p.b)
	ok := false
	switch {
	case c.kind == Bulk:
		ok = l.writeSegment(c, p)
	case c.kind.datagram():
		ok = l.writeDatagram(c, p)
	case c.resend.len() > 0 && !c.superseded():
		ok = l.writeAgain(c, p)
	default:
		ok = l.writeMessage(c, p)
	}
	c.charge(len(p.b) - before)
	return ok
}

// writeDatagram sends the first of the queue, or its next fragment.
func (l *Link) writeDatagram(c *sender, p *packet) bool {
	m := c.queue.at(0)
	f := dataFrame{Channel: c.number}
	if m.count > 1 {
		if m.next == 0 && !l.beginFragments(m, p) {
			return false
		}
		f.F, f.Index, f.Count = true, uint64(m.next), uint64(m.count)
		f.Back = p.pn - m.first
	}
	if !p.data(&f, c.kind, m.fragment(int(m.next))) {
		return false
	}
	m.next++
	switch {
	case m.spread > 0:
		l.note(p, ref{id: uint64(m.spread - 1), ch: c.number, kind: refSpread})
	case m.token != 0:
		l.note(p, ref{id: m.token, ch: c.number, kind: refToken})
	}
	if m.next == m.count {
		l.waited(m)
		l.stats.MessagesOut++
		l.drop(c, 0, true)
	}
	return true
}

// beginFragments prepares m to be sent in fragments, the first in p. A packet has no room for
// the first fragments of two messages, see maxPacket: its number names the message.
func (l *Link) beginFragments(m *message, p *packet) bool {
	if p.room() < FragmentSize+maxDataHeader {
		return false
	}
	m.first = p.pn
	if m.token != 0 {
		m.spread = l.spreads.open(m.token, int(m.count)) + 1
	}
	return true
}

// maxDataHeader is the longest header of a DATA frame that carries a fragment.
const maxDataHeader = 2 + 2 + 10 + 3 + 3 + 3

// writeAgain resends the first piece that still needs it.
func (l *Link) writeAgain(c *sender, p *packet) bool {
	for c.resend.len() > 0 {
		r := *c.resend.at(0)
		m := c.inFlight(r.id)
		if m == nil || m.marked(int(r.frag)) {
			c.resend.pop()
			continue
		}
		if !l.writePiece(c, p, m, r) {
			return false
		}
		c.resend.pop()
		l.stats.Retransmits++
		return true
	}
	return true
}

// writeMessage sends the next fragment of the newest message in flight, or takes the
// next one from the queue.
func (l *Link) writeMessage(c *sender, p *packet) bool {
	if !c.partial() {
		if !c.mayBegin(p.pn) || !l.fits(c, p) {
			return false
		}
		if c.kind == Latest {
			l.supersede(c)
		}
		c.begin(p.pn)
		m := c.dequeue(0)
		l.queued -= int(m.size)
		l.queuedMessages--
		l.waited(&m)
		l.stats.MessagesOut++
		c.flight.push(m)
	}
	m := c.flight.at(c.flight.len() - 1)
	if !l.writePiece(c, p, m, piece{c.base + uint64(c.flight.len()-1), m.next}) {
		return false
	}
	m.next++
	return true
}

// fits reports whether the first piece of the first message in c's queue fits into p.
func (l *Link) fits(c *sender, p *packet) bool {
	m := c.queue.at(0)
	n := len(m.fragment(0))
	f := dataFrame{Channel: c.number, F: m.count > 1, Count: uint64(m.count)}
	return f.headerLen(c.kind, n)+n <= p.room()
}

// supersede gives up the value of a Latest channel that is in flight: a newer one goes.
func (l *Link) supersede(c *sender) {
	for c.flight.len() > 0 {
		m := c.flight.pop()
		c.base++
		if !m.done {
			l.emit(m.token, false)
		}
		l.free(&m)
	}
	for c.resend.len() > 0 {
		c.resend.pop()
	}
}

// writePiece writes one fragment of a message in flight.
func (l *Link) writePiece(c *sender, p *packet, m *message, r piece) bool {
	f := dataFrame{Channel: c.number, ID: uint16(r.id)}
	if m.count > 1 {
		f.F, f.Index, f.Count = true, uint64(r.frag), uint64(m.count)
	}
	if !p.data(&f, c.kind, m.fragment(int(r.frag))) {
		return false
	}
	l.note(p, ref{id: r.id, frag: r.frag, ch: c.number, kind: refMessage})
	return true
}

// note remembers that p carries r.
func (l *Link) note(p *packet, r ref) {
	l.sent.refs.push(r)
	p.refs++
}

// waited takes the time a message spent in the queue into the statistics.
func (l *Link) waited(m *message) {
	d := l.now - m.queued
	l.queueDelay += (d - l.queueDelay) / 8
}
