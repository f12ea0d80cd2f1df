package transport

import (
	"context"
	"net/netip"
	"sync/atomic"
	"time"
)

// Datagram is one packet on a carrier.
type Datagram struct {
	Addr netip.AddrPort // the other side
	Data []byte
}

// Carrier moves datagrams: unreliably, unordered, without blocking. One
// goroutine reads; WriteBatch may be called by several at once.
type Carrier interface {
	// ReadBatch fills d from its start and reports how many datagrams there
	// were; 0 and nil when none is waiting. The Data slices belong to the
	// carrier, may be written to by the caller (packets are decrypted in
	// place) and are valid until the next ReadBatch. An error means that the
	// carrier is broken for good; errors of single packets are swallowed.
	ReadBatch(d []Datagram) (int, error)
	// WriteBatch sends d and reports how many were taken. What was not taken
	// is lost, as any datagram may be. It does not keep the Data slices.
	WriteBatch(d []Datagram) (int, error)
	// LocalAddr is where others reach this carrier.
	LocalAddr() netip.AddrPort
	// Close releases the carrier. Calling it again does nothing.
	Close() error
}

// Waiter is a Carrier that can sleep until there is something to read.
type Waiter interface {
	// Wait returns when a datagram may be readable, when d has passed, or
	// when ctx ends (then with its error). Like ReadBatch it ends the validity
	// of what the last ReadBatch gave.
	Wait(ctx context.Context, d time.Duration) error
}

// Sizes of datagrams in bytes of UDP payload.
const (
	// MinMTU always fits: no path that carries games has less.
	MinMTU = 1200
	// MaxMTU is the largest datagram that path MTU discovery tries: Ethernet's
	// 1500 less IPv6 and UDP headers.
	MaxMTU = 1452
)

// batchSize is how many datagrams travel between a carrier and its owner at once.
const batchSize = 64

// outbox collects sealed datagrams for one carrier and writes them in batches.
// Its buffers are made once and used for ever.
type outbox struct {
	carrier Carrier
	batch   []Datagram
	buffers [][]byte

	packets, bytes atomic.Uint64 // written so far; the Endpoint reads them of Groups
	lost           atomic.Uint64 // datagrams the carrier did not take
}

func newOutbox(c Carrier, size int) *outbox {
	o := &outbox{carrier: c, batch: make([]Datagram, 0, size), buffers: make([][]byte, size)}
	backing := make([]byte, size*MaxMTU)
	for i := range o.buffers {
		o.buffers[i] = backing[i*MaxMTU : i*MaxMTU : (i+1)*MaxMTU]
	}
	return o
}

// buffer is an empty slice with room for one datagram.
func (o *outbox) buffer() []byte { return o.buffers[len(o.batch)] }

// add takes p, which must have been built in the slice that buffer gave.
func (o *outbox) add(to netip.AddrPort, p []byte) {
	o.batch = append(o.batch, Datagram{Addr: to, Data: p})
	if len(o.batch) == cap(o.batch) {
		o.flush()
	}
}

func (o *outbox) flush() {
	if len(o.batch) == 0 {
		return
	}
	size := 0
	for i := range o.batch {
		size += len(o.batch[i].Data)
	}
	n, err := o.carrier.WriteBatch(o.batch)
	if err != nil {
		n = max(0, n)
	}
	o.packets.Add(uint64(len(o.batch)))
	o.bytes.Add(uint64(size))
	o.lost.Add(uint64(len(o.batch) - n))
	o.batch = o.batch[:0]
}
