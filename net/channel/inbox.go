package channel

import "time"

// Message is one received message.
type Message struct {
	Channel uint8         // index into the Table
	Data    []byte        // valid until the next Receive or Handle
	At      time.Duration // when it could be delivered: it came then, or what it had to wait for
}

// inbox is the queue of received messages; the one handed out last is still held.
type inbox struct {
	queue   ring[received]
	current []byte
}

type received struct {
	buf []byte
	ch  uint8 // on the wire
	at  time.Duration
}

// room reports whether cost more bytes may be held for the application. A part of the
// limit is reserved for messages that others wait for, or the others could fill it and
// wait for ever.
func (l *Link) room(cost int, inTurn bool) bool {
	if inTurn {
		return l.rx.fits(cost, 0)
	}
	return l.rx.fits(cost, l.reserve)
}

// copyIn copies a payload into a buffer charged to l.rx.
func (l *Link) copyIn(p []byte, inTurn bool) ([]byte, error) {
	cost := sizeOf(len(p)) + messageOverhead
	if !l.room(cost, inTurn) {
		return nil, overBudget(&l.stats.RefusedMemory)
	}
	if !l.rate.take(l.now, l.limits.MessagesPerSecond) {
		return nil, overBudget(&l.stats.RefusedRate)
	}
	buf := l.bufs.get(len(p), inTurn)
	if buf == nil {
		return nil, overBudget(&l.stats.RefusedMemory)
	}
	copy(buf, p)
	l.rx.used += cost
	return buf, nil
}

// deliver queues a message whose buffer is charged already.
func (l *Link) deliver(c *receiver, buf []byte) {
	box := &l.inbox
	if c.number == 0 {
		box = &l.control
	}
	box.queue.push(received{buf, c.number, l.now})
	l.stats.MessagesIn++
}

func (l *Link) deliverCopy(c *receiver, p []byte) error {
	buf, err := l.copyIn(p, false)
	if err == nil {
		l.deliver(c, buf)
	}
	return err
}

// take hands out the next message of box and frees the one before.
func (l *Link) take(box *inbox) (received, bool) {
	if box.current != nil {
		l.rx.used -= cap(box.current) + messageOverhead
		l.bufs.put(box.current)
		box.current = nil
	}
	if box.queue.len() == 0 {
		return received{}, false
	}
	m := box.queue.pop()
	box.current = m.buf
	return m, true
}

// Receive returns the next message of the application's channels, in the order in which
// they became deliverable. Messages that are not fetched count against Limits.ReceiveBytes:
// when that is used up, packets with more are dropped unacknowledged.
func (l *Link) Receive() (Message, bool) {
	m, ok := l.take(&l.inbox)
	if !ok {
		return Message{}, false
	}
	return Message{Channel: m.ch - 1, Data: m.buf, At: m.at}, true
}

// ReceiveControl returns the next message sent with SendControl, valid until the next
// ReceiveControl or Handle.
func (l *Link) ReceiveControl() ([]byte, bool) {
	m, ok := l.take(&l.control)
	return m.buf, ok
}
