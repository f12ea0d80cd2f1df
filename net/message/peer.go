package message

import (
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/wire"
)

// Peer is the other end of one connection.
type Peer struct {
	hub    *hub
	player input.PlayerID
	conn   Conn // nil: not connected yet
	gone   bool
	err    error

	types      []peerType
	reliable   []byte // batch to send, whole messages
	unreliable []byte

	messages bucket
	bytes    bucket
	strikes  int
	rested   int // steps since strikes were forgiven
	waiting  int // messages of its that were held back in this step
	asked    int // calls that it has been asked and not answered
	open     int // calls of its own that wait for an answer
	stats    Stats
}

// peerType is what is known of one peer and one type.
type peerType struct {
	next      uint16 // sequence number of the next message to it
	delivered uint16 // sequence number of the newest message of its that was delivered
	any       bool   // there is one
	blocked   uint64 // step in which an earlier message is held back
	bucket    bucket
	limited   bool // bucket has begun
}

// bucket is an allowance that fills by a rate each step and holds a burst, in
// units of 1/TickRate.
type bucket struct {
	tokens int
	step   uint64
}

// take takes n out of a bucket that fills with rate a second, and reports
// whether they were there.
func (b *bucket) take(n, rate, burst, tickRate int, step uint64) bool {
	b.fill(rate, burst, tickRate, step)
	if b.tokens < n*tickRate {
		return false
	}
	b.tokens -= n * tickRate
	return true
}

func (b *bucket) fill(rate, burst, tickRate int, step uint64) {
	passed := int(min(step-b.step, uint64(tickRate*60)))
	b.step = step
	b.tokens = min(b.tokens+passed*rate, burst*tickRate)
}

// Player is whose peer it is; 0 is the server.
func (p *Peer) Player() input.PlayerID { return p.player }

// Stats counts the peer's messages.
func (p *Peer) Stats() Stats { return p.stats }

// Err says that the connection should end: the peer earned too many strikes
// (an [AbuseError]), or it has stopped reading what is reliable. nil: all is
// well.
func (p *Peer) Err() error { return p.err }

// rest begins a step: strikes are forgiven as time passes.
func (p *Peer) rest() {
	p.waiting = 0
	if p.rested++; p.rested >= p.hub.app.TickRate()/forgiven || p.strikes == 0 {
		p.rested = 0
		p.strikes = max(p.strikes-1, 0)
	}
}

// Receive takes one message of the channels of [Channels]: a batch of ours. An
// error, the one of [Peer.Err], means that the connection should end.
func (p *Peer) Receive(data []byte) error {
	if p.gone || p.err != nil {
		return p.err
	}
	p.stats.ReceivedBytes += uint64(len(data))
	h := p.hub
	if !p.bytes.take(len(data), h.limits.BytesPerSecond, 2*h.limits.BytesPerSecond, h.app.TickRate(), h.steps) {
		p.judge(excessive)
		return p.err
	}
	r := &h.reader
	r.Reset(data)
	for r.Left() > 0 && p.err == nil {
		v, more := p.message(r)
		if r.Err() != nil {
			v, more = malformed, false
		}
		p.judge(v)
		if !more {
			break
		}
		r.Align()
	}
	return p.err
}

// message takes the next message of a batch and reports whether the reader
// stands at the next.
func (p *Peer) message(r *wire.Reader) (v verdict, more bool) {
	h := p.hub
	if !p.messages.take(1, h.limits.PerSecond, h.limits.Burst, h.app.TickRate(), h.steps) {
		return excessive, false
	}
	head := r.Uvarint()
	n, form := head>>formBits, head&(1<<formBits-1)
	if r.Err() != nil {
		return malformed, false
	}
	if n >= uint64(len(h.table.entries)) {
		return unknown, false
	}
	v = h.table.entries[n].take(r, p, form)
	return v, v != malformed && v != unknown
}

// judge counts a verdict and lets the sender pay for it.
func (p *Peer) judge(v verdict) {
	switch v {
	case fine:
		return
	case stray:
		p.stats.Stray++
		return
	case excessive:
		p.stats.Excessive++
		p.strikes += strikeExcessive
	case unknown:
		p.stats.Unknown++
		p.strikes += strikeBroken
	case malformed:
		p.stats.Malformed++
		p.strikes += strikeBroken
	}
	if p.strikes >= p.hub.limits.Strikes && p.err == nil {
		p.err = &AbuseError{Player: p.player, Stats: p.stats}
	}
}

// maySend reports whether the peer is on a side that sends a type.
func (p *Peer) maySend(o origin) bool {
	switch o {
	case fromServer:
		return p.hub.side == playing
	case fromClients:
		return p.hub.side == serving
	default:
		return true
	}
}

// allowed reports whether a type's own limit lets the peer send one more.
func (p *Peer) allowed(s *spec) bool {
	if s.perSecond == 0 {
		return true
	}
	t, rate := &p.types[s.number], p.hub.app.TickRate()
	if !t.limited {
		t.limited = true
		t.bucket = bucket{tokens: s.perSecond * rate, step: p.hub.steps}
	}
	return t.bucket.take(1, s.perSecond, s.perSecond, rate, p.hub.steps)
}

// mayWait reports whether one more message of the peer may be held back.
func (p *Peer) mayWait() bool {
	if p.waiting >= p.hub.limits.Waiting {
		p.judge(excessive)
		return false
	}
	p.waiting++
	return true
}

// put adds a message to the peer's batch.
func (p *Peer) put(s *spec, rec *record, b []byte) {
	p.stats.Sent++
	p.stats.SentBytes += uint64(len(b))
	s.stats.Sent++
	s.stats.SentBytes += uint64(len(b))
	if s.delivery == reliable {
		if len(p.reliable) > 0 && len(p.reliable)+len(b) > reliableBatch {
			p.sendReliable()
		}
		p.reliable = append(p.reliable, b...)
		return
	}
	if len(p.unreliable) > 0 && len(p.unreliable)+len(b) > MaxUnreliable {
		p.sendUnreliable()
	}
	at := len(p.unreliable) + rec.sequence
	p.unreliable = append(p.unreliable, b...)
	if s.delivery == sequenced {
		t := &p.types[s.number]
		p.unreliable[at], p.unreliable[at+1] = byte(t.next), byte(t.next>>8)
		t.next++
	}
}

func (p *Peer) sendReliable() {
	if len(p.reliable) == 0 {
		return
	}
	if p.conn != nil {
		// What is reliable must not be lost silently. An error means that the
		// connection is ending, or that the peer has stopped reading.
		if err := p.conn.Send(p.hub.channels.Reliable, p.reliable, channel.SendOptions{}); err != nil && p.err == nil {
			p.err = err
		}
	}
	p.reliable = p.reliable[:0]
}

func (p *Peer) sendUnreliable() {
	if len(p.unreliable) == 0 {
		return
	}
	if p.conn != nil {
		// Refused or lost on the way is the same to the receiver.
		_ = p.conn.Send(p.hub.channels.Unreliable, p.unreliable, channel.SendOptions{})
	}
	p.unreliable = p.unreliable[:0]
}
