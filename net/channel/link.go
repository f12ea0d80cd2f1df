package channel

import (
	"math"
	"time"
)

// Never is the time of a timer that is not set.
const Never = time.Duration(math.MaxInt64)

// Link is one end of a connection: it turns messages into the plaintext of packets and
// back. It is a state machine without a clock, a socket or a goroutine; one goroutine owns
// it. Made by NewLink.
type Link struct {
	limits  Limits
	names   Table
	out     []sender   // by number on the wire
	in      []receiver // by number on the wire
	active  []uint8    // senders that may have something to send
	packet  packet
	bufs    buffers
	tx      account
	rx      account
	reserve int

	sent    sentPackets
	history history
	rtt     rtt
	cc      congestion
	rate    rate

	inbox      inbox
	control    inbox
	fates      ring[Fate]
	spreads    spreads
	notices    ring[Notice]
	events     ring[BulkEvent]
	spareParts [][]part
	backlog    ring[laterAck]
	reported   uint64 // largest of the last ACK that was sent or put aside

	now        time.Duration
	lossAt     time.Duration // when a packet is lost by time; 0: not set
	ackAt      time.Duration // when an ACK is due, if unacked > 0
	elicitedAt time.Duration // when a packet that asks for an ACK was sent last
	heardAt    time.Duration // when a packet came in last
	grace      time.Duration // how much longer than that a reordering path needs
	queueDelay time.Duration // moving mean
	lossWindow lossWindow

	busyMark uint64        // messages in and out when …
	busyAt   time.Duration // … that changed last
	trimmed  bool
	settleAt time.Duration

	reorder        uint64 // how many packets later an acknowledged one must be
	queued         int    // bytes in queues
	queuedMessages int
	tokens         int // given to Send and not fetched from Fate
	assemblies     int
	unacked        int // packets that ask for an ACK since the last one sent
	backoff        int // probe timeouts in a row
	probes         int // probe packets to send, whatever the congestion window says
	probeTurn      int // channel that the next probe begins with
	owed           int // WINDOW and CANCEL frames to send
	held           bool
	stalled        bool // a stream's reader had nothing
	started        bool

	closing *closing
	remote  *Closed
	stats   Stats
}

// NewLink returns a Link in its initial state. The error wraps ErrTable or ErrConfig.
func NewLink(cfg Config) (*Link, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	specs := make([]Spec, 0, len(cfg.Channels)+1)
	specs = append(specs, Spec{Name: "control", Kind: Ordered, Priority: controlPriority}.withDefaults())
	for _, s := range cfg.Channels {
		specs = append(specs, s.withDefaults())
	}
	reserve := reserveFor(specs)
	limits := cfg.Limits.withDefaults(reserve)
	if err := limits.validate(reserve, len(cfg.Channels)); err != nil {
		return nil, err
	}
	l := &Link{
		reorder: reorderThreshold,
		limits:  limits, names: cfg.Channels, reserve: reserve,
		out: make([]sender, len(specs)), in: make([]receiver, len(specs)),
		tx: account{limit: limits.SendBytes}, rx: account{limit: limits.ReceiveBytes},
		bufs: buffers{guaranteed: limits.Guaranteed, shared: cfg.Memory},
	}
	l.cc.init(or(cfg.Floor, defaultFloor), cfg.Ceiling)
	for i, s := range specs {
		l.out[i] = sender{
			kind: s.Kind, priority: s.Priority, weight: s.Weight,
			maxSize: int32(s.MaxMessage), number: uint8(i),
		}
		l.in[i] = receiver{kind: s.Kind, maxSize: int32(s.MaxMessage), number: uint8(i)}
	}
	return l, nil
}

// nameOf is the name of a channel for people.
func (l *Link) nameOf(c *sender) string {
	if c.number == 0 {
		return "control"
	}
	return l.names[c.number-1].Name
}

// advance moves the Link's time, never backwards.
func (l *Link) advance(now time.Duration) {
	if !l.started {
		l.started = true
		l.now, l.elicitedAt, l.heardAt = now, now, now
	}
	l.now = max(l.now, now)
}

// Hold keeps everything but the control channel queued while held is true, for as long as
// a handshake is not complete.
func (l *Link) Hold(held bool) { l.held = held }

// HeardAt is when a packet was last taken in: the owner closes the connection when that is
// too long ago.
func (l *Link) HeardAt() time.Duration { return l.heardAt }

// NextTimer is when Build should be called next even if nothing is queued until then; Never
// if there is nothing to wait for. A time that has passed means now.
func (l *Link) NextTimer() time.Duration {
	if l.closed() {
		if l.remote == nil && l.closing.left > 0 {
			return l.closing.next
		}
		return Never
	}
	t := l.elicitedAt + pingAfter
	if l.unacked > 0 {
		t = min(t, l.ackAt)
	}
	if l.lossAt != 0 {
		t = min(t, l.lossAt)
	}
	t = min(t, l.probeAt())
	if l.stalled {
		t = min(t, l.now+stallRetry)
	}
	if (l.pending() || l.owesFrames()) && l.sent.ring.len() < maxSent {
		t = min(t, l.cc.nextSend(l.now, l.sent.bytes, l.pendingLive()))
	}
	return t
}

// stallRetry is how often a stream's reader that had nothing is asked again.
const stallRetry = 5 * time.Millisecond

// wake asks the readers of stalled streams again.
func (l *Link) wake() {
	if !l.stalled {
		return
	}
	l.stalled = false
	for i := range l.out {
		if c := &l.out[i]; c.bulk != nil && c.bulk.stalled {
			c.bulk.stalled = false
			l.activate(c)
		}
	}
}
