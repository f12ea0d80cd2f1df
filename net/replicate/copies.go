package replicate

import "github.com/tandem-engine/tandem/net/channel"

// mostCopied is the size up to which structure is sent twice, in bytes.
const mostCopied = 800

// keepCopy remembers a structure message. Of a batch in several none is sent
// again: there is much to be waited for then anyway.
func (p *Peer) keepCopy(b []byte, more bool) {
	switch {
	case !p.Lossy || more || len(b) > mostCopied:
		p.copied, p.cutShort = p.copied[:0], more
	case p.cutShort:
		p.cutShort = false
	default:
		p.copied = append(p.copied[:0], b...)
	}
}

// writeCopy sends the structure of the last snapshot once more.
func (p *Peer) writeCopy(tick uint32) {
	if len(p.copied) == 0 {
		return
	}
	w := &p.server.writer
	header(w, kindCopy, tick, p.batch)
	w.Bytes(p.copied)
	p.copied = p.copied[:0]
	b := w.Finish()
	p.bytes += uint64(len(b))
	p.server.counters.StructureBytes += uint64(len(b))
	// What cannot leave is on its way on the other channel.
	_ = p.conn.Send(p.server.cfg.Channels.Values, b, channel.SendOptions{})
}

// takeCopy applies a copy of a structure message, if the message itself has not
// come and everything before it has.
func (c *Client) takeCopy(h valuesHeader, data []byte) error {
	if h.batch != c.batch+1 || len(c.parts) > 0 || len(data) == 0 || data[len(data)-1] == moreFollow {
		return nil
	}
	return c.structure(data)
}

// copyCame reports whether a copy was faster than this structure message.
func (c *Client) copyCame(data []byte) bool {
	c.reader.Reset(data)
	batch := uint32(c.reader.Uvarint())
	if c.reader.Err() != nil || batch != c.ordered+1 || batch > c.batch {
		return false
	}
	c.ordered = batch
	return true
}
