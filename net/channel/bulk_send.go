package channel

import (
	"errors"
	"io"
)

// Bulk channels carry one stream after another. A stream is read from an io.Reader in
// segments; a segment is kept until it is acknowledged and resent as it is. The next
// stream begins when the peer has all of the one before or it is cancelled on both sides.

const (
	// segmentMax is the most bytes of a stream in one frame: such a frame and the longest
	// ACK fit into the smallest packet a path must carry.
	segmentMax = 1120
	// segmentMin is the least worth a frame, unless the stream or the window ends.
	segmentMin = 200
	// initialWindow is how far a stream may go before the first WINDOW frame.
	initialWindow = 128 << 10
	// maxTransfers is how many streams may wait on one channel.
	maxTransfers = 16
)

// ErrShortStream is why a stream is cancelled whose reader ends before the size given for
// it, or goes beyond.
var ErrShortStream = errors.New("channel: stream is not as long as was said")

// bulkSender is what a bulk channel sends.
type bulkSender struct {
	waiting  ring[outStream]
	current  outStream
	transfer uint64 // number of current
	running  bool   // current is being sent
	stalled  bool   // the reader had nothing to give in this Build
	ended    bool   // its end was sent
	cancel   cancelState

	segments ring[segment]
	first    uint64       // number of the first segment in segments
	resend   ring[uint64] // numbers of segments to send again
	offset   uint64       // of the next byte to read
	limit    uint64       // no byte from here on may be sent
	acked    uint64       // bytes acknowledged
	window   uint64       // most bytes under way
}

// outStream is a stream to send.
type outStream struct {
	r     io.Reader
	size  int64
	token uint64
}

// segment is a piece of a stream under way.
type segment struct {
	buf    []byte
	offset uint64
	end    bool
	done   bool
}

type cancelState uint8

const (
	cancelNone cancelState = iota
	cancelDue              // a CANCEL must be sent
	cancelSent             // and was
)

// ready reports whether a segment could be sent.
func (b *bulkSender) ready() bool {
	if !b.running || b.cancel != cancelNone {
		return false
	}
	return b.resend.len() > 0 || b.mayRead()
}

// mayRead reports whether the stream may go on.
func (b *bulkSender) mayRead() bool {
	return !b.ended && !b.stalled && (b.offset < min(b.limit, b.acked+b.window) || b.offset == uint64(b.current.size))
}

// SendBulk sends everything r gives on bulk channel ch, after the streams already waiting
// there. Size is its length in bytes, -1 if that is not known. r is read in Build, from the
// goroutine that owns the Link, and should not block: it may return 0, nil if it has nothing
// yet. The token, if not 0, comes out of Fate when the peer has everything, or will not. It
// fails with ErrClosed or ErrQueueFull.
func (l *Link) SendBulk(ch uint8, r io.Reader, size int64, token uint64) error {
	c := l.bulkOut(ch)
	if l.closed() {
		return ErrClosed
	}
	if c.bulk == nil {
		c.bulk = &bulkSender{window: uint64(l.limits.BulkWindow)}
	}
	b := c.bulk
	if b.waiting.len() >= maxTransfers || token != 0 && l.tokens >= maxTokens {
		return ErrQueueFull
	}
	if token != 0 {
		l.tokens++
	}
	b.waiting.push(outStream{r, max(size, -1), token})
	l.nextStream(c)
	return nil
}

func (l *Link) bulkOut(ch uint8) *sender {
	if int(ch)+1 >= len(l.out) || l.out[ch+1].kind != Bulk {
		panic("channel: a bulk stream on a channel that is not Bulk in the Table")
	}
	return &l.out[ch+1]
}

// nextStream begins the next stream if none is running.
func (l *Link) nextStream(c *sender) {
	b := c.bulk
	if b.running || b.cancel != cancelNone || b.waiting.len() == 0 {
		return
	}
	b.current = b.waiting.pop()
	b.running, b.ended, b.stalled = true, false, false
	b.offset, b.acked, b.limit = 0, 0, initialWindow
	l.activate(c)
}

// writeSegment puts the next segment of c's stream into p.
func (l *Link) writeSegment(c *sender, p *packet) bool {
	b := c.bulk
	for b.resend.len() > 0 {
		n := *b.resend.at(0)
		s := b.segment(n)
		if s != nil && !s.done {
			if !l.putSegment(c, p, n, s) {
				return false
			}
			l.stats.Retransmits++
			b.resend.pop()
			return true
		}
		b.resend.pop()
	}
	if !b.mayRead() {
		return true
	}
	f := b.frame(c, b.offset, false)
	room := p.room() - f.headerLen(Bulk, segmentMax)
	most := min(b.limit, b.acked+b.window) - b.offset
	if b.current.size >= 0 {
		most = min(most, uint64(b.current.size)-b.offset)
	}
	n := int(min(most, segmentMax))
	if room < n {
		if room < segmentMin {
			return false
		}
		n = room
	}
	l.readSegment(c, p, n)
	return true
}

