package transport

import (
	"time"
)

// Stats describes one connection. Rates are for the reader to compute from two
// readings.
type Stats struct {
	RTT, Jitter           time.Duration
	Loss                  float64 // share of packets sent that were lost, 0..1
	PacketsIn, PacketsOut uint64
	BytesIn, BytesOut     uint64 // UDP payload
	Queued                int    // bytes waiting to be sent
	MTU                   int    // largest datagram sent, bytes
	Replayed, Forged      uint64 // packets refused
	Rekeys                uint64 // key phases begun by this side
	Phase                 uint64 // key phase of packets sent
	PathsTried, Moves     uint64 // addresses that were challenged, and that became the peer's
}

// Stats describes the connection now.
func (c *Conn) Stats() Stats {
	s := c.stats
	s.MTU = c.mtu.size
	if c.sealer != nil {
		s.Phase = c.sealer.Phase()
	}
	if c.link != nil {
		l := c.link.Stats()
		s.RTT, s.Jitter, s.Loss = l.RTT, l.Jitter, l.Loss
	}
	return s
}

// EndpointStats counts what an Endpoint has done since Listen.
type EndpointStats struct {
	PacketsIn, PacketsOut uint64 // all, on all carriers; out: without those of connections
	BytesIn, BytesOut     uint64
	Connections           int // open now
	Pending               int // handshakes not confirmed now
	Accepted              uint64
	Retries               uint64 // HELLO answered
	Rejected              uint64 // answered with a reason
	Refused               uint64 // connections ended for differing tables or a broken protocol
	Blocked               uint64 // by the block list
	Malformed             uint64
	BadCookies            uint64
	RateLimited           uint64
	PendingFull           uint64
	Unconfirmed           uint64 // handshakes that timed out
	Duplicates            uint64 // repeated CONNECT without an answer
	Forged                uint64 // first packets that did not open
	TokensRefused         uint64
	UnknownID             uint64
	Resets                uint64
}

// Stats describes the Endpoint as a whole.
func (e *Endpoint) Stats() EndpointStats {
	s := e.stats
	s.Connections = e.connected
	s.Pending = e.pending.count
	return s
}
