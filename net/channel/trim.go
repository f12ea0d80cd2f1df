package channel

import (
	"time"
	"unsafe"
)

// A Link that is silent gives back what it needed while it was busy: most of thousands of
// connected peers are idle at any time, and one that joins receives much once.

// settleEvery is how often a busy Link gives back what it has not needed meanwhile.
const settleEvery = 2 * time.Second

// settle returns memory that a burst took and the traffic since has not needed.
func (l *Link) settle() {
	if l.now < l.settleAt {
		return
	}
	l.settleAt = l.now + settleEvery
	l.bufs.settle()
	l.sent.ring.settle()
	l.sent.refs.settle()
	l.inbox.queue.settle()
	l.control.queue.settle()
	l.fates.settle()
	l.backlog.settle()
	for i := range l.out {
		c := &l.out[i]
		c.queue.settle()
		c.flight.settle()
		c.resend.settle()
		if b := c.bulk; b != nil {
			b.segments.settle()
			b.resend.settle()
		}
		if b := l.in[i].bulk; b != nil && len(b.early) == 0 {
			b.early = nil
		}
	}
}

// trimAfter is the silence, of application messages both ways, after which memory is returned.
const trimAfter = 2 * time.Second

// trim returns memory if nothing has been sent or received for a while.
func (l *Link) trim() {
	busy := l.stats.MessagesIn + l.stats.MessagesOut
	if busy != l.busyMark || l.queuedMessages > 0 {
		l.busyMark, l.busyAt, l.trimmed = busy, l.now, false
		return
	}
	if l.trimmed || l.now-l.busyAt < trimAfter {
		return
	}
	l.trimmed = true
	l.sent.trim()
	l.inbox.queue.trim()
	l.control.queue.trim()
	l.fates.trim()
	l.backlog.trim()
	l.spreads.trim()
	l.notices.trim()
	l.events.trim()
	l.spareParts = nil
	for i := range l.out {
		l.out[i].trim()
		l.trimReceiver(&l.in[i])
	}
	l.bufs.trim()
}

func (c *sender) trim() {
	c.queue.trim()
	c.flight.trim()
	c.resend.trim()
	if b := c.bulk; b != nil {
		b.waiting.trim()
		b.segments.trim()
		b.resend.trim()
	}
}

// trimReceiver also drops incomplete datagrams: what is missing of them is not to come.
func (l *Link) trimReceiver(c *receiver) {
	for c.kind.datagram() && len(c.parts) > 0 {
		c.floor = max(c.floor, c.parts[0].id+1)
		l.discard(c, 0)
		l.stats.Evicted++
	}
	if len(c.parts) == 0 {
		c.parts = nil
	}
	if len(c.held) == 0 {
		c.held = nil
	}
	if c.bulk != nil && len(c.bulk.early) == 0 {
		c.bulk.early = nil
	}
}

// Footprint is the memory of the Link in bytes, all its queues and buffers included.
func (l *Link) Footprint() int {
	n := int(unsafe.Sizeof(*l)) + cap(l.active) + l.bufs.held
	for _, f := range l.bufs.free {
		n += cap(f) * int(unsafe.Sizeof([]byte(nil)))
	}
	n += bytesOf(&l.sent.ring) + bytesOf(&l.sent.refs) + bytesOf(&l.inbox.queue) + bytesOf(&l.control.queue)
	n += bytesOf(&l.fates) + bytesOf(&l.backlog) + bytesOf(&l.notices) + bytesOf(&l.events)
	n += cap(l.spreads.slots)*int(unsafe.Sizeof(spread{})) + cap(l.spreads.free)*4
	for i := range l.out {
		c := &l.out[i]
		n += int(unsafe.Sizeof(*c)) + bytesOf(&c.queue) + bytesOf(&c.flight) + bytesOf(&c.resend)
		if b := c.bulk; b != nil {
			n += int(unsafe.Sizeof(*b)) + bytesOf(&b.waiting) + bytesOf(&b.segments) + bytesOf(&b.resend)
		}
		n += l.in[i].footprint()
	}
	for _, p := range l.spareParts {
		n += cap(p) * int(unsafe.Sizeof(part{}))
	}
	return n
}

func (c *receiver) footprint() int {
	n := int(unsafe.Sizeof(*c)) + cap(c.held)*int(unsafe.Sizeof(held{})) + cap(c.parts)*int(unsafe.Sizeof(assembly{}))
	for i := range c.parts {
		n += cap(c.parts[i].parts) * int(unsafe.Sizeof(part{}))
	}
	if c.seen != nil {
		n += int(unsafe.Sizeof(*c.seen))
	}
	if b := c.bulk; b != nil {
		n += int(unsafe.Sizeof(*b)) + cap(b.early)*int(unsafe.Sizeof(earlySegment{}))
	}
	return n
}

func bytesOf[T any](r *ring[T]) int {
	var zero T
	return len(r.buf) * int(unsafe.Sizeof(zero))
}
