package transport

import (
	"net/netip"
	"sync/atomic"

	"github.com/tandem-engine/tandem/net/secure"
)

// entryKind says what an entry of a ring is.
type entryKind uint8

const (
	entryPacket  entryKind = iota // a data packet for a connection
	entryArrive                   // a connection that now belongs to the group
	entryClose                    // the endpoint wants a connection closed
	entryControl                  // a message for a connection's control channel
	entryLeave                    // a connection that the group gave back
	entryEnded                    // a connection became Closed
	entryGone                     // a closed connection need not be remembered any more
	entryResume                   // a connection needs a new resume token
	entryForeign                  // a packet that came to a Group's shard and is not its own
	entryBroken                   // the carrier of a Group's shard has failed
)

// entry is one thing that one goroutine hands to another.
type entry struct {
	kind   entryKind
	conn   *Conn
	lane   *lane
	header secure.Header
	from   netip.AddrPort
	data   []byte // packet or message; the buffer stays with the ring
	reason *CloseError
}

// ring hands entries from one goroutine to one other, in order, without locks:
// the producer writes tail, the consumer head, each reads the other's. It holds
// a fixed number of entries; what does not fit is the producer's to count.
type ring struct {
	slots []entry
	mask  uint64
	_     [48]byte // head and tail on cache lines of their own
	head  atomic.Uint64
	_     [56]byte
	tail  atomic.Uint64

	// Below is the producer's: the buffers of entries that have been consumed go
	// round, so that there are as many as were ever waiting at once.
	seen  uint64 // entries whose buffers were taken back
	spare [][]byte
}

// newRing rounds size up to a power of two.
func newRing(size int) *ring {
	n := 1
	for n < size {
		n *= 2
	}
	return &ring{slots: make([]entry, n), mask: uint64(n - 1)}
}

// push appends e, copying data, and reports whether there was room.
func (r *ring) push(e entry, data []byte) bool {
	tail, head := r.tail.Load(), r.head.Load()
	if tail-head == uint64(len(r.slots)) {
		return false
	}
	for ; r.seen != head; r.seen++ {
		if old := &r.slots[r.seen&r.mask]; old.data != nil {
			r.spare, old.data = append(r.spare, old.data[:0]), nil
		}
	}
	if n := len(r.spare); len(data) > 0 && n > 0 {
		e.data, r.spare = r.spare[n-1], r.spare[:n-1]
	}
	e.data = append(e.data, data...)
	r.slots[tail&r.mask] = e
	r.tail.Store(tail + 1)
	return true
}

// front is the oldest entry, nil if there is none. It stays valid, and may be
// written to, until pop.
func (r *ring) front() *entry {
	head := r.head.Load()
	if head == r.tail.Load() {
		return nil
	}
	return &r.slots[head&r.mask]
}

// pop drops the entry that front gave.
func (r *ring) pop() {
	head := r.head.Load()
	s := &r.slots[head&r.mask]
	s.conn, s.lane, s.reason = nil, nil, nil
	r.head.Store(head + 1)
}
