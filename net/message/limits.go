package message

import (
	"errors"
	"fmt"

	"github.com/tandem-engine/tandem/input"
)

// Limits bound what one peer can make this side do. A zero field means the
// default given with it: first that of a server for each of its clients, then
// that of a client for its server.
type Limits struct {
	// PerSecond messages of all types together, averaged. 300; 10,000.
	PerSecond int
	// Burst of messages at once. 600; 20,000.
	Burst int
	// BytesPerSecond of messages, averaged; two seconds' worth may come at
	// once. 64 KiB; 1 MiB.
	BytesPerSecond int
	// Waiting messages: not delivered because their tick or entity has not
	// come. 256; 4096.
	Waiting int
	// WaitSeconds for which a message waits for its entity before it is
	// dropped. 3; 3.
	WaitSeconds int
	// AheadSeconds that the tick of a message may lie ahead. 2; 60.
	AheadSeconds int
	// Calls that a peer may have open here, and we with it. 32; 32.
	Calls int
	// Strikes at which a peer is an offender. Malformed and unknown messages
	// cost 25, each that is too many 1; 10 are forgiven a second. 100; 25.
	Strikes int
}

var (
	clientLimits = Limits{PerSecond: 300, Burst: 600, BytesPerSecond: 64 << 10, Waiting: 256, WaitSeconds: 3, AheadSeconds: 2, Calls: 32, Strikes: 100}
	serverLimits = Limits{PerSecond: 10_000, Burst: 20_000, BytesPerSecond: 1 << 20, Waiting: 4096, WaitSeconds: 3, AheadSeconds: 60, Calls: 32, Strikes: 25}
)

func (l Limits) withDefaults(d Limits) Limits {
	or := func(v *int, d int) {
		if *v < 0 {
			panic("message: Limits: a limit is negative: leave it 0 for the default")
		}
		if *v == 0 {
			*v = d
		}
	}
	or(&l.PerSecond, d.PerSecond)
	or(&l.Burst, d.Burst)
	or(&l.BytesPerSecond, d.BytesPerSecond)
	or(&l.Waiting, d.Waiting)
	or(&l.WaitSeconds, d.WaitSeconds)
	or(&l.AheadSeconds, d.AheadSeconds)
	or(&l.Calls, d.Calls)
	or(&l.Strikes, d.Strikes)
	return l
}

// verdict is what a message says about its sender.
type verdict uint8

const (
	fine      verdict = iota
	stray             // an answer to what nobody asks any more: honest, but useless
	excessive         // too many
	unknown           // no such type, or not one for the sender to send
	malformed         // bytes that nobody of this version writes
)

// What verdicts cost.
const (
	strikeExcessive = 1
	strikeBroken    = 25
	forgiven        = 10 // strikes a second
)

// ErrAbuse is wrapped by the error that a peer's messages come to.
var ErrAbuse = errors.New("message: too many strikes")

// AbuseError says whose messages broke the limits and what they did: the
// session ends the connection.
type AbuseError struct {
	Player input.PlayerID // 0: the server
	Stats  Stats
}

// Error is one line.
func (e *AbuseError) Error() string {
	return fmt.Sprintf("%v: %d malformed, %d unknown, %d too many", ErrAbuse, e.Stats.Malformed, e.Stats.Unknown, e.Stats.Excessive)
}

// Unwrap makes errors.Is find [ErrAbuse].
func (e *AbuseError) Unwrap() error { return ErrAbuse }

// Stats counts the messages of a peer, or of all.
type Stats struct {
	Sent          uint64
	SentBytes     uint64
	Received      uint64
	ReceivedBytes uint64
	Malformed     uint64
	Unknown       uint64 // no such type, or not from that side
	Excessive     uint64 // dropped by a limit
	Expired       uint64 // waited for an entity that never came
	Late          uint64 // came after their tick
	Overtaken     uint64 // sequenced ones that a newer one had overtaken
	Stray         uint64 // answers that nobody waited for any more
}

func (s *Stats) add(o Stats) {
	s.Sent += o.Sent
	s.SentBytes += o.SentBytes
	s.Received += o.Received
	s.ReceivedBytes += o.ReceivedBytes
	s.Malformed += o.Malformed
	s.Unknown += o.Unknown
	s.Excessive += o.Excessive
	s.Expired += o.Expired
	s.Late += o.Late
	s.Overtaken += o.Overtaken
	s.Stray += o.Stray
}
