package transport

import (
	"encoding/binary"
	"io"
	"net/netip"
	"time"
)

// bucket is a token bucket: rate tokens a second up to burst.
type bucket struct {
	rate, burst, tokens float64
	last                time.Duration
}

func newBucket(rate, burst float64) bucket { return bucket{rate: rate, burst: burst, tokens: burst} }

// take removes n tokens if there are that many.
func (b *bucket) take(now time.Duration, n float64) bool {
	if now > b.last {
		b.tokens = min(b.burst, b.tokens+b.rate*(now-b.last).Seconds())
		b.last = now
	}
	if b.tokens < n {
		return false
	}
	b.tokens -= n
	return true
}

// prefixLimiter limits handshakes by /32 or /64 in a table of fixed size: an
// attacker with many prefixes can only push others out of it, which gives them
// a full bucket again, and the limit on all handshakes holds whatever it does.
type prefixLimiter struct {
	seed [2]uint64
	rate float64
	sets [prefixSets][prefixWays]prefixEntry
}

const (
	prefixSets = 1024
	prefixWays = 4
)

type prefixEntry struct {
	key  [8]byte
	used bool
	bucket
}

func newPrefixLimiter(random io.Reader, rate float64) (*prefixLimiter, error) {
	p := &prefixLimiter{rate: rate}
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return nil, err
	}
	p.seed = [2]uint64{binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])}
	return p, nil
}

// take reports whether one more handshake from a's prefix is within its rate.
func (p *prefixLimiter) take(now time.Duration, a netip.Addr) bool {
	if a.IsLoopback() {
		return true
	}
	key := prefixOf(a)
	set := &p.sets[p.hash(key)%prefixSets]
	victim := &set[0]
	for i := range set {
		e := &set[i]
		if e.used && e.key == key {
			return e.take(now, 1)
		}
		if !e.used || (victim.used && e.last < victim.last) {
			victim = e
		}
	}
	*victim = prefixEntry{key: key, used: true, bucket: newBucket(p.rate, 4*p.rate)}
	victim.last = now
	return victim.take(now, 1)
}

// prefixOf is the /32 of an IPv4 address and the /64 of an IPv6 address. The
// first byte of an IPv4 key is one that no routed IPv6 address begins with.
func prefixOf(a netip.Addr) (key [8]byte) {
	if a.Is4() {
		v4 := a.As4()
		key[0] = 0xff
		copy(key[1:], v4[:])
		return key
	}
	v6 := a.As16()
	copy(key[:], v6[:8])
	return key
}

// hash is keyed, so that nobody outside can aim at one set. It mixes as
// splitmix64 does (Steele, Lea, Flood 2014).
func (p *prefixLimiter) hash(key [8]byte) uint64 {
	x := binary.LittleEndian.Uint64(key[:]) ^ p.seed[0]
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27 ^ p.seed[1]) * 0x94d049bb133111eb
	return x ^ x>>31
}
