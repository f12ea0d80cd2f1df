package channel

import (
	"errors"
	"time"
)

// ErrClosed is returned by Send after Close or when the peer has closed.
var ErrClosed = errors.New("channel: link closed")

// CLOSE is sent closeRepeats times, closeInterval apart, for want of an acknowledgement.
const (
	closeRepeats  = 5
	closeInterval = 50 * time.Millisecond
)

// Closed says how the connection ended.
type Closed struct {
	Reason uint16
	Text   string
	Remote bool // the peer closed
}

// closing is the state after Close.
type closing struct {
	Closed
	left int
	next time.Duration
}

// closed reports whether either side has closed.
func (l *Link) closed() bool { return l.closing != nil || l.remote != nil }

// Close ends the connection: from now on Build gives only packets with a CLOSE frame, five
// over 200 ms, then nothing. Text is cut to 256 bytes. Every fate still open becomes known
// as not acknowledged. Closing again changes nothing.
func (l *Link) Close(now time.Duration, reason uint16, text string) {
	l.advance(now)
	if l.closed() {
		return
	}
	text = text[:min(len(text), maxCloseText)]
	l.closing = &closing{Closed{reason, text, false}, closeRepeats, l.now}
	l.abandon()
}

// closedByPeer takes in a CLOSE.
func (l *Link) closedByPeer(f closeFrame) {
	if l.remote == nil {
		l.remote = &Closed{f.Reason, string(f.Text), true}
		l.abandon()
	}
}

// Closed reports whether the connection has ended, and how: the peer's CLOSE if there was
// one, else our own.
func (l *Link) Closed() (Closed, bool) {
	switch {
	case l.remote != nil:
		return *l.remote, true
	case l.closing != nil:
		return l.closing.Closed, true
	}
	return Closed{}, false
}

// buildClose appends a packet with a CLOSE frame when one is due.
func (l *Link) buildClose(dst []byte) ([]byte, bool) {
	c := l.closing
	if c == nil || l.remote != nil || c.left == 0 || l.now < c.next {
		return dst, false
	}
	c.left--
	c.next = l.now + closeInterval
	return closeFrame{c.Reason, []byte(c.Text)}.Append(dst), true
}

// abandon settles everything that was queued or under way as not acknowledged and gives
// its memory back. Messages received already can still be fetched.
func (l *Link) abandon() {
	for i := range l.out {
		c := &l.out[i]
		for c.queue.len() > 0 {
			l.drop(c, 0, false)
		}
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
		c.active = false
	}
	l.active = l.active[:0]
	s := &l.sent
	for pn := s.base; pn < s.next(); pn++ {
		p := s.get(pn)
		if p.state != stateSent {
			continue
		}
		s.settle(p, stateLost)
		for i := range int(p.refs) {
			switch r := s.ref(p, i); r.kind {
			case refToken:
				l.emit(r.id, false)
			case refSpread:
				l.settleSpread(int32(r.id), 1, false)
			}
		}
	}
	l.abandonBulk()
	s.trim()
}

// Release gives all memory back, also to the shared Budget. Nothing can be sent or received
// afterwards; fates that are still open come out of Fate.
func (l *Link) Release() {
	if !l.closed() {
		l.closing = &closing{}
		l.abandon()
	}
	l.closing = &closing{Closed: l.closingWith()}
	l.inbox, l.control, l.spareParts = inbox{}, inbox{}, nil
	for i := range l.in {
		c := &l.in[i]
		c.parts, c.held, c.bulk, c.seen = nil, nil, nil, nil
		l.out[i].trim()
	}
	l.assemblies, l.rx.used = 0, 0
	l.bufs.release()
}

// closingWith is what our own CLOSE said, if there was one.
func (l *Link) closingWith() Closed {
	if l.closing == nil {
		return Closed{}
	}
	return l.closing.Closed
}
