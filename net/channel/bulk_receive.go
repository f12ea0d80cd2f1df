package channel

import (
	"errors"
	"io"
	"slices"
)

// ErrCancelled is the Err of a BulkEvent about a stream that one side gave up.
var ErrCancelled = errors.New("channel: stream cancelled")

// BulkEvent tells how a stream ended.
type BulkEvent struct {
	Channel  uint8 // index into the Table
	Transfer uint64
	Sent     bool  // a stream that we sent and that failed; else one that we received
	Bytes    int64 // acknowledged, or written
	Err      error // nil: all of it arrived
}

// maxBulkEvents bounds the events that wait; with so many, no new stream is let in.
const maxBulkEvents = 64

// bulkReceiver is what a bulk channel receives.
type bulkReceiver struct {
	open     func(Progress) io.Writer
	w        io.Writer
	transfer uint64 // number of the stream being received, or of the one expected
	running  bool   // a part of it has arrived
	known    bool   // its beginning, with its size, has arrived
	size     int64
	next     uint64 // bytes written
	end      uint64 // its length, if ended
	ended    bool   // its end has been seen
	limit    uint64 // what the sender may send by our last WINDOW
	early    []earlySegment
	held     int  // bytes that early takes, at most twice the window
	window   bool // a WINDOW is owed
	cancel   cancelState
	refused  uint64 // the stream that cancel is about
}

// earlySegment is a segment that waits for an earlier one.
type earlySegment struct {
	offset uint64
	buf    []byte
}

// BulkEvent returns the next event.
func (l *Link) BulkEvent() (BulkEvent, bool) {
	if l.events.len() == 0 {
		return BulkEvent{}, false
	}
	return l.events.pop(), true
}

func (l *Link) bulkEvent(e BulkEvent) { l.events.push(e) }

func (l *Link) bulkIn(ch uint8) *receiver {
	l.bulkOut(ch)
	c := &l.in[ch+1]
	if c.bulk == nil {
		c.bulk = &bulkReceiver{limit: initialWindow}
	}
	return c
}

// AcceptBulk says where streams that come in on bulk channel ch go: open is called from
// Handle when the beginning of one arrives, and what it returns gets every byte in order. If
// it returns nil, or was never set, the stream is refused. A writer that fails cancels it.
func (l *Link) AcceptBulk(ch uint8, open func(Progress) io.Writer) { l.bulkIn(ch).bulk.open = open }

// ReceivingBulk is the progress of the stream coming in on bulk channel ch, if any.
func (l *Link) ReceivingBulk(ch uint8) (Progress, bool) {
	b := l.bulkIn(ch).bulk
	if !b.running || !b.known {
		return Progress{}, false
	}
	return Progress{b.transfer, b.size, int64(b.next)}, true
}

// RefuseBulk gives up the stream coming in on bulk channel ch. It reports whether there was
// one.
func (l *Link) RefuseBulk(ch uint8) bool {
	c := l.bulkIn(ch)
	if !c.bulk.running {
		return false
	}
	l.refuse(c, ErrCancelled)
	return true
}

// receiveSegment takes a piece of a stream.
func (l *Link) receiveSegment(c *receiver, f *dataFrame) error {
	if c.bulk == nil {
		c.bulk = &bulkReceiver{limit: initialWindow}
	}
	b := c.bulk
	id := expand(f.ID, b.transfer)
	if id < b.transfer {
		if b.cancel != cancelNone && b.refused == id {
			return errStale // or the sender might take it for delivered
		}
		l.stats.Duplicates++
		return nil
	}
	n := uint64(len(f.Payload))
	switch {
	case id > b.transfer:
		return ErrTransfer
	case f.Offset > b.limit || f.Offset+n > b.limit:
		return ErrWindow
	case b.ended && (f.Offset+n > b.end || f.F && f.Offset+n != b.end):
		return ErrFragment
	case n == 0 && !f.F:
		return ErrFragment
	}
	if !b.running && l.events.len() >= maxBulkEvents {
		return overBudget(&l.stats.RefusedStream)
	}
	if f.Offset > b.next || !b.known && f.Offset > 0 {
		return l.keepSegment(c, f)
	}
	b.running = true
	if f.F {
		b.ended, b.end = true, f.Offset+n
	}
	if !b.known {
		if !l.beginStream(c, f) {
			return errStale
		}
	}
	return l.takeSegment(c, f)
}

// beginStream asks where a stream is to go.
func (l *Link) beginStream(c *receiver, f *dataFrame) bool {
	b := c.bulk
	b.known = true
	b.size = int64(f.Size) - 1
	if b.size >= -1 && b.open != nil {
		b.w = b.open(Progress{Transfer: b.transfer, Size: b.size})
	}
	if b.w == nil {
		l.refuse(c, ErrCancelled)
		return false
	}
	l.offerWindow(c)
	return true
}

