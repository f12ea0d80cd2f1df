package secure

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
)

// Errors of Sealer and Opener.
var (
	ErrReplay    = errors.New("secure: packet number seen before or too old")
	ErrAuth      = errors.New("secure: packet does not authenticate")
	ErrExhausted = errors.New("secure: packet numbers are used up")
	ErrBuffer    = errors.New("secure: no room for the authentication tag")
)

// maxPacketNumber is the last packet number a connection may use. 2^62 leaves
// the arithmetic of restore free of overflow and is never reached in play.
const maxPacketNumber = 1<<62 - 1

// Labels of HKDF-Expand (RFC 5869). Every traffic key and IV comes from the
// secret of its direction and phase.
const (
	labelKey  = "tandem 1 key"
	labelIV   = "tandem 1 iv"
	labelNext = "tandem 1 next"
)

// Secret is the traffic secret of one direction in one key phase.
type Secret [KeySize]byte

// Next is the secret of the following phase: HKDF-Extract with the current
// secret as salt over mix, then HKDF-Expand. mix is nil for an ordinary rekey
// and the ML-KEM shared secret when that is mixed in.
func (s Secret) Next(mix []byte) Secret {
	prk, err := hkdf.Extract(sha256.New, mix, s[:])
	if err != nil {
		panic("secure: hkdf: " + err.Error()) // lengths are constants
	}
	return Secret(expand(prk, labelNext, KeySize))
}

func expand(secret []byte, label string, n int) []byte {
	out, err := hkdf.Expand(sha256.New, secret, label, n)
	if err != nil {
		panic("secure: hkdf: " + err.Error()) // lengths are constants
	}
	return out
}

// trafficKey is the cipher and IV that one Secret gives.
type trafficKey struct {
	aead cipher.AEAD
	iv   [12]byte
}

func newTrafficKey(suite Suite, s Secret) (trafficKey, []byte) {
	key := expand(s[:], labelKey, KeySize)
	k := trafficKey{aead: suite.aead(key)}
	copy(k.iv[:], expand(s[:], labelIV, len(k.iv)))
	return k, key
}

// nonceFor writes IV xor packet number into dst.
func (k *trafficKey) nonceFor(dst *[12]byte, pn uint64) {
	*dst = k.iv
	low := binary.LittleEndian.Uint64(dst[4:]) ^ pn
	binary.LittleEndian.PutUint64(dst[4:], low)
}

// Sealer protects the packets of one direction. Packet numbers come from its
// own counter, which survives rekeying: it is never reset and never wraps, so
// no nonce is used twice under a key.
type Sealer struct {
	suite  Suite
	secret Secret
	key    trafficKey
	phase  uint64
	next   uint64 // packet number of the next packet
	began  uint64 // first packet number of the phase
	nonce  [12]byte
	audit  *auditEntry
	scope  any
}

// NewSealer starts a direction in phase 0 with packet number 0. scope names the
// source of randomness behind the secret for the test-time nonce audit; nil is
// the system's.
func NewSealer(suite Suite, s Secret, scope any) *Sealer {
	x := &Sealer{suite: suite, scope: scope}
	x.install(s)
	return x
}

func (s *Sealer) install(secret Secret) {
	var raw []byte
	s.secret = secret
	s.key, raw = newTrafficKey(s.suite, secret)
	s.audit = auditKey(s.scope, raw)
	s.began = s.next
}

// Next is the packet number that the next Seal uses.
func (s *Sealer) Next() uint64 { return s.next }

// Skip leaves out n packet numbers. The counter only ever goes forward.
func (s *Sealer) Skip(n uint64) { s.next += min(n, maxPacketNumber+1-min(s.next, maxPacketNumber+1)) }

// Phase counts the rekeys of this direction; its low two bits travel in the header.
func (s *Sealer) Phase() uint64 { return s.phase }

// InPhase is how many packets were sealed under the current key.
func (s *Sealer) InPhase() uint64 { return s.next - s.began }

// Advance moves to the next phase, mixing mix into the secret (nil: plain ratchet).
func (s *Sealer) Advance(mix []byte) {
	s.phase++
	s.install(s.secret.Next(mix))
}

// Seal encrypts packet[header:] in place, appends the tag and takes the next
// packet number. The header must have been written by AppendHeader with that
// number and phase; packet needs TagSize bytes of spare capacity.
func (s *Sealer) Seal(packet []byte, header int) ([]byte, error) {
	if s.next > maxPacketNumber {
		return nil, ErrExhausted
	}
	if cap(packet)-len(packet) < TagSize {
		return nil, ErrBuffer
	}
	s.audit.use(s.next)
	s.key.nonceFor(&s.nonce, s.next)
	s.next++
	body := packet[header:]
	s.key.aead.Seal(body[:0], s.nonce[:], body, packet[:header])
	return packet[:len(packet)+TagSize], nil
}