// readSegment reads at most n bytes of the stream and puts them into p, where they fit.
func (l *Link) readSegment(c *sender, p *packet, n int) {
	b := c.bulk
	buf := l.bufs.get(segmentMax, false)
	if buf == nil {
		b.stalled, l.stalled = true, true
		return
	}
	got, err := 0, error(nil)
	if n > 0 {
		got, err = b.current.r.Read(buf[:n])
	}
	end := errors.Is(err, io.EOF)
	if b.current.size >= 0 {
		known := b.offset+uint64(got) == uint64(b.current.size)
		if end && !known {
			err = ErrShortStream
		}
		end = known
	}
	if err != nil && !errors.Is(err, io.EOF) {
		l.bufs.put(buf)
		l.failStream(c, err)
		return
	}
	if got == 0 && !end {
		l.bufs.put(buf)
		b.stalled, l.stalled = true, true
		return
	}
	b.segments.push(segment{buf: buf[:got], offset: b.offset, end: end})
	b.offset += uint64(got)
	b.ended = end
	number := b.first + uint64(b.segments.len()-1)
	if !l.putSegment(c, p, number, b.segment(number)) {
		b.resend.push(number)
	}
}

// frame is the header of a segment at offset.
func (b *bulkSender) frame(c *sender, offset uint64, end bool) dataFrame {
	return dataFrame{
		Channel: c.number, F: end, ID: uint16(b.transfer), Offset: offset,
		Size: uint64(b.current.size + 1),
	}
}

func (l *Link) putSegment(c *sender, p *packet, number uint64, s *segment) bool {
	f := c.bulk.frame(c, s.offset, s.end)
	if !p.data(&f, Bulk, s.buf) {
		return false
	}
	l.note(p, ref{id: number, ch: c.number, kind: refSegment})
	return true
}

// segment returns a segment under way by number, nil if it is settled.
func (b *bulkSender) segment(number uint64) *segment {
	if number < b.first || number-b.first >= uint64(b.segments.len()) {
		return nil
	}
	return b.segments.at(int(number - b.first))
}

// segmentArrived settles a segment.
func (l *Link) segmentArrived(c *sender, number uint64) {
	b := c.bulk
	s := b.segment(number)
	if s == nil || s.done {
		return
	}
	s.done = true
	b.acked += uint64(len(s.buf))
	l.bufs.put(s.buf)
	s.buf = nil
	for b.segments.len() > 0 && b.segments.at(0).done {
		b.segments.pop()
		b.first++
	}
	if b.ended && b.segments.len() == 0 {
		l.endStream(c, true)
		return
	}
	l.activate(c)
}

// segmentLost queues a segment for resending.
func (l *Link) segmentLost(c *sender, number uint64) {
	if s := c.bulk.segment(number); s != nil && !s.done {
		c.bulk.resend.push(number)
		l.activate(c)
	}
}

// endStream forgets the current stream; acked: the peer has it all.
func (l *Link) endStream(c *sender, acked bool) {
	b := c.bulk
	for b.segments.len() > 0 {
		if s := b.segments.pop(); !s.done {
			l.bufs.put(s.buf)
		}
		b.first++
	}
	for b.resend.len() > 0 {
		b.resend.pop()
	}
	l.emit(b.current.token, acked)
	b.current = outStream{}
	b.running = false
	if b.cancel == cancelNone {
		b.transfer++
		l.nextStream(c)
	}
}

// failStream gives the current stream up and tells the peer.
func (l *Link) failStream(c *sender, err error) {
	b := c.bulk
	l.bulkEvent(BulkEvent{Channel: c.number - 1, Transfer: b.transfer, Sent: true, Bytes: int64(b.acked), Err: err})
	b.cancel = cancelDue
	l.owed++
	l.endStream(c, false)
}

// CancelBulk gives up the stream being sent on bulk channel ch; the ones waiting follow it.
// It reports whether there was one.
func (l *Link) CancelBulk(ch uint8) bool {
	c := l.bulkOut(ch)
	if c.bulk == nil || !c.bulk.running {
		return false
	}
	l.failStream(c, ErrCancelled)
	return true
}

// Progress is how far a stream is.
type Progress struct {
	Transfer uint64 // streams are counted from 0 on each channel
	Size     int64  // bytes, -1: not known
	Bytes    int64  // acknowledged, or written to the receiver's io.Writer
}

// SendingBulk is the progress of the stream being sent on bulk channel ch, if any.
func (l *Link) SendingBulk(ch uint8) (Progress, bool) {
	c := l.bulkOut(ch)
	if c.bulk == nil || !c.bulk.running {
		return Progress{}, false
	}
	return Progress{c.bulk.transfer, c.bulk.current.size, int64(c.bulk.acked)}, true
}

// handleWindow takes in a WINDOW frame.
func (l *Link) handleWindow(f windowFrame) error {
	c, err := l.bulkSenderOf(f.Channel)
	if err != nil {
		return err
	}
	b := c.bulk
	switch id := expand(f.Transfer, b.transfer); {
	case id > b.transfer || id == b.transfer && !b.running && b.cancel == cancelNone:
		return ErrTransfer
	case id == b.transfer && b.running:
		b.limit = max(b.limit, f.Limit)
		l.activate(c)
	}
	return nil
}

// bulkSenderOf returns the sending half of a bulk channel that has sent something.
func (l *Link) bulkSenderOf(ch uint8) (*sender, error) {
	if int(ch) >= len(l.out) || l.out[ch].kind != Bulk {
		return nil, ErrChannel
	}
	if l.out[ch].bulk == nil {
		return nil, ErrTransfer
	}
	return &l.out[ch], nil
}
