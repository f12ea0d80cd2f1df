package channel

import (
	"sort"
	"time"
)

// window is how many messages a channel that resends may have under way: no id is used
// before the one this far back has been acknowledged.
const window = 1024

// maxPerPacket is how many messages of one channel may begin in a packet. Together with
// window and the 256 packets of history it keeps truncated ids unambiguous: an accepted
// packet holds no id more than window + 256*maxPerPacket < 2^15 behind the newest.
const maxPerPacket = 64

// maxVersionLead is how many values of a Latest channel may be sent beyond the newest
// acknowledged one, for the same reason.
const maxVersionLead = 1 << 14

// sender is the sending half of a channel.
type sender struct {
	queue  ring[message] // not sent yet; of a datagram kind the first may be sent in part
	flight ring[message] // kinds that resend: ids base, base+1, …; the last may be sent in part
	resend ring[piece]   // pieces of flight to send again
	bulk   *bulkSender

	base     uint64 // id of the first in flight
	ackedID  uint64 // Latest: highest id acknowledged
	vtime    uint64 // bytes served, divided by weight
	blocked  uint64 // number + 1 of the packet that has no room for the next piece
	began    uint64 // number + 1 of the packet that …
	beganN   int    // … has this many messages beginning in it
	boosted  int    // messages at the front of queue that …
	boost    uint8  // … are served at this priority, for the sake of the last of them
	maxSize  int32
	number   uint8 // on the wire
	kind     Kind
	priority uint8
	weight   uint8
	active   bool
}

// piece names a fragment of a message in flight.
type piece struct {
	id   uint64
	frag uint16
}

// ready reports whether there is anything to send.
func (c *sender) ready() bool {
	switch {
	case c.resend.len() > 0 || c.partial():
		return true
	case c.kind == Bulk:
		return c.bulk != nil && c.bulk.ready()
	case c.queue.len() == 0:
		return false
	case c.kind == Latest:
		return c.base < c.ackedID+maxVersionLead
	}
	return c.kind.datagram() || c.flight.len() < window
}

// partial reports whether the newest message in flight has fragments never sent.
func (c *sender) partial() bool {
	if c.flight.len() == 0 {
		return false
	}
	m := c.flight.at(c.flight.len() - 1)
	return m.next < m.count && !m.done
}

// superseded reports whether the value of a Latest channel that is in flight gives way
// to a newer one now: not before each of its fragments was sent once, or a large value
// that changes often would never arrive.
func (c *sender) superseded() bool {
	return c.kind == Latest && c.queue.len() > 0 && !c.partial() && c.base < c.ackedID+maxVersionLead
}

// level is the priority at which the channel is served now.
func (c *sender) level() uint8 {
	if c.queue.len() == 0 || c.resend.len() > 0 || c.partial() {
		return max(c.priority, c.boost)
	}
	return max(c.queue.at(0).priority, c.boost)
}

// mayBegin reports whether another message may begin in packet pn.
func (c *sender) mayBegin(pn uint64) bool {
	return c.began != pn+1 || c.beganN < maxPerPacket
}

// begin counts a message that begins in packet pn.
func (c *sender) begin(pn uint64) {
	if c.began != pn+1 {
		c.began, c.beganN = pn+1, 0
	}
	c.beganN++
}

// inFlight returns the message in flight with this id, nil if it is settled.
func (c *sender) inFlight(id uint64) *message {
	if id < c.base || id-c.base >= uint64(c.flight.len()) {
		return nil
	}
	return c.flight.at(int(id - c.base))
}

// enqueue puts m into the queue at the place its priority gives it.
func (c *sender) enqueue(m message) {
	if c.kind != Unreliable && c.kind != Reliable { // order matters: raise those before it
		c.queue.push(m)
		if m.priority > max(c.priority, c.boost) || c.boosted > 0 && m.priority >= c.boost {
			c.boost, c.boosted = m.priority, c.queue.len()
		}
		return
	}
	i := c.queue.len()
	for i > 0 && c.queue.at(i-1).priority < m.priority && c.queue.at(i-1).next == 0 {
		i--
	}
	c.queue.insert(i, m)
}

// dequeue removes the i-th of the queue.
func (c *sender) dequeue(i int) message {
	if c.boosted > i {
		if c.boosted--; c.boosted == 0 {
			c.boost = 0
		}
	}
	return c.queue.remove(i)
}

// dispensable is the place in the queue of the message to shed first: the oldest of those
// with the lowest priority.
func (c *sender) dispensable() int {
	if c.kind != Unreliable && c.kind != Reliable { // in order of age
		return 0
	}
	lowest := c.queue.at(c.queue.len() - 1).priority
	return sort.Search(c.queue.len(), func(i int) bool { return c.queue.at(i).priority <= lowest })
}

