package session

import "sync/atomic"

// inbox takes what any goroutine puts in and gives it to one, in the order of
// arrival. Nobody waits for anybody. The zero value is empty.
type inbox[T any] struct {
	newest atomic.Pointer[letter[T]]
}

type letter[T any] struct {
	before *letter[T]
	value  T
}

// put adds a value.
func (b *inbox[T]) put(v T) {
	l := &letter[T]{value: v}
	for {
		l.before = b.newest.Load()
		if b.newest.CompareAndSwap(l.before, l) {
			return
		}
	}
}

// take empties the inbox, oldest first.
func (b *inbox[T]) take(each func(T)) {
	if b.newest.Load() == nil {
		return
	}
	var oldest *letter[T]
	for l := b.newest.Swap(nil); l != nil; {
		before := l.before
		l.before, oldest, l = oldest, l, before
	}
	for ; oldest != nil; oldest = oldest.before {
		each(oldest.value)
	}
}
