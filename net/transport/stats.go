package transport

import (
	"time"
)

// Stats describes one connection. Counters are since it began; rates are for
// the reader to compute from two readings.
type Stats struct {
	RTT, Jitter time.Duration // smoothed round trip, its mean deviation
	Loss        float64       // share of packets sent that were lost lately, 0..1

	PacketsIn, PacketsOut uint64
	BytesIn, BytesOut     uint64        // UDP payload
	Queued                int           // bytes of messages waiting to be sent
	QueueDelay            time.Duration // what messages waited lately
	InFlight, Window      int           // bytes under way, and how many may be
	MTU                   int           // largest datagram sent, bytes

	Lost, Retransmits     uint64 // packets, pieces of messages
	Reordered, Duplicates uint64 // packets that came in after a later one; messages that came in again
	Replayed, Forged      uint64 // packets refused before and by decryption
	Refused, Shed         uint64 // frames for which a limit left no room; datagrams dropped before they were sent
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
		s.Queued, s.QueueDelay, s.InFlight, s.Window = l.QueueBytes, l.QueueDelay, l.InFlight, l.Window
		s.Lost, s.Retransmits, s.Reordered, s.Duplicates = l.PacketsLost, l.Retransmits, l.Reordered, l.Duplicates
		s.Refused, s.Shed = l.Refused, l.Shed
	}
	return s
}

// EndpointStats counts what an Endpoint has done since Listen.
type EndpointStats struct {
	PacketsIn, PacketsOut uint64 // all, on all carriers; out: without those of connections
	BytesIn, BytesOut     uint64
	Connections           int    // open now
	Pending               int    // handshakes not confirmed now
	Memory                int64  // bytes of message buffers beyond what each connection is granted
	NotWritten            uint64 // datagrams that a carrier did not take
	Dropped               uint64 // packets that found a ring between Group and Endpoint full
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
	s.Memory = e.memory.Used()
	for _, l := range e.lanes {
		s.NotWritten += l.out.lost
	}
	for _, g := range e.groups {
		s.Dropped += g.Dropped()
		s.PacketsIn += g.packetsIn.Load()
		s.BytesIn += g.bytesIn.Load()
	}
	return s
}
