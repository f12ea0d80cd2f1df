package message

import (
	"reflect"
	"unsafe"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/wire"
)

// replayTicks and replayMessages bound what a client keeps of messages tied to
// a tick, for rollbacks: as many ticks as prediction can go back.
const (
	replayTicks    = 128
	replayMessages = 1024
)

// Received is a message that has come.
type Received[T any] struct {
	From  input.PlayerID // who sent it; 0: the server
	Tick  uint32         // types tied to a tick: that tick, as the sender said; others: the tick of delivery
	Value T
}

// letters is a message type: what has come and how it is read.
type letters[T any] struct {
	hub    *hub
	spec   spec
	now    []Received[T] // readable in this tick
	held   []held[T]     // in the order of arrival
	past   []Received[T] // clients, types tied to a tick: delivered lately
	again  []Received[T] // of the past, for the tick that is replayed
	coming T             // where the next message is decoded
	going  T             // and what is being sent: fields that do not travel must not mix
}

// held is a message that was not delivered yet.
type held[T any] struct {
	from     *Peer
	since    uint64 // step in which only its entity was missing; 0: not looked at yet
	tick     uint32
	sequence uint16
	value    T
}

func (l *letters[T]) about() *spec { return &l.spec }

// forget leaves what is held to deliver, which looks at who is gone. A client has
// one peer, and with it goes the past.
func (l *letters[T]) forget(*Peer) {
	clear(l.past)
	l.past = l.past[:0]
}

// take reads one message and holds it until the next delivery.
func (l *letters[T]) take(r *wire.Reader, p *Peer, form uint64) verdict {
	h, s := l.hub, &l.spec
	if form != formMessage {
		return malformed
	}
	if !p.maySend(s.origin) {
		return unknown
	}
	m := held[T]{from: p, tick: h.tick}
	if s.delivery == sequenced {
		m.sequence = uint16(r.Bits(16))
	}
	if s.due != onArrival {
		m.tick = nearest(h.tick, uint16(r.Bits(16)))
	}
	if s.codec.Decode(r, unsafe.Pointer(&l.coming)) != nil {
		return malformed
	}
	s.stats.Received++
	p.stats.Received++
	ahead := int32(m.tick - h.tick)
	if !p.allowed(s) || s.due != onArrival && ahead > int32(h.ticks(h.limits.AheadSeconds)) {
		return excessive
	}
	m.value = l.coming
	l.held = append(l.held, m)
	return fine
}

// What becomes of a held message.
type fate uint8

const (
	keep fate = iota
	give
	drop
)

// deliver moves what is due from held to now.
func (l *letters[T]) deliver(now moment) {
	clear(l.now)
	l.now = l.now[:0]
	rest := l.held[:0]
	for i := range l.held {
		m := &l.held[i]
		switch l.decide(m, now) {
		case give:
			l.hand(m, now)
		case keep:
			if m.from.mayWait() {
				rest = append(rest, *m)
			}
		}
	}
	clear(l.held[len(rest):])
	l.held = rest
	l.fade(now.tick)
}

// decide says what becomes of a message now.
func (l *letters[T]) decide(m *held[T], now moment) fate {
	p, h, s := m.from, l.hub, &l.spec
	if p.gone {
		return drop
	}
	if !now.reached(s.due, m.tick) {
		return keep
	}
	t := &p.types[s.number]
	if s.delivery == sequenced && t.any && int16(m.sequence-t.delivered) <= 0 {
		p.stats.Overtaken++
		return drop
	}
	if m.since == 0 {
		m.since = now.step
	}
	ordered := s.delivery == reliable && s.due == onArrival
	known := h.known(&s.names, unsafe.Pointer(&m.value))
	if !known && now.step-m.since >= uint64(h.ticks(h.limits.WaitSeconds)) {
		p.stats.Expired++
		return drop
	}
	if !known || ordered && t.blocked == now.step {
		t.blocked = now.step
		return keep
	}
	return give
}

// hand makes a message readable.
func (l *letters[T]) hand(m *held[T], now moment) {
	s, tick := &l.spec, m.tick
	switch {
	case s.due == onArrival:
		tick = now.tick
	case s.due == atTick && m.since == now.step && tick != now.tick:
		m.from.stats.Late++
	}
	if s.delivery == sequenced {
		t := &m.from.types[s.number]
		t.delivered, t.any = m.sequence, true
	}
	r := Received[T]{From: m.from.player, Tick: tick, Value: m.value}
	l.now = append(l.now, r)
	if s.due == atTick && l.hub.side == playing && len(l.past) < replayMessages {
		l.past = append(l.past, r)
	}
}

