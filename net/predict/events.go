package predict

import (
	"fmt"
	"math"
	"reflect"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/message"
	"github.com/tandem-engine/tandem/net/replicate"
)

// EventKey tells events of one type apart, on all machines and in all replays.
type EventKey struct {
	Tick    uint32       // in which it happened
	Source  replicate.ID // the entity that it comes from
	Ordinal uint8        // among those of the source in that tick
}

// Emitted is an event as a client shows it.
type Emitted[T any] struct {
	Key   EventKey
	Value T
}

// eventMail is an event on its way from the server to those who know its source;
// the message has its tick. The source is a plain number: a message that names an
// entity would wait for it, and the last event of one comes when it is gone.
type eventMail[T any] struct {
	Source  uint64
	Ordinal uint8
	Value   T
}

// Event makes T a predicted event: a sound, a flash, whatever is shown once and
// is no state. Plugins that both sides share call it; the net tags of T say how
// it travels.
//
// Systems of the Simulate phase emit through [EventsOf], on both sides and in
// replayed ticks alike; a client's presenters show what begins:
//
//	for _, e := range events.Begun() { play(e.Value) }
//
// What is predicted here begins at once, and once however often its tick is
// replayed; it is confirmed when the server's state agrees, or cancelled when a
// replay or the server knows nothing of it. What happens to an entity that is
// interpolated here begins when that moment is shown.
func Event[T any](app *engine.App) {
	name := "event " + reflect.TypeFor[T]().String()
	message.Register[eventMail[T]](app, message.Name(name), message.AtPlayhead(), message.FromServer())
	e := &Events[T]{name: name, counts: map[replicate.ID]uint16{}}
	ecs.SetResource(app.World(), e)
	h := eventHubOf(app.World())
	h.list = append(h.list, e)
	app.Receive(e)
}

// Events is where systems emit events of one type, and where a client's
// presenters find what to show.
type Events[T any] struct {
	name   string
	client bool // a predictor is at work
	out    message.Outbox[eventMail[T]]
	in     message.Inbox[eventMail[T]]

	ticks  [eventTicks]happened[T]
	tick   uint32                  // of counts
	counts map[replicate.ID]uint16 // events of a source

	now, next shownEvents[T] // of this frame, and of the next
}

// eventTicks is for how many ticks events are remembered.
const eventTicks = 512

// mostEvents bounds the events that wait for a frame on a client that draws
// none, mostInTick those of one tick that are remembered: a server may tell of any
// number.
const (
	mostEvents = 4096
	mostInTick = 1024
)

// happened is what is known of one tick. A run of the tick finds again what was
// known before, in the same order as a rule; all else is new.
type happened[T any] struct {
	tick   uint32
	events []happening[T]
	known  int // so many were known when the newest run began
	next   int // the one of those that is expected next
}

// happening is one event of a tick.
type happening[T any] struct {
	key       EventKey
	value     T
	confirmed bool
	seen      bool // in the newest run of its tick
	doubtful  bool // the server's state of its tick was another one
}

type shownEvents[T any] struct{ begun, confirmed, cancelled []Emitted[T] }

// EventsOf returns the world's events of a type, always the same pointer. It
// panics unless a plugin has called [Event].
func EventsOf[T any](s *ecs.Sim) *Events[T] {
	e := ecs.Resource[Events[T]](s.World())
	if e == nil {
		panic(fmt.Sprintf("predict: no events of type %v: call predict.Event in a plugin of both sides", reflect.TypeFor[T]()))
	}
	return e
}

// Init implements engine.Initer.
func (e *Events[T]) Init(s *ecs.Sim) {
	e.out, e.in = message.To[eventMail[T]](s), message.From[eventMail[T]](s)
}

// Update implements engine.System: a tick begins.
func (e *Events[T]) Update(t engine.Tick) { e.begin(t.Number) }

// begin counts anew, also for a tick that is run again.
func (e *Events[T]) begin(tick uint32) {
	e.tick = tick
	clear(e.counts)
	if b := &e.ticks[tick%eventTicks]; b.tick == tick {
		b.known, b.next = len(b.events), 0
	}
}

// Emit says that something happens to, or comes from, an entity in this tick.
// Who simulates the entity emits it: the server, and each client that predicts
// it. Events of one source in one tick are told apart by their order.
func (e *Events[T]) Emit(t engine.Tick, source replicate.ID, v T) {
	if t.Number != e.tick {
		e.begin(t.Number)
	}
	key := EventKey{t.Number, source, e.ordinal(source)}
	if !e.client {
		e.out.At(t.Number).Seeing(source, eventMail[T]{uint64(source), key.Ordinal, v})
		return
	}
	if h := e.again(key); h != nil {
		h.seen = true
		return
	}
	e.add(happening[T]{key: key, value: v, seen: true})
}

func (e *Events[T]) ordinal(source replicate.ID) uint8 {
	n := e.counts[source]
	if n > math.MaxUint8 {
		panic(fmt.Sprintf("predict: more than 256 of %s from entity %d in one tick: put them into one", e.name, source))
	}
	e.counts[source] = n + 1
	return uint8(n)
}

// again finds what an earlier run of the tick that is being run has emitted.
func (e *Events[T]) again(k EventKey) *happening[T] {
	b := &e.ticks[k.Tick%eventTicks]
	if b.tick != k.Tick {
		return nil
	}
	for i := range b.known {
		at := (b.next + i) % b.known
		if b.events[at].key == k {
			b.next = at + 1
			return &b.events[at]
		}
	}
	return nil
}

// Begun lists what begins in this frame, in the order in which it became known.
func (e *Events[T]) Begun() []Emitted[T] { return e.now.begun }

// Confirmed lists what the server agrees has happened: each once, after or in
// the frame in which it began.
func (e *Events[T]) Confirmed() []Emitted[T] { return e.now.confirmed }

// Cancelled lists what began and has not happened after all.
func (e *Events[T]) Cancelled() []Emitted[T] { return e.now.cancelled }

func (e *Events[T]) find(k EventKey) *happening[T] {
	b := &e.ticks[k.Tick%eventTicks]
	if b.tick != k.Tick {
		return nil
	}
	for i := range b.events {
		if b.events[i].key == k {
			return &b.events[i]
		}
	}
	return nil
}

// add files an event and lets it begin.
func (e *Events[T]) add(h happening[T]) {
	b := &e.ticks[h.key.Tick%eventTicks]
	if b.tick > h.key.Tick {
		return // so old that its place has been taken: nobody would believe it
	}
	if b.tick != h.key.Tick {
		clear(b.events)
		b.tick, b.events, b.known = h.key.Tick, b.events[:0], 0
	}
	if len(b.events) == mostInTick {
		return
	}
	b.events = append(b.events, h)
	note(&e.next.begun, &h)
	if h.confirmed {
		note(&e.next.confirmed, &h)
	}
}

func note[T any](list *[]Emitted[T], h *happening[T]) {
	if len(*list) < mostEvents {
		*list = append(*list, Emitted[T]{h.key, h.value})
	}
}

// each calls f for the events of the ticks from first to last; those for which it
// returns false are dropped.
func (e *Events[T]) each(first, last uint32, f func(*happening[T]) bool) {
	for n := first; n <= last && n-first < eventTicks; n++ {
		b := &e.ticks[n%eventTicks]
		if b.tick != n {
			continue
		}
		kept := b.events[:0]
		for i := range b.events {
			if h := &b.events[i]; f(h) {
				kept = append(kept, *h)
			}
		}
		clear(b.events[len(kept):])
		b.events = kept
	}
}
