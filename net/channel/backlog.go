package channel

import "time"

// An ACK tells of 256 packets. A receiver that is polled once a tick may take in thousands at a
// time; before some of them fall out of the history, the ACK that tells of them is put aside,
// to be sent with the next packets, one in each.

const (
	// backlogAfter packets an ACK is put aside: with the margin of the history, nothing is
	// left out.
	backlogAfter = 192
	// maxBacklog bounds what is put aside; beyond it the oldest is forgotten, and its packets
	// are as good as lost.
	maxBacklog = 64
)

// laterAck is an ACK that was put aside.
type laterAck struct {
	ackFrame
	arrivedAt time.Duration // of its largest packet
}

// putAside keeps the present ACK for later if too many packets came since the last one.
func (l *Link) putAside() {
	h := &l.history
	if h.largest < l.reported+backlogAfter {
		return
	}
	if l.backlog.len() == maxBacklog {
		l.backlog.pop()
	}
	l.backlog.push(laterAck{h.frame(l.now), h.arrivedAt})
	l.reported = h.largest
}

// nextAck is the ACK to send with the next packet.
func (l *Link) nextAck() ackFrame {
	if l.backlog.len() == 0 {
		return l.history.frame(l.now)
	}
	a := l.backlog.at(0)
	f := a.ackFrame
	f.Delay = l.now - a.arrivedAt
	return f
}

// ackSent notes that the next ACK was sent. Until all that were put aside have been, and the
// present one, another is due.
func (l *Link) ackSent() {
	if l.backlog.len() > 0 {
		l.backlog.pop()
		l.ackAt = l.now
		return
	}
	l.unacked = 0
	l.reported = l.history.largest
}
