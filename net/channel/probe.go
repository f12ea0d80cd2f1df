package channel

// A probe is the packet sent when nothing was acknowledged for a probe timeout. It repeats
// what every channel's peer waits for first and holds nothing else: that is taken in even
// if the peer has no room for anything more, so that the probe is acknowledged and both
// sides move on. If the original was not lost, the copy is recognised.

// fillProbe puts the oldest unacknowledged piece of each channel into p, beginning with
// another channel each time; it leaves p empty if there is none.
func (l *Link) fillProbe(p *packet) {
	for i := range l.in {
		if b := l.in[i].bulk; b != nil {
			l.repeatOwed(p, uint8(i), b)
		}
	}
	l.probeTurn++
	for i := range l.out {
		c := &l.out[(i+l.probeTurn)%len(l.out)]
		switch {
		case c.kind == Bulk && c.bulk != nil:
			l.repeatSegment(c, p)
		case c.kind.resends() && c.flight.len() > 0:
			l.repeatMessage(c, p)
		}
	}
}

// repeatMessage writes what is missing of the oldest message in flight on c.
func (l *Link) repeatMessage(c *sender, p *packet) {
	m := c.flight.at(0)
	for i := range int(m.next) {
		if !m.marked(i) {
			if !l.writePiece(c, p, m, piece{c.base, uint16(i)}) {
				return
			}
			l.stats.Retransmits++
		}
	}
}

// repeatSegment writes the oldest segment of c's stream.
func (l *Link) repeatSegment(c *sender, p *packet) {
	if b := c.bulk; b.segments.len() > 0 && l.putSegment(c, p, b.first, b.segments.at(0)) {
		l.stats.Retransmits++
	}
}

// repeatOwed writes the WINDOW and CANCEL frames of channel ch that were sent and may be lost.
func (l *Link) repeatOwed(p *packet, ch uint8, b *bulkReceiver) {
	if p.room() < maxOwedLen {
		return
	}
	if b.running && b.known && !b.ended && !b.window {
		l.owed++
		b.window = true
	}
	if b.cancel == cancelSent {
		l.owed++
		b.cancel = cancelDue
	}
	l.appendReceiverOwed(p, ch, b)
	if b := l.out[ch].bulk; b != nil && b.cancel == cancelSent {
		l.owed++
		l.appendCancel(p, cancelFrame{Channel: ch, Transfer: uint16(b.transfer)}, b.transfer)
	}
}
