package channel

import "time"

// message is one message on its way out: queued, or in flight on a channel that resends.
type message struct {
	buf      []byte // payload, then one bit for each fragment that was acknowledged
	token    uint64
	deadline time.Duration // not to be sent after this; 0: none
	queued   time.Duration
	first    uint64 // datagram kinds: number of the packet with fragment 0
	spread   int32  // datagram kinds: its entry in spreads + 1, 0: none
	size     int32  // bytes of payload
	count    uint16 // fragments; 1: travels whole
	next     uint16 // the next fragment that was never sent
	acked    uint16 // fragments acknowledged
	priority uint8
	done     bool // every fragment acknowledged, memory given back
}

// messageOverhead is what the bookkeeping of a message is charged at, in bytes.
const messageOverhead = 64

// fragments is how many pieces a message of size bytes travels in.
func fragments(size int) int {
	return max(1, (size+FragmentSize-1)/FragmentSize)
}

// footprint is the length of the buffer for a message of size bytes.
func footprint(size int) int {
	if n := fragments(size); n > 1 {
		return size + (n+7)/8
	}
	return size
}

// cost is what the message is charged at.
func (m *message) cost() int { return cap(m.buf) + messageOverhead }

// fragment is the payload of the i-th piece.
func (m *message) fragment(i int) []byte {
	from := i * FragmentSize
	return m.buf[from:min(from+FragmentSize, int(m.size))]
}

// mark notes that fragment i was acknowledged and reports whether that is news.
func (m *message) mark(i int) bool {
	if m.done || i >= int(m.count) {
		return false
	}
	if m.count > 1 {
		bit := &m.buf[int(m.size)+i/8]
		if *bit>>(i%8)&1 != 0 {
			return false
		}
		*bit |= 1 << (i % 8)
	}
	m.acked++
	return true
}

// marked reports whether fragment i was acknowledged.
func (m *message) marked(i int) bool {
	if m.done {
		return true
	}
	return m.count > 1 && m.buf[int(m.size)+i/8]>>(i%8)&1 != 0
}
