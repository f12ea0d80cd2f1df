package predict

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/replicate"
)

// eventHub is the resource through which the predictor reaches the events of all
// types.
type eventHub struct {
	list   []predictedEvents
	judged uint32 // newest tick that a snapshot has spoken of
}

// predictedEvents is Events of any type.
type predictedEvents interface {
	predict()
	begin(tick uint32)
	receive(t engine.Tick)
	agree(first, last uint32)
	doubt(first, last uint32)
	rewind(first, last uint32)
	settle(first, last uint32)
	expire(tick, limit uint32)
	reset()
	frame()
}

func eventHubOf(w *ecs.World) *eventHub {
	h := ecs.Resource[eventHub](w)
	if h == nil {
		h = &eventHub{}
		ecs.SetResource(w, h)
	}
	return h
}

// span is the ticks after what was judged last, up to tick.
func (h *eventHub) span(tick uint32) (first uint32) {
	first = max(h.judged, tick-min(tick, eventTicks-1)) + 1
	h.judged = tick
	return first
}

// doubtSeconds is how long a doubtful event waits for the server's word.
const doubtSeconds = 2

// predict makes this side a client's.
func (e *Events[T]) predict() { e.client = true }

// receive takes what the server says has happened.
func (e *Events[T]) receive(t engine.Tick) {
	for _, m := range e.in.Read(t) {
		v := m.Value
		key := EventKey{m.Tick, replicate.ID(v.Source), v.Ordinal}
		h := e.find(key)
		if h == nil {
			e.add(happening[T]{key: key, value: v.Value, confirmed: true})
			continue
		}
		e.confirm(h)
	}
}

func (e *Events[T]) confirm(h *happening[T]) {
	if !h.confirmed {
		h.confirmed, h.doubtful = true, false
		note(&e.next.confirmed, h)
	}
}

// agree confirms the events of ticks whose state the server agrees with.
func (e *Events[T]) agree(first, last uint32) {
	e.each(first, last, func(h *happening[T]) bool {
		if !h.doubtful {
			e.confirm(h)
		}
		return true
	})
}

// doubt notes that the server's state was another one after these ticks, which
// are not replayed: only the server can say what has happened in them.
func (e *Events[T]) doubt(first, last uint32) {
	e.each(first, last, func(h *happening[T]) bool {
		h.doubtful = !h.confirmed
		return true
	})
}

// rewind begins a replay of ticks.
func (e *Events[T]) rewind(first, last uint32) {
	e.each(first, last, func(h *happening[T]) bool {
		h.seen = false
		return true
	})
}

// settle ends a replay: what did not happen again is cancelled.
func (e *Events[T]) settle(first, last uint32) {
	e.each(first, last, func(h *happening[T]) bool {
		if h.seen || h.confirmed {
			return true
		}
		note(&e.next.cancelled, h)
		return false
	})
}

// expire cancels what has been doubtful for more than limit ticks.
func (e *Events[T]) expire(tick, limit uint32) {
	if tick <= limit {
		return
	}
	e.each(max(tick-limit, 64)-63, tick-limit, func(h *happening[T]) bool {
		if h.doubtful {
			note(&e.next.cancelled, h)
		}
		return !h.doubtful
	})
}

// reset forgets everything: the client is in another room.
func (e *Events[T]) reset() {
	e.ticks = [eventTicks]happened[T]{}
	e.now, e.next = shownEvents[T]{}, shownEvents[T]{}
}

// frame makes what has become known since the last frame readable.
func (e *Events[T]) frame() {
	e.now, e.next = e.next, e.now
	for _, l := range []*[]Emitted[T]{&e.next.begun, &e.next.confirmed, &e.next.cancelled} {
		clear(*l)
		*l = (*l)[:0]
	}
}
