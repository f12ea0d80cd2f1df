package transport

import (
	"io"
	"net/netip"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/secure"
)

// Connection migration. A connection is found by its id, so when a client's
// address changes (a NAT forgets, Wi-Fi becomes LTE) its packets still open.
// The server then asks the new path to prove itself with PATH_CHALLENGE, keeps
// sending to the old one, sends at most three times what it got there, and moves
// when the right PATH_RESPONSE comes from exactly that address. One path at a
// time is tried.

const (
	pathTries     = 5
	pathPause     = 500 * time.Millisecond // longest time between two tries
	pathYields    = 2                      // tries after which another address may take its turn
	amplification = 3
)

// path is the address that is being tried.
type path struct {
	active    bool
	addr      netip.AddrPort
	lane      *lane
	challenge [8]byte
	tries     int
	next      time.Duration // when the next challenge is due
	got, sent int           // bytes on this path
}

// heardFrom notes that an authentic packet came from an address. newest says
// that no later packet has arrived before it: an old one may have been held
// back and sent on by anybody.
func (c *Conn) heardFrom(l *lane, from netip.AddrPort, size int, newest bool) {
	p := &c.path
	if p.active && from == p.addr {
		p.got += size
	}
	if from == c.addr {
		if newest && p.active {
			*p = path{} // the client is back, or never left
		}
		return
	}
	if !c.server || !newest || c.state >= Closing || (p.active && (from == p.addr || p.tries < pathYields)) {
		return
	}
	*p = path{active: true, addr: from, lane: l, next: c.now, got: size}
	if _, err := io.ReadFull(c.cfg.random(), p.challenge[:]); err != nil {
		*p = path{}
		return
	}
	c.stats.PathsTried++
	c.tryPath(c.now)
}

// tryPath sends the challenge that is due.
func (c *Conn) tryPath(now time.Duration) {
	p := &c.path
	if !p.active || now < p.next {
		return
	}
	if p.tries == pathTries {
		*p = path{}
		return
	}
	p.tries++
	p.next = now + min(c.pto()<<(p.tries-1), pathPause)
	room := min(MinMTU, amplification*p.got-p.sent)
	box := c.box(p.lane)
	buf := c.header(box.buffer())
	head := len(buf)
	plain := room - head - secure.TagSize
	if plain < pathFrameSize {
		return
	}
	out := c.link.BuildChallenge(now, c.sealer.Next(), buf, p.challenge, plain)
	p.sent += len(out) + secure.TagSize
	c.sealOn(box, out, head, p.addr)
}

// box is where the connection's owner writes to a carrier.
func (c *Conn) box(l *lane) *outbox {
	if c.group != nil {
		return c.group.boxes[l.index]
	}
	return l.out
}

// pathFrameSize is the length of PATH_CHALLENGE and PATH_RESPONSE in bytes.
const pathFrameSize = 9

// pathAnswered takes a PATH_RESPONSE.
func (c *Conn) pathAnswered(from netip.AddrPort, data [8]byte) {
	p := &c.path
	if !p.active || from != p.addr || data != p.challenge {
		return
	}
	c.cfg.Log.Info("client moved", "from", c.addr, "to", p.addr)
	other := p.addr.Addr() != c.addr.Addr()
	c.addr, c.lane, c.out = p.addr, p.lane, c.box(p.lane)
	*p = path{}
	c.stats.Moves++
	if other {
		c.newPath()
	}
	c.resetTok = c.endpoint.resetToken(c.local, c.addr)
	c.sendControl(appendResetToken(nil, c.resetTok, other))
}

// newPath forgets what was learned about the old one. A client that came back with
// another port is behind a NAT that forgot it, and all holds still (RFC 9000, 9.4).
func (c *Conn) newPath() {
	c.link.Moved(c.now)
	c.mtu.restart(c.now)
}

// handleResetToken takes the token that belongs to the client's new address.
func (c *Conn) handleResetToken(p []byte) {
	token, other, err := parseResetToken(p)
	if err != nil {
		c.protocolError("malformed RESET_TOKEN")
		return
	}
	c.resetTok = token
	if other {
		c.newPath()
	}
}

// notices acts on the frames of one packet that concern the path. Of several
// challenges only the last is answered, at once and with a smaller packet: a
// flood of them costs one answer a packet and no memory.
func (c *Conn) notices(l *lane, from netip.AddrPort) {
	var challenge [8]byte
	challenged := false
	for {
		n, ok := c.link.Notice()
		if !ok {
			break
		}
		switch n.Kind {
		case channel.NoticeChallenge:
			challenge, challenged = n.Data, true
		case channel.NoticeResponse:
			c.pathAnswered(from, n.Data)
		case channel.NoticeProbe:
			if n.Size == phaseProbe {
				c.phaseFate(n.OK)
				continue
			}
			c.mtu.fate(c.now, n.Size, n.OK)
		}
	}
	if !challenged || c.state >= Closing {
		return
	}
	box := c.box(l)
	buf := c.header(box.buffer())
	head := len(buf)
	out := c.link.BuildResponse(c.now, c.sealer.Next(), buf, challenge, pathFrameSize)
	c.sealOn(box, out, head, from)
}
