package replicate

import "unsafe"

// Column is a growing list of values of one component type, reached by
// pointer. Its memory is typed, so that strings and slices inside stay alive.
type Column interface {
	Reset()                     // forgets the values, keeps the memory
	Resize(n int)               // makes room for n values; new ones are zero
	Len() int                   //
	Append(p unsafe.Pointer)    // adds a copy of *p
	AppendZero() unsafe.Pointer // adds a zero value and returns it, valid until the next Append
	At(i int) unsafe.Pointer    // value i, valid until the next Append
	Copy(dst, p unsafe.Pointer) // *dst = *p
	Value(i int) any            // value i as it is, for reports

	// Scatter copies values that lie side by side at p: the i-th becomes value
	// at[i]. Gather copies them back.
	Scatter(p unsafe.Pointer, at []uint32)
	Gather(p unsafe.Pointer, at []uint32)
}

type column[T any] struct{ values []T }

func (c *column[T]) Reset()                     { clear(c.values); c.values = c.values[:0] }
func (c *column[T]) Len() int                   { return len(c.values) }
func (c *column[T]) Append(p unsafe.Pointer)    { c.values = append(c.values, *(*T)(p)) }
func (c *column[T]) At(i int) unsafe.Pointer    { return unsafe.Pointer(&c.values[i]) }
func (c *column[T]) Value(i int) any            { return c.values[i] }
func (c *column[T]) Copy(dst, p unsafe.Pointer) { *(*T)(dst) = *(*T)(p) }

func (c *column[T]) Resize(n int) {
	if extra := n - len(c.values); extra > 0 {
		c.values = append(c.values, make([]T, extra)...)
	}
}

func (c *column[T]) Scatter(p unsafe.Pointer, at []uint32) {
	for i, v := range unsafe.Slice((*T)(p), len(at)) {
		c.values[at[i]] = v
	}
}

func (c *column[T]) Gather(p unsafe.Pointer, at []uint32) {
	to := unsafe.Slice((*T)(p), len(at))
	for i, k := range at {
		to[i] = c.values[k]
	}
}

func (c *column[T]) AppendZero() unsafe.Pointer {
	var zero T
	c.values = append(c.values, zero)
	return unsafe.Pointer(&c.values[len(c.values)-1])
}
