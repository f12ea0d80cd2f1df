package channel

import "time"

// Acknowledgement and loss, after RFC 9002: a packet is lost when one sent at least 3
// numbers later was acknowledged, or one sent later was and 9/8 of the RTT has passed.
// With nothing acknowledged for a probe timeout, a probe is sent, see probe.go.
// Packets are never sent again; the messages in them are.

// That a packet given up arrives after all shows that the path reorders: both bounds then
// rise to what would have been right, up to 64 packets and one more RTT.

const (
	// reorderThreshold is how many numbers later an acknowledged packet must be.
	reorderThreshold = 3
	maxReorder       = 64
)

// handleAck takes in an ACK frame.
func (l *Link) handleAck(now time.Duration, f *ackFrame) error {
	s := &l.sent
	if !s.used || f.Largest >= s.next() {
		return ErrAckUnsent
	}
	measured := time.Duration(0)
	if p := s.get(f.Largest); p != nil && p.state != stateAcked && p.flags&flagEliciting != 0 && f.Largest >= s.path {
		took := now - p.sentAt
		l.rtt.sample(took, min(f.Delay, took))
		measured = max(took-f.Delay, time.Microsecond)
	}
	if !s.anyAcked || f.Largest > s.largestAcked {
		s.largestAcked, s.anyAcked = f.Largest, true
	}
	news := false
	from := s.base
	if span := uint64(32 * f.Words); f.Largest > span && from < f.Largest-span {
		from = f.Largest - span
	}
	for pn := from; pn <= f.Largest; pn++ {
		if pn < f.Largest {
			i := f.Largest - 1 - pn
			if f.History[i/32]>>(i%32)&1 == 0 {
				continue
			}
		}
		if p := s.get(pn); p != nil && (p.state == stateSent || p.state == stateLost) {
			l.acknowledged(now, pn, p)
			news = news || p.flags&flagEliciting != 0
		}
	}
	if news {
		l.backoff = 0
	}
	l.detectLoss(now)
	s.retire(now - l.lateLife())
	l.cc.update(now, measured)
	return nil
}

// acknowledged settles packet pn, which arrived.
func (l *Link) acknowledged(now time.Duration, pn uint64, p *sentPacket) {
	late := p.state == stateLost
	l.sent.settle(p, stateAcked)
	samePath := pn >= l.sent.path
	if late {
		l.stats.SpuriousLoss++
	}
	if late && samePath {
		l.reorder = min(max(l.reorder, l.sent.largestAcked-pn+1), maxReorder)
		l.grace = max(l.grace, min(now-p.sentAt-l.rtt.lossDelay(), l.rtt.smoothed))
		l.cc.spurious()
	}
	if p.ack > 0 {
		l.history.confirmed = max(l.history.confirmed, p.ack-1)
	}
	if p.flags&flagEliciting != 0 && !late {
		l.stats.PacketsAcked++
		l.lossWindow.add(false)
		if samePath {
			l.cc.acked(now, p)
		}
	}
	for i := range int(p.refs) {
		l.arrived(l.sent.ref(p, i), late)
	}
}

// arrived tells the owner of r that the packet it was in was acknowledged; late: after
// it had been given up as lost.
func (l *Link) arrived(r ref, late bool) {
	switch r.kind {
	case refMessage:
		l.messageArrived(&l.out[r.ch], r)
	case refToken:
		if !late {
			l.emit(r.id, true)
		}
	case refSpread:
		if !late {
			l.settleSpread(int32(r.id), 1, true)
		}
	case refSegment:
		l.segmentArrived(&l.out[r.ch], r.id)
	case refWindow:
	case refCancel:
		l.cancelArrived(r)
	case refProbe:
		l.notify(Notice{Kind: NoticeProbe, Size: int(r.id), OK: true})
	}
}

// messageArrived marks a fragment of a message in flight.
func (l *Link) messageArrived(c *sender, r ref) {
	c.ackedID = max(c.ackedID, r.id)
	m := c.inFlight(r.id)
	if m == nil || !m.mark(int(r.frag)) || m.acked < m.count {
		return
	}
	m.done = true
	l.emit(m.token, true)
	l.free(m)
	for c.flight.len() > 0 && c.flight.at(0).done {
		c.flight.pop()
		c.base++
	}
	if c.ready() { // the window may have been what held it back
		l.activate(c)
	}
}

// lost tells the owner of r that the packet it was in is given up.
func (l *Link) lost(r ref) {
	switch r.kind {
	case refMessage:
		l.again(r)
	case refToken:
		l.emit(r.id, false)
	case refSpread:
		l.settleSpread(int32(r.id), 1, false)
	case refSegment:
		l.segmentLost(&l.out[r.ch], r.id)
	case refWindow:
		l.windowLost(r.ch)
	case refCancel:
		l.cancelLost(r)
	case refProbe:
		l.notify(Notice{Kind: NoticeProbe, Size: int(r.id)})
	}
}

// again queues a fragment for resending, unless it is settled.
func (l *Link) again(r ref) {
	c := &l.out[r.ch]
	if m := c.inFlight(r.id); m != nil && !m.marked(int(r.frag)) {
		c.resend.push(piece{r.id, r.frag})
		l.activate(c)
	}
}

// detectLoss gives up packets by count and by time, and sets the time to look again.
func (l *Link) detectLoss(now time.Duration) {
	s := &l.sent
	l.lossAt = 0
	if !s.anyAcked {
		return
	}
	delay := l.rtt.lossDelay() + l.grace
	for pn := s.scan; pn < s.largestAcked && pn < s.next(); pn++ {
		p := s.get(pn)
		switch {
		case p.state != stateSent:
		case pn+l.reorder <= s.largestAcked || p.sentAt+delay <= now:
			l.giveUp(pn, p)
		case l.lossAt == 0 || p.sentAt+delay < l.lossAt:
			l.lossAt = p.sentAt + delay
		}
		if p.state != stateSent && pn == s.scan {
			s.scan++
		}
	}
}

// giveUp settles a packet as lost.
func (l *Link) giveUp(pn uint64, p *sentPacket) {
	l.sent.settle(p, stateLost)
	if p.flags&flagEliciting != 0 && p.flags&flagProbe == 0 {
		l.stats.PacketsLost++
		l.lossWindow.add(true)
		if pn >= l.sent.path {
			l.cc.lost()
		}
	}
	for i := range int(p.refs) {
		l.lost(l.sent.ref(p, i))
	}
}

// lateLife is how long after a packet was sent its acknowledgement may still come though it was
// given up.
func (l *Link) lateLife() time.Duration { return 3*l.rtt.timeout(0) + 2*l.grace }

// probeAt is when the probe timeout expires, Never if nothing is on its way.
func (l *Link) probeAt() time.Duration {
	if l.sent.eliciting == 0 {
		return Never
	}
	return l.elicitedAt + l.rtt.timeout(l.backoff)
}

// timers runs what is due.
func (l *Link) timers(now time.Duration) {
	if l.lossAt != 0 && now >= l.lossAt {
		l.detectLoss(now)
		l.sent.retire(now - l.lateLife())
	}
	if now >= l.probeAt() {
		l.backoff++
		l.stats.ProbeTimeouts++
		l.probes = 1
	}
}
