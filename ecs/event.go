package ecs

// Events are values of one type that systems tell each other within a tick. An event is readable from Emit until the
// next Simulate phase begins, so every system that runs after its emitter sees it, also in the phases that follow.
type Events[T any] struct{ list []T }

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

// Read returns the events so far, in the order of Emit. The slice is valid until the events are cleared and must not
// be changed.
func (e *Events[T]) Read() []T { return e.list }

func (e *Events[T]) clear() {
	clear(e.list)
	e.list = e.list[:0]
}

// ClearEvents forgets all events of all types. The App calls it when a Simulate phase begins.
func (w *World) ClearEvents() {
	for _, e := range w.events {
		e.clear()
	}
}

type clearer interface{ clear() }