// takeSegment writes a segment that continues the stream, and the early ones that follow.
func (l *Link) takeSegment(c *receiver, f *dataFrame) error {
	b := c.bulk
	l.writeOut(c, f.Offset, f.Payload)
	n := 0
	for ; b.running && n < len(b.early) && b.early[n].offset <= b.next; n++ {
		l.writeOut(c, b.early[n].offset, b.early[n].buf)
		l.freeEarly(b, &b.early[n])
	}
	if !b.running {
		return errStale
	}
	b.early = slices.Delete(b.early, 0, n)
	if b.ended && b.next >= b.end {
		if b.size >= 0 && uint64(b.size) != b.end {
			return ErrFragment
		}
		l.finishStream(c, nil)
		return nil
	}
	l.offerWindow(c)
	return nil
}

// writeOut hands the part of p that is new to the writer; p begins at offset.
func (l *Link) writeOut(c *receiver, offset uint64, p []byte) {
	b := c.bulk
	if offset+uint64(len(p)) <= b.next || !b.running {
		return
	}
	p = p[b.next-offset:]
	n, err := b.w.Write(p)
	b.next += uint64(max(0, min(n, len(p))))
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	if err != nil {
		l.refuse(c, err)
	}
}

// keepSegment holds a segment that came too early.
func (l *Link) keepSegment(c *receiver, f *dataFrame) error {
	b := c.bulk
	at, dup := slices.BinarySearchFunc(b.early, f.Offset, func(e earlySegment, o uint64) int {
		switch {
		case e.offset < o:
			return -1
		case e.offset > o:
			return 1
		}
		return 0
	})
	if dup {
		l.stats.Duplicates++
		return nil
	}
	cost := sizeOf(len(f.Payload)) + partCost
	if b.held+cost > 2*l.limits.BulkWindow {
		return overBudget(&l.stats.RefusedMemory)
	}
	buf := l.bufs.get(len(f.Payload), false)
	if buf == nil {
		return overBudget(&l.stats.RefusedMemory)
	}
	copy(buf, f.Payload)
	b.held += cost
	b.running = true
	if f.F {
		b.ended, b.end = true, f.Offset+uint64(len(f.Payload))
	}
	b.early = slices.Insert(b.early, at, earlySegment{f.Offset, buf})
	return nil
}

func (l *Link) freeEarly(b *bulkReceiver, e *earlySegment) {
	b.held -= cap(e.buf) + partCost
	l.bufs.put(e.buf)
	e.buf = nil
}

// offerWindow lets the sender go on, in steps of a quarter of the window.
func (l *Link) offerWindow(c *receiver) {
	b := c.bulk
	size := uint64(l.limits.BulkWindow)
	if limit := b.next + size; limit >= b.limit+size/4 && !b.ended {
		b.limit = limit
		if !b.window {
			b.window = true
			l.owed++
		}
	}
}

// finishStream ends the stream being received.
func (l *Link) finishStream(c *receiver, err error) {
	b := c.bulk
	for i := range b.early {
		if b.early[i].buf != nil {
			l.freeEarly(b, &b.early[i])
		}
	}
	b.early = b.early[:0]
	l.bulkEvent(BulkEvent{Channel: c.number - 1, Transfer: b.transfer, Bytes: int64(b.next), Err: err})
	b.running, b.known, b.ended = false, false, false
	b.next, b.end, b.limit, b.w = 0, 0, initialWindow, nil
	if b.window {
		b.window = false
		l.owed--
	}
	b.transfer++
}

// refuse ends the stream being received and tells its sender.
func (l *Link) refuse(c *receiver, err error) {
	b := c.bulk
	if b.cancel != cancelDue {
		l.owed++
	}
	b.cancel, b.refused = cancelDue, b.transfer
	l.finishStream(c, err)
}

// handleCancel takes in a CANCEL frame.
func (l *Link) handleCancel(f cancelFrame) error {
	if f.ByReceiver {
		c, err := l.bulkSenderOf(f.Channel)
		if err != nil {
			return err
		}
		b := c.bulk
		switch id := expand(f.Transfer, b.transfer); {
		case id > b.transfer:
			return ErrTransfer
		case id == b.transfer && b.running:
			l.bulkEvent(BulkEvent{Channel: c.number - 1, Transfer: id, Sent: true, Bytes: int64(b.acked), Err: ErrCancelled})
			l.endStream(c, false)
		}
		return nil
	}
	if int(f.Channel) >= len(l.in) || l.in[f.Channel].kind != Bulk {
		return ErrChannel
	}
	c := l.bulkIn(f.Channel - 1)
	b := c.bulk
	switch id := expand(f.Transfer, b.transfer); {
	case id > b.transfer:
		return ErrTransfer
	case id == b.transfer && l.events.len() >= maxBulkEvents:
		return overBudget(&l.stats.RefusedStream)
	case id == b.transfer:
		l.finishStream(c, ErrCancelled)
	}
	return nil
}
