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

// batch is datagrams on their way to a carrier, and the buffers that they are in.
type batch struct {
	datagrams []Datagram
	buffers   [][]byte
	box       *outbox // where they come from, at a writer
}

func newBatch(size int) *batch {
	b := &batch{datagrams: make([]Datagram, 0, size), buffers: make([][]byte, size)}
	backing := make([]byte, size*MaxMTU)
	for i := range b.buffers {
		b.buffers[i] = backing[i*MaxMTU : i*MaxMTU : (i+1)*MaxMTU]
	}
	return b
}

func (b *batch) full() bool { return len(b.datagrams) == cap(b.datagrams) }

// outbox collects sealed datagrams for one carrier and has them written in batches.
// Its buffers are made once and used for ever.
type outbox struct {
	carrier Carrier
	batch   *batch  // that is being filled
	writer  *writer // who writes when there is much; nil: the outbox's owner

	packets, bytes atomic.Uint64 // so far; the Endpoint reads them of Groups
	lost           atomic.Uint64 // datagrams the carrier did not take
}

func newOutbox(c Carrier, size int) *outbox { return &outbox{carrier: c, batch: newBatch(size)} }

// buffer is an empty slice with room for one datagram.
func (o *outbox) buffer() []byte { return o.batch.buffers[len(o.batch.datagrams)] }

// add takes p, which must have been built in the slice that buffer gave.
func (o *outbox) add(to netip.AddrPort, p []byte) {
	o.batch.datagrams = append(o.batch.datagrams, Datagram{Addr: to, Data: p})
	if o.batch.full() {
		o.flush()
	}
}

func (o *outbox) flush() {
	b := o.batch
	if len(b.datagrams) == 0 {
		return
	}
	size := 0
	for i := range b.datagrams {
		size += len(b.datagrams[i].Data)
	}
	o.packets.Add(uint64(len(b.datagrams)))
	o.bytes.Add(uint64(size))
	if o.writer != nil {
		if empty := o.writer.take(o); empty != nil {
			o.batch = empty
			return
		}
	}
	o.write(b)
}

// write gives a batch to the carrier, after which it is empty.
func (o *outbox) write(b *batch) {
	n, err := o.carrier.WriteBatch(b.datagrams)
	if err != nil {
		n = max(0, n)
	}
	o.lost.Add(uint64(len(b.datagrams) - n))
	b.datagrams = b.datagrams[:0]
}
