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

	Rate                  int    // bytes a second that congestion control lets go out
	Lost, Retransmits     uint64 // packets, pieces of messages
	Spurious              uint64 // packets taken for lost that had arrived
	Timeouts              uint64 // probes sent because nothing was acknowledged for too long
	Reordered, Duplicates uint64 // packets that came in after a later one; messages that came in again
	Replayed, Forged      uint64 // packets refused before and by decryption
	Stale                 uint64 // messages that came in after a newer one of a sequenced or latest channel
	Shed, Expired         uint64 // messages dropped before they were sent: under overload, past their deadline

	// Frames that were dropped because a limit left no room: all, and by cause. Their
	// packets were not acknowledged.
	Refused         uint64
	RefusedRate     uint64 // Limits.MessagesPerSecond
	RefusedMemory   uint64 // Limits.ReceiveBytes, BulkWindow or Config.Memory
	RefusedGap      uint64 // Limits.Gaps
	RefusedAssembly uint64 // Limits.Assemblies
	RefusedStream   uint64 // streams while nobody fetches BulkEvent

	Rekeys            uint64 // key phases begun by this side
	Phase             uint64 // key phase of packets sent
	PathsTried, Moves uint64 // addresses that were challenged, and that became the peer's
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
		s.Rate, s.Spurious, s.Timeouts, s.Stale, s.Shed, s.Expired = l.PacingRate, l.SpuriousLoss, l.ProbeTimeouts, l.Stale, l.Shed, l.Expired
		s.Refused, s.RefusedRate, s.RefusedMemory = l.Refused, l.RefusedRate, l.RefusedMemory
		s.RefusedGap, s.RefusedAssembly, s.RefusedStream = l.RefusedGap, l.RefusedAssembly, l.RefusedStream
	}
	return s
}

// Queued is how many bytes wait to be sent: Stats.Queued alone, for who asks all
// connections in each tick.
func (c *Conn) Queued() int {
	if c.link == nil {
		return 0
	}
	return c.link.Queued()
}

// Loss is the share of packets lost of late: Stats.Loss alone.
func (c *Conn) Loss() float64 {
	if c.link == nil {
		return 0
	}
	return c.link.Loss()
}

// EndpointStats counts what an Endpoint has done since Listen.
type EndpointStats struct {
	PacketsIn, PacketsOut uint64 // all, on all carriers
	BytesIn, BytesOut     uint64 // UDP payload
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
		s.addOut(l.out)
	}
	for _, g := range e.groups {
		for _, b := range g.boxes {
			s.addOut(b)
		}
		s.Dropped += g.Dropped()
		s.PacketsIn += g.packetsIn.Load()
		s.BytesIn += g.bytesIn.Load()
	}
	return s
}

// addOut adds what was written by one owner to one carrier.
func (s *EndpointStats) addOut(o *outbox) {
	s.PacketsOut += o.packets.Load()
	s.BytesOut += o.bytes.Load()
	s.NotWritten += o.lost.Load()
}
