package channel

import (
	"errors"
	"fmt"
	"time"
)

// maxNumber is the highest packet number, so that no sum of numbers wraps.
const maxNumber = 1<<62 - 1

// Handle takes in one decrypted packet with number pn, which the caller has checked for
// replay. An error wraps ErrProtocol: the peer does not keep to the protocol and the
// connection should be closed; what the packet brought before the error has been taken in.
// A frame for which a limit leaves no room is dropped without an error, and its packet is not
// acknowledged, so that the peer sends its messages again. After either side has closed,
// packets are ignored.
func (l *Link) Handle(now time.Duration, pn uint64, payload []byte) error {
	l.advance(now)
	l.stats.PacketsIn++
	l.stats.BytesIn += uint64(len(payload))
	if pn > maxNumber {
		return fmt.Errorf("%w: packet number %d", ErrProtocol, pn)
	}
	switch l.history.check(pn) {
	case duplicate:
		l.stats.DuplicatePackets++
		return nil
	case tooOld:
		l.stats.OldPackets++
		return nil
	}
	if l.closed() {
		return nil
	}
	l.heardAt = l.now
	eliciting, all, acks := false, true, 0
	for b := payload; len(b) > 0; {
		if b[0] >= frameAck && b[0] <= frameAckLast {
			acks++
		}
		n, asks, err := l.handleFrame(pn, b)
		if acks > 1 {
			err = ErrSecondAck
		}
		switch {
		case err == nil:
		case errors.Is(err, errStale):
			l.stats.Stale++
			all = false
		case errors.Is(err, errOverBudget): // what follows may be what frees memory
			l.stats.Refused++
			all = false
		default:
			return fmt.Errorf("%w: packet %d, frame %#02x: %w", ErrProtocol, pn, b[0], err)
		}
		eliciting = eliciting || asks
		b = b[n:]
	}
	if all {
		l.received(pn, eliciting)
	}
	return nil
}

// received notes that packet pn was taken in, and when to acknowledge it.
func (l *Link) received(pn uint64, eliciting bool) {
	if !l.history.add(pn, l.now) {
		l.stats.Reordered++
	}
	if !eliciting {
		return
	}
	if l.unacked == 0 {
		l.ackAt = l.now + maxAckDelay
	}
	if l.unacked++; l.unacked >= ackEvery {
		l.ackAt = l.now
	}
	l.putAside()
}

// handleFrame takes in the first frame of b. It returns its length and whether it asks
// for an acknowledgement.
func (l *Link) handleFrame(pn uint64, b []byte) (n int, eliciting bool, err error) {
	switch t := b[0]; {
	case t >= frameData:
		n, err = l.handleData(pn, b)
		return n, true, err
	case t == framePad:
		return parsePad(b), false, nil
	case t == framePing:
		return 1, true, nil
	case t >= frameAck && t <= frameAckLast:
		var f ackFrame
		f, n, err = parseAck(b)
		if err == nil {
			err = l.handleAck(l.now, &f)
		}
		return n, false, err
	case t == frameClose:
		f, _, err := parseClose(b)
		if err == nil {
			l.closedByPeer(f)
		}
		return len(b), false, err
	case t == framePathChallenge || t == framePathResponse:
		f, n, err := parsePath(b)
		if err == nil {
			l.notifyPath(f)
		}
		return n, !f.Response, err
	case t == frameMTUProbe:
		f, n, err := parseProbe(b)
		if err == nil {
			l.notify(Notice{Kind: NoticeProbed, Size: int(f.Size)})
		}
		return n, true, err
	case t == frameWindow:
		f, n, err := parseWindow(b)
		if err == nil {
			err = l.handleWindow(f)
		}
		return n, true, err
	case t == frameCancel:
		f, n, err := parseCancel(b)
		if err == nil {
			err = l.handleCancel(f)
		}
		return n, true, err
	}
	return 0, false, ErrUnknown
}

// handleData takes in a DATA frame.
func (l *Link) handleData(pn uint64, b []byte) (int, error) {
	ch, _, err := dataNumber(b)
	if err != nil {
		return 0, err
	}
	if int(ch) >= len(l.in) {
		return 0, ErrChannel
	}
	c := &l.in[ch]
	f, n, err := parseData(b, c.kind)
	if err != nil {
		return 0, err
	}
	if c.kind == Bulk {
		return n, l.receiveSegment(c, &f)
	}
	if len(f.Payload) > int(c.maxSize) {
		return 0, ErrFragment
	}
	switch c.kind {
	case Unreliable, Sequenced:
		err = l.receiveDatagram(c, pn, &f)
	case Reliable, Ordered:
		err = l.receiveMessage(c, pn, &f)
	case Latest:
		err = l.receiveLatest(c, pn, &f)
	}
	return n, err
}