// SendOptions are per message. The zero value asks for nothing special.
type SendOptions struct {
	// Token, if not 0, is handed back by Fate when it is known whether the message
	// arrived. The Link does not care whether tokens are unique.
	Token uint64
	// Deadline, if not 0: the message is dropped if its sending has not begun by
	// then. On the clock that Handle and Build are given.
	Deadline time.Duration
	// Priority, if not 0, replaces that of the channel. On Unreliable and Reliable
	// channels a message with a higher one overtakes those not sent yet; on the
	// others it lifts the messages before it, since order is kept.
	Priority uint8
}

// Send queues a copy of p on channel ch of the Table. It fails with *TooLargeError,
// ErrQueueFull (reliable kinds: try again when less is queued) or ErrClosed. Unreliable and
// Sequenced messages are never refused for want of room as long as an older one can be
// dropped instead. Messages leave with the next Build.
func (l *Link) Send(ch uint8, p []byte, o SendOptions) error {
	if int(ch)+1 >= len(l.out) {
		panic("channel: Send on a channel that is not in the Table: add it to Config.Channels")
	}
	c := &l.out[ch+1]
	if c.kind == Bulk {
		panic("channel: Send on a bulk channel: use SendBulk")
	}
	return l.send(c, p, o)
}

// SendControl queues a copy of p on the reserved ordered channel 0, which has the highest
// priority, is not held back by Hold, and shares the limits of the application's.
func (l *Link) SendControl(p []byte) error { return l.send(&l.out[0], p, SendOptions{}) }

func (l *Link) send(c *sender, p []byte, o SendOptions) error {
	if l.closed() {
		return ErrClosed
	}
	if len(p) > int(c.maxSize) {
		return &TooLargeError{Channel: l.nameOf(c), Size: len(p), Max: int(c.maxSize)}
	}
	if o.Token != 0 && l.tokens >= maxTokens {
		return ErrQueueFull
	}
	need := footprint(len(p))
	cost := sizeOf(need) + messageOverhead
	replaces := c.kind == Latest && c.queue.len() > 0
	count := 1
	if replaces {
		cost -= c.queue.at(0).cost()
		count = 0
	}
	if !l.makeRoom(c, cost, count) {
		return ErrQueueFull
	}
	buf := l.bufs.get(need, false)
	if buf == nil {
		return ErrQueueFull
	}
	if replaces {
		l.drop(c, 0, false)
	}
	clear(buf[copy(buf, p):])
	if o.Priority == 0 {
		o.Priority = c.priority
	}
	m := message{
		buf: buf, token: o.Token, deadline: o.Deadline, queued: l.now,
		size: int32(len(p)), count: uint16(fragments(len(p))), priority: o.Priority,
	}
	l.tx.used += m.cost()
	l.queued += len(p)
	l.queuedMessages++
	if o.Token != 0 {
		l.tokens++
	}
	c.enqueue(m)
	l.activate(c)
	return nil
}

// makeRoom reports whether count more messages that cost this much may be queued on c. The
// oldest datagrams, of any channel, make way for a new datagram.
func (l *Link) makeRoom(c *sender, cost, count int) bool {
	for !l.tx.fits(cost, 0) || l.queuedMessages+count > l.limits.SendMessages {
		if !c.kind.datagram() || !l.shedOldest() {
			return false
		}
	}
	return true
}

// shedOldest drops the datagram that has waited longest, if any can be dropped.
func (l *Link) shedOldest() bool {
	var oldest *sender
	var at int
	var age time.Duration
	for _, n := range l.active {
		c := &l.out[n]
		if !c.kind.datagram() || c.queue.len() == 0 {
			continue
		}
		i := c.dispensable()
		if q := c.queue.at(i).queued; oldest == nil || q < age {
			oldest, at, age = c, i, q
		}
	}
	if oldest == nil {
		return false
	}
	l.drop(oldest, at, false)
	l.stats.Shed++
	return true
}

// drop takes the i-th message out of c's queue; if it was not sent, its fate is sealed.
func (l *Link) drop(c *sender, i int, sent bool) {
	m := c.dequeue(i)
	l.queued -= int(m.size)
	l.queuedMessages--
	if !sent {
		if m.spread > 0 { // the fragments that are under way settle the rest
			l.settleSpread(m.spread-1, int(m.count-m.next), false)
		} else {
			l.emit(m.token, false)
		}
	}
	l.free(&m)
}

// free gives the memory of m back.
func (l *Link) free(m *message) {
	if m.buf == nil {
		return
	}
	l.tx.used -= m.cost()
	l.bufs.put(m.buf)
	m.buf = nil
}

func (l *Link) settleSpread(i int32, n int, acked bool) {
	if f, known := l.spreads.settle(i, n, acked); known {
		l.emit(f.Token, f.Acked)
	}
}
