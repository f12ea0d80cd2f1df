package transport

import (
	"io"

	"github.com/tandem-engine/tandem/net/channel"
)

// SendBulk sends everything r gives on a bulk channel, after the streams that
// wait there. size is its length in bytes, -1 if that is not known. r is read
// inside Flush and must not block: it may return 0, nil when it has nothing
// yet. The token, if not 0, comes out of Fate.
func (c *Conn) SendBulk(ch uint8, r io.Reader, size int64, token uint64) error {
	if c.state != Connected {
		return ErrNotConnected
	}
	c.touch()
	return c.link.SendBulk(ch, r, size, token)
}

// CancelBulk gives up the stream being sent on a bulk channel, and reports
// whether there was one.
func (c *Conn) CancelBulk(ch uint8) bool {
	c.touch()
	return c.link != nil && c.link.CancelBulk(ch)
}

// SendingBulk is the progress of the stream being sent on a bulk channel, if any.
func (c *Conn) SendingBulk(ch uint8) (channel.Progress, bool) {
	if c.link == nil {
		return channel.Progress{}, false
	}
	return c.link.SendingBulk(ch)
}

// ReceivingBulk is the progress of the stream coming in on a bulk channel, if any.
func (c *Conn) ReceivingBulk(ch uint8) (channel.Progress, bool) {
	if c.link == nil {
		return channel.Progress{}, false
	}
	return c.link.ReceivingBulk(ch)
}

// RefuseBulk gives up the stream coming in on a bulk channel, and reports
// whether there was one.
func (c *Conn) RefuseBulk(ch uint8) bool {
	c.touch()
	return c.link != nil && c.link.RefuseBulk(ch)
}

// BulkEvent tells how a stream ended.
func (c *Conn) BulkEvent() (channel.BulkEvent, bool) {
	if c.link == nil {
		return channel.BulkEvent{}, false
	}
	return c.link.BulkEvent()
}

// acceptBulk lets Config.OnBulk decide on streams from the first packet on.
func (c *Conn) acceptBulk() {
	if c.cfg.OnBulk == nil {
		return
	}
	for i, s := range c.cfg.Channels {
		if s.Kind == channel.Bulk {
			ch := uint8(i)
			c.link.AcceptBulk(ch, func(p channel.Progress) io.Writer { return c.cfg.OnBulk(c, ch, p) })
		}
	}
}