// fade forgets the past that no rollback reaches.
func (l *letters[T]) fade(tick uint32) {
	rest := l.past[:0]
	for i := range l.past {
		if tick-l.past[i].Tick < replayTicks {
			rest = append(rest, l.past[i])
		}
	}
	clear(l.past[len(rest):])
	l.past = rest
}

func (l *letters[T]) read(t engine.Tick) []Received[T] {
	if !t.Replay {
		return l.now
	}
	l.again = l.again[:0]
	for i := range l.past {
		if l.past[i].Tick == t.Number {
			l.again = append(l.again, l.past[i])
		}
	}
	return l.again
}

// Inbox is where a system reads the messages of one type.
type Inbox[T any] struct{ letters *letters[T] }

// From makes the inbox of a message type, to be kept by a system. It panics if
// the type is not registered.
func From[T any](s *ecs.Sim) Inbox[T] {
	return Inbox[T]{find[*letters[T]](hubIn(s, "From").table, reflect.TypeFor[T](), "Register")}
}

// Read returns the messages that are due in this tick: those of one sender in
// the order in which they were sent, unless their type says otherwise. The
// slice is valid until the tick ends and must not be changed. In a tick that a
// rollback replays only types registered with [AtTick] are there.
func (in Inbox[T]) Read(t engine.Tick) []Received[T] { return in.letters.read(t) }

// Outbox is where a system sends messages of one type. It is a small value.
type Outbox[T any] struct {
	letters *letters[T]
	tick    uint32
	tied    bool
}

// To makes the outbox of a message type, to be kept by a system. It panics if
// the type is not registered.
func To[T any](s *ecs.Sim) Outbox[T] {
	return Outbox[T]{letters: find[*letters[T]](hubIn(s, "To").table, reflect.TypeFor[T](), "Register")}
}

// At returns the outbox for messages that belong to a tick other than the
// current one, within four minutes at 60 ticks a second. The type must be
// registered with [AtTick] or [AtPlayhead].
func (o Outbox[T]) At(tick uint32) Outbox[T] {
	if o.letters.spec.due == onArrival {
		panic("message: " + o.letters.spec.name + " comes when it comes: register it with AtTick or AtPlayhead to send it for a tick")
	}
	o.tick, o.tied = tick, true
	return o
}

// Server sends from a client to the server.
func (o Outbox[T]) Server(v T) { o.send(target{}, v) }

// Player sends from the server to one player. It does nothing if the player is
// not there, and for 0.
func (o Outbox[T]) Player(id input.PlayerID, v T) {
	if id != 0 {
		o.send(target{player: id}, v)
	}
}

// Players sends from the server to several players.
func (o Outbox[T]) Players(ids []input.PlayerID, v T) {
	for _, id := range ids {
		o.Player(id, v)
	}
}

// All sends from the server to every player.
func (o Outbox[T]) All(v T) { o.send(target{kind: toAll}, v) }

// Except sends from the server to every player but one.
func (o Outbox[T]) Except(id input.PlayerID, v T) { o.send(target{kind: toAllBut, player: id}, v) }

// Seeing sends from the server to every player who has been told of an entity,
// even if it ends in this tick; if nobody has, to those who are told of it with
// this tick.
func (o Outbox[T]) Seeing(id replicate.ID, v T) {
	h, told := o.letters.hub, false
	for _, p := range h.peers {
		if h.audience != nil && h.audience.Knows(p.player, id) {
			o.Player(p.player, v)
			told = true
		}
	}
	if !told {
		o.send(target{kind: toSeeing, entity: id}, v)
	}
}

func (o Outbox[T]) send(to target, v T) {
	l := o.letters
	h := l.hub
	if !h.open(&l.spec, to) {
		return
	}
	tick := h.app.Tick()
	if o.tied {
		if ahead := int32(o.tick - tick); ahead > maxAhead || ahead < -maxAhead {
			panic("message: " + l.spec.name + ": Outbox.At a tick more than 16384 from now: send it when it is nearer")
		}
		tick = o.tick
	}
	l.going = v
	h.write(&l.spec, to, head{form: formMessage, tick: tick}, l.spec.codec, unsafe.Pointer(&l.going))
}
