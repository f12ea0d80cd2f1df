package client

// tracker remembers things from frame to frame by their keys, to tell what has come, changed and gone.
type tracker[T any] struct {
	known map[uint64]tracked[T]
	frame uint64
}

type tracked[T any] struct {
	value T
	frame uint64
}

func newTracker[T any]() tracker[T] { return tracker[T]{known: map[uint64]tracked[T]{}} }

// begin starts a frame.
func (t *tracker[T]) begin() { t.frame++ }

// see notes a thing and returns what it was in the frame before; known is false if it was not there.
func (t *tracker[T]) see(key uint64, now T) (before T, known bool) {
	was, known := t.known[key]
	t.known[key] = tracked[T]{now, t.frame}
	return was.value, known
}

// end forgets the things that were not seen in this frame, after a last word on each.
func (t *tracker[T]) end(gone func(last T)) {
	for key, it := range t.known {
		if it.frame != t.frame {
			delete(t.known, key)
			gone(it.value)
		}
	}
}
