package secure

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"io"
	"net/netip"
	"time"
)

// Cookie layout, 21 bytes:
//
//	 0       1..4              5..20
//	+-------+-----------------+------------------------------+
//	| keyid | issued, ms u32 LE | HMAC-SHA256, first 16 bytes |
//	+-------+-----------------+------------------------------+
//
// HMAC input: issued (4), address as 16 bytes, port u16 LE, client id u32 LE.
// Only the server reads a cookie, so no other implementation depends on this.

// CookieSize is the length of a cookie in bytes.
const CookieSize = 21

const (
	cookieLife   = 10 * time.Second
	cookieRotate = 60 * time.Second
	cookieMAC    = 16
)

// Cookies mints and checks the cookies that prove a client's address without
// keeping any state for it. Its secrets change every minute; the previous one
// stays valid, a cookie lives ten seconds. Not safe for several goroutines.
type Cookies struct {
	random  io.Reader
	keys    [2]hash.Hash // by parity of the key id; nil: not made yet
	id      uint8
	rotated time.Duration
	started bool
	input   [4 + 16 + 2 + 4]byte
	sum     [sha256.Size]byte
}

// NewCookies takes its secrets from random (nil: the system's).
func NewCookies(random io.Reader) *Cookies {
	if random == nil {
		random = rand.Reader
	}
	return &Cookies{random: random}
}

// Rotate changes the secret when a minute has passed since the last change. It
// must be called before Mint and Check with the same now.
func (c *Cookies) Rotate(now time.Duration) error {
	if c.started && now-c.rotated < cookieRotate && now >= c.rotated {
		return nil
	}
	var secret [32]byte
	if _, err := io.ReadFull(c.random, secret[:]); err != nil {
		return err
	}
	c.id++
	c.keys[c.id&1] = hmac.New(sha256.New, secret[:])
	c.rotated, c.started = now, true
	return nil
}

// Append appends a cookie for a client to dst.
func (c *Cookies) Append(dst []byte, now time.Duration, addr netip.AddrPort, client uint32) []byte {
	issued := uint32(now / time.Millisecond)
	dst = append(dst, c.id)
	dst = binary.LittleEndian.AppendUint32(dst, issued)
	return append(dst, c.mac(c.keys[c.id&1], issued, addr, client)...)
}

// Check reports whether cookie was minted for this client within the last ten
// seconds under a secret that is still valid.
func (c *Cookies) Check(cookie []byte, now time.Duration, addr netip.AddrPort, client uint32) bool {
	if len(cookie) != CookieSize {
		return false
	}
	id := cookie[0]
	key := c.keys[id&1]
	if key == nil || (id != c.id && id != c.id-1) {
		return false
	}
	issued := binary.LittleEndian.Uint32(cookie[1:5])
	if age := uint32(now/time.Millisecond) - issued; age > uint32(cookieLife/time.Millisecond) {
		return false
	}
	return hmac.Equal(cookie[5:], c.mac(key, issued, addr, client))
}

func (c *Cookies) mac(key hash.Hash, issued uint32, addr netip.AddrPort, client uint32) []byte {
	ip := addr.Addr().As16()
	binary.LittleEndian.PutUint32(c.input[0:], issued)
	copy(c.input[4:], ip[:])
	binary.LittleEndian.PutUint16(c.input[20:], addr.Port())
	binary.LittleEndian.PutUint32(c.input[22:], client)
	key.Reset()
	key.Write(c.input[:])
	return key.Sum(c.sum[:0])[:cookieMAC]
}
