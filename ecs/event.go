package ecs

// Events are values of one type that systems tell each other within a tick. An event is readable from Emit until the
// next tick begins, so every system that runs after its emitter sees it, also in the phases that follow. A tick that is
// replayed inside another has events of its own.
type Events[T any] struct {
	list  []T
	aside []T // of the tick around a replayed one
}

// EventsOf returns the world's events of a type; always the same pointer, to be kept by systems.
func EventsOf[T any](w *World) *Events[T] {
	e := Resource[Events[T]](w)
	if e == nil {
		e = new(Events[T])
		SetResource(w, e)
		w.events = append(w.events, e)
	}
	return e
}

// Emit adds an event.
func (e *Events[T]) Emit(v T) { e.list = append(e.list, v) }

// Read returns the events so far, in the order of Emit. The slice is valid until the tick ends and must not be changed.
func (e *Events[T]) Read() []T { return e.list }

func (e *Events[T]) clear() {
	clear(e.list) // so that the garbage collector sees none of what they point to
	e.list = e.list[:0]
}

func (e *Events[T]) swap() { e.list, e.aside = e.aside, e.list }

// eventList is Events of any type.
type eventList interface {
	clear()
	swap()
}

// ClearEvents forgets all events of all types. The App calls it when a tick begins.
func (w *World) ClearEvents() {
	for _, e := range w.events {
		e.clear()
	}
}

// SetEventsAside hides all events until [World.RestoreEvents], so that a replayed tick begins without any. The App calls
// both; they do not nest.
func (w *World) SetEventsAside() {
	for _, e := range w.events {
		e.swap()
	}
}

// RestoreEvents forgets the events since [World.SetEventsAside] and brings back the ones from before.
func (w *World) RestoreEvents() {
	for _, e := range w.events {
		e.clear()
		e.swap()
	}
}
