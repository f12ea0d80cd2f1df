package channel

import (
	"errors"
	"slices"
)

// errOverBudget means that a limit leaves no room for what a frame brings. It is dropped and
// its packet not acknowledged, as if the network had lost it.
var errOverBudget = errors.New("over budget")

// errStale means that a packet brings a datagram message too late to be delivered. The
// packet is not acknowledged, so that an acknowledged message is a delivered one.
var errStale = errors.New("stale")

// overBudget counts why a frame is dropped.
func overBudget(cause *uint64) error {
	*cause++
	return errOverBudget
}

// receiver is the receiving half of a channel.
type receiver struct {
	seen  *[window / 64]uint64 // kinds that resend: ids from next on that are complete, by id % window
	held  []held               // Ordered: complete messages that wait for an earlier one, by id
	parts []assembly           // incomplete messages, by id
	bulk  *bulkReceiver

	// next is the lowest id not complete; Latest: the highest id complete + 1;
	// Sequenced: the number + 1 of the packet in which the newest delivered message
	// began.
	next    uint64
	newest  uint64 // Latest: the highest id heard of
	floor   uint64 // datagram kinds: fragmented messages that began below are given up
	maxSize int32
	number  uint8
	kind    Kind
}

// held is a complete message that came too early.
type held struct {
	id  uint64
	buf []byte
}

// expand returns the number nearest to near whose low 16 bits are id.
func expand(id uint16, near uint64) uint64 {
	v := near + uint64(int64(int16(id-uint16(near))))
	if v > near+1<<15 { // before zero
		v += 1 << 16
	}
	return v
}

// receiveDatagram takes a message or fragment of an Unreliable or Sequenced channel.
func (l *Link) receiveDatagram(c *receiver, pn uint64, f *dataFrame) error {
	if !f.F {
		if c.kind == Sequenced && pn+1 < c.next {
			return errStale
		}
		if err := l.deliverCopy(c, f.Payload); err != nil {
			return err
		}
		c.next = max(c.next, pn+1)
		return nil
	}
	if f.Back > pn {
		return ErrFragment
	}
	id := pn - f.Back
	if id < c.floor || c.kind == Sequenced && id+1 < c.next {
		return errStale
	}
	if err := c.checkFragment(f); err != nil {
		return err
	}
	whole, err := l.assemble(c, id, pn, f, false)
	if err != nil || whole == nil {
		return err
	}
	l.deliver(c, whole)
	if c.kind == Sequenced {
		c.next = max(c.next, id+1)
		for len(c.parts) > 0 && c.parts[0].id < id {
			l.discard(c, 0)
		}
	}
	return nil
}

// receiveMessage takes a message or fragment of a Reliable or Ordered channel.
func (l *Link) receiveMessage(c *receiver, pn uint64, f *dataFrame) error {
	if f.F {
		if err := c.checkFragment(f); err != nil {
			return err
		}
	}
	id := expand(f.ID, c.next)
	switch {
	case id < c.next || id < c.next+window && c.complete(id):
		l.stats.Duplicates++
		return nil
	case id >= c.next+window:
		return ErrWindow
	case id >= c.next+uint64(l.limits.Gaps):
		return overBudget(&l.stats.RefusedGap)
	}
	inTurn := id == c.next
	whole := []byte(nil)
	var err error
	if f.F {
		whole, err = l.assemble(c, id, pn, f, inTurn)
	} else {
		whole, err = l.copyIn(f.Payload, inTurn)
	}
	if err != nil || whole == nil {
		return err
	}
	c.finish(id)
	if c.kind == Reliable {
		l.deliver(c, whole)
		c.advance()
		return nil
	}
	if id != c.next {
		at, _ := slices.BinarySearchFunc(c.held, id, func(h held, id uint64) int {
			if h.id < id {
				return -1
			}
			return 1
		})
		c.held = slices.Insert(c.held, at, held{id, whole})
		return nil
	}
	l.deliver(c, whole)
	c.advance()
	l.deliverHeld(c)
	return nil
}

// deliverHeld delivers what no longer waits.
func (l *Link) deliverHeld(c *receiver) {
	n := 0
	for n < len(c.held) && c.held[n].id < c.next {
		l.deliver(c, c.held[n].buf)
		n++
	}
	if n > 0 {
		c.held = slices.Delete(c.held, 0, n)
	}
}

// receiveLatest takes a value or fragment of a Latest channel.
func (l *Link) receiveLatest(c *receiver, pn uint64, f *dataFrame) error {
	id := expand(f.ID, c.newest)
	if id < c.next {
		l.stats.Stale++
		return nil
	}
	whole := []byte(nil)
	var err error
	if f.F {
		if err := c.checkFragment(f); err != nil {
			return err
		}
		if id < c.newest { // a newer value is on its way
			l.stats.Stale++
			return nil
		}
		for len(c.parts) > 0 && c.parts[0].id < id {
			l.discard(c, 0)
		}
		whole, err = l.assemble(c, id, pn, f, true)
	} else {
		whole, err = l.copyIn(f.Payload, true)
	}
	if err != nil {
		return err
	}
	c.newest = max(c.newest, id)
	if whole == nil {
		return nil
	}
	l.deliver(c, whole)
	c.next = id + 1
	for len(c.parts) > 0 && c.parts[0].id < c.next {
		l.discard(c, 0)
	}
	return nil
}

// complete reports whether message id, within the window, has arrived whole.
func (c *receiver) complete(id uint64) bool {
	return c.seen != nil && c.seen[id%window/64]>>(id%64)&1 != 0
}

// finish marks message id as complete.
func (c *receiver) finish(id uint64) {
	if c.seen == nil {
		c.seen = new([window / 64]uint64)
	}
	c.seen[id%window/64] |= 1 << (id % 64)
}

// advance moves next past everything that is complete.
func (c *receiver) advance() {
	for c.complete(c.next) {
		c.seen[c.next%window/64] &^= 1 << (c.next % 64)
		c.next++
	}
}
