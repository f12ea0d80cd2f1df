package channel

import "time"

// Stats are counters since the Link was made, and the present state of its estimates.
type Stats struct {
	RTT, MinRTT, LatestRTT, Jitter time.Duration

	Loss       float64       // share of packets lost lately, 0 to 1
	QueueDelay time.Duration // what messages wait before they are sent, lately
	QueueBytes int           // waiting now
	InFlight   int           // bytes sent and neither acknowledged nor lost
	Window     int           // bytes that congestion control lets be in flight
	PacingRate int           // bytes a second
	Memory     int           // bytes of message buffers, in use and kept

	PacketsIn, PacketsOut   uint64
	BytesIn, BytesOut       uint64 // of plaintext
	MessagesIn, MessagesOut uint64
	PacketsAcked            uint64
	PacketsLost             uint64
	SpuriousLoss            uint64 // given up, then acknowledged after all
	Retransmits             uint64 // pieces of messages sent again
	ProbeTimeouts           uint64
	Reordered               uint64 // packets that came in after a later one
	Duplicates              uint64 // messages and fragments that came in again
	Stale                   uint64 // datagrams and values that came in after a newer one

	// What was not taken in or not sent, by cause.
	DuplicatePackets uint64 // packets that came in again
	OldPackets       uint64 // packets too old to be acknowledged
	Refused          uint64 // frames dropped because a limit left no room: the sum of the next five
	RefusedRate      uint64 // frames beyond Limits.MessagesPerSecond
	RefusedMemory    uint64 // frames for which Limits.ReceiveBytes, BulkWindow or Config.Memory left no room
	RefusedGap       uint64 // messages beyond Limits.Gaps
	RefusedAssembly  uint64 // fragments beyond Limits.Assemblies
	RefusedStream    uint64 // streams that came in while nobody fetched BulkEvent
	Evicted          uint64 // incomplete datagrams dropped for newer ones
	Shed             uint64 // datagrams dropped before they were sent
	Expired          uint64 // messages whose deadline passed before they were sent
	NoticesDropped   uint64
}

// Stats returns the statistics as of the last call of Handle or Build.
func (l *Link) Stats() Stats {
	s := l.stats
	s.RTT, s.MinRTT, s.LatestRTT, s.Jitter = l.rtt.smoothed, l.rtt.min, l.rtt.latest, l.rtt.variance
	s.Loss = l.lossWindow.share()
	s.QueueDelay = l.queueDelay
	s.QueueBytes = l.queued
	s.InFlight = l.sent.bytes
	s.Window = l.cc.window()
	s.PacingRate = int(l.cc.pacingRate())
	s.Memory = l.bufs.held
	return s
}

// Queued is how many bytes wait to be sent: Stats.QueueBytes alone.
func (l *Link) Queued() int { return l.queued }

// Loss is the share of packets lost of late: Stats.Loss alone.
func (l *Link) Loss() float64 { return l.lossWindow.share() }

// lossWindow is the share of packets lost among the last hundreds: two counters that are
// halved when they grow. The zero value has seen none.
type lossWindow struct{ acked, lost uint32 }

func (w *lossWindow) add(lost bool) {
	if lost {
		w.lost++
	} else {
		w.acked++
	}
	if w.acked+w.lost >= 512 {
		w.acked, w.lost = w.acked/2, w.lost/2
	}
}

func (w *lossWindow) share() float64 {
	if w.acked+w.lost == 0 {
		return 0
	}
	return float64(w.lost) / float64(w.acked+w.lost)
}
