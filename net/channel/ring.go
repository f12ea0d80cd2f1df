package channel

// ring is a queue in a slice whose length is a power of two. It allocates only to
// grow, so that a queue of steady length costs nothing. The zero value is empty and
// owns no memory.
type ring[T any] struct {
	buf  []T
	head int
	n    int
	peak int // most elements since the last settle
}

// ringMin is the length of the first slice a ring takes.
const ringMin = 8

func (r *ring[T]) len() int { return r.n }

// at returns the i-th element from the front; the pointer holds until the next push.
func (r *ring[T]) at(i int) *T {
	if uint(i) >= uint(r.n) {
		panic("channel: ring index out of range")
	}
	return &r.buf[(r.head+i)&(len(r.buf)-1)]
}

// push appends v.
func (r *ring[T]) push(v T) {
	if r.n == len(r.buf) {
		r.grow()
	}
	r.buf[(r.head+r.n)&(len(r.buf)-1)] = v
	r.n++
	r.peak = max(r.peak, r.n)
}

// insert puts v before the i-th element.
func (r *ring[T]) insert(i int, v T) {
	r.push(v)
	for j := r.n - 1; j > i; j-- {
		*r.at(j) = *r.at(j - 1)
	}
	*r.at(i) = v
}

// pop removes the front element and returns it.
func (r *ring[T]) pop() T {
	var zero T
	v := *r.at(0)
	r.buf[r.head] = zero
	r.head = (r.head + 1) & (len(r.buf) - 1)
	r.n--
	return v
}

// remove takes out the i-th element and returns it.
func (r *ring[T]) remove(i int) T {
	v := *r.at(i)
	for ; i > 0; i-- {
		*r.at(i) = *r.at(i - 1)
	}
	r.pop()
	return v
}

// trim returns the memory that the elements do not need.
func (r *ring[T]) trim() {
	if r.n == 0 {
		r.buf, r.head = nil, 0
		return
	}
	size := ringMin
	for size < r.n {
		size *= 2
	}
	if size < len(r.buf) {
		r.resize(size)
	}
}

// settle returns memory that was not needed since the last settle.
func (r *ring[T]) settle() {
	if 4*r.peak < len(r.buf) && len(r.buf) > ringMin {
		r.resize(max(ringMin, len(r.buf)/2))
	}
	r.peak = r.n
}

func (r *ring[T]) grow() { r.resize(max(ringMin, 2*len(r.buf))) }

func (r *ring[T]) resize(size int) {
	next := make([]T, size)
	for i := range r.n {
		next[i] = *r.at(i)
	}
	r.buf, r.head = next, 0
}
