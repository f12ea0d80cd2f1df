package transport

import (
	"time"

	"github.com/tandem-engine/tandem/net/channel"
)

// closeLinger is how long a server keeps the id of a closed connection, so that
// late packets are swallowed instead of answered with a reset.
const closeLinger = time.Second

// maxCloseText bounds the text of a CLOSE in bytes.
const maxCloseText = 256

// closing is the goodbye in progress.
type closing struct {
	begun bool          // the Link sends CLOSE
	until time.Duration // when the last CLOSE has gone out
	at    time.Duration // when the connection became Closed
}

// closeSpan is the time over which the Link repeats CLOSE.
const closeSpan = 200 * time.Millisecond

// shut begins a goodbye; a connection without keys has nobody to say it to.
func (c *Conn) shut(e *CloseError) {
	if c.state >= Closing {
		return
	}
	if len(e.Text) > maxCloseText {
		e.Text = e.Text[:maxCloseText]
	}
	if c.link == nil {
		c.end(e)
		return
	}
	c.err, c.state = e, Closing
	c.touch()
}

// end makes the connection Closed without a word to the peer.
func (c *Conn) end(e *CloseError) {
	if c.state == Closed {
		return
	}
	if c.err == nil {
		c.err = e
	}
	c.state = Closed
	c.closing.at = c.now
	c.stir()
	c.pq, c.pqShared = nil, nil
	if c.tables.held > 0 {
		c.forgetTables()
	}
	if c.link != nil {
		c.link.Close(c.now, uint16(Normal), "") // settles every fate still open
	}
	if c.endpoint != nil {
		c.tell(entryEnded)
	}
}

// forgetLink gives back what a connection holds that has been Closed for a while.
func (c *Conn) forgetLink() {
	if c.link != nil {
		c.link.Release()
		c.link = nil
	}
}

// tell lets the Endpoint of a server's connection know something.
func (c *Conn) tell(kind entryKind) {
	switch {
	case c.group != nil:
		c.group.post(entry{kind: kind, conn: c})
	case kind == entryEnded:
		c.endpoint.ended(c)
	case kind == entryResume:
		c.endpoint.issueResume(c)
	}
}

// flushClosing sends what was queued before Close once more, then lets the Link
// repeat CLOSE.
func (c *Conn) flushClosing(now time.Duration) {
	if !c.closing.begun {
		c.build(now)
		reason := c.err.Reason
		if reason >= localReasons {
			reason = InternalError
		}
		c.link.Close(now, uint16(reason), c.err.Text)
		c.closing.begun, c.closing.until = true, now+closeSpan
	}
	c.build(now)
	if now >= c.closing.until {
		c.end(c.err)
	}
}

// peerClosed takes the peer's CLOSE.
func (c *Conn) peerClosed(f channel.Closed) {
	e := &CloseError{Reason: ProtocolError, Text: f.Text, Remote: true}
	if f.Reason < uint16(localReasons) {
		e.Reason = CloseReason(f.Reason)
	}
	if c.tables.err != nil && e.Reason == TablesDiffer {
		e.Cause = c.tables.err
	}
	if c.err != nil { // both closed at once: ours stands
		e = c.err
	}
	c.end(e)
}
