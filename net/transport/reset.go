package transport

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"net/netip"
)

// Stateless reset: a server that gets a data packet for a connection it does
// not know answers with a token that only it, or its predecessor with the same
// identity, can make. The client compares it with the one from ACCEPT and knows
// at once that the server was restarted, or has given the connection up. In the middle
// of a handshake it begins again.

// resetRate bounds the resets a second that an Endpoint sends.
const resetRate = 200

// resetToken is HMAC-SHA256(key from the identity, id || address || port), cut
// to 16 bytes.
func (e *Endpoint) resetToken(id uint32, addr netip.AddrPort) (t [resetTokenSize]byte) {
	var in [4 + 16 + 2]byte
	ip := addr.Addr().As16()
	binary.LittleEndian.PutUint32(in[:], id)
	copy(in[4:], ip[:])
	binary.LittleEndian.PutUint16(in[20:], addr.Port())
	m := hmac.New(sha256.New, e.resetKey[:])
	m.Write(in[:])
	copy(t[:], m.Sum(nil))
	return t
}

// stateless answers a data packet of an unknown connection.
func (e *Endpoint) stateless(l *lane, id uint32, size int, from netip.AddrPort) {
	e.stats.UnknownID++
	if size <= resetSize || e.blocked(from.Addr()) || !e.resets.take(e.now, 1) {
		return
	}
	e.stats.Resets++
	e.send(l, from, appendReset(l.out.buffer(), id, e.resetToken(id, from)))
}

// handleReset ends a client's connection that the server no longer knows. A handshake of
// which the server has not heard for too long begins again, as long as HandshakeTimeout
// lets it.
func (c *Conn) handleReset(p []byte) {
	id, token, err := parseReset(p)
	if err != nil || c.link == nil || id != c.remote || subtle.ConstantTimeCompare(token[:], c.resetTok[:]) != 1 {
		c.stats.Forged++
		return
	}
	if c.state == Connecting {
		c.dialAgain()
		return
	}
	c.end(&CloseError{Reason: Restarted, Remote: true})
}
