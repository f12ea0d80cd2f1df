// Package mem is a carrier of net/transport inside one process: host-and-play
// and tests run a server and its clients over it with the code, the handshake
// and the encryption that they use over the internet.
//
// A Network delivers at once, in order and without loss, until a receiver's
// queue is full: then it drops and counts, as a socket does. Carriers may be
// used from different goroutines.
package mem

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tandem-engine/tandem/net/transport"
)

// queueSize is how many datagrams wait for a reader before further ones are dropped.
const queueSize = 1024

// maxDatagram is the largest datagram in bytes; larger ones are dropped.
const maxDatagram = 2048

// Network joins carriers in memory. Made by NewNetwork.
type Network struct {
	mu       sync.RWMutex
	carriers map[netip.AddrPort]*Carrier
	next     uint32
}

// NewNetwork makes a network without carriers.
func NewNetwork() *Network {
	return &Network{carriers: make(map[netip.AddrPort]*Carrier)}
}

// Carrier adds a carrier with an address of its own, from the unique local
// IPv6 range (RFC 4193) and in a /64 of its own.
func (n *Network) Carrier() *Carrier {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.next++
	ip := [16]byte{0: 0xfd, 15: 1}
	binary.BigEndian.PutUint32(ip[4:], n.next)
	c := &Carrier{net: n, addr: netip.AddrPortFrom(netip.AddrFrom16(ip), 1), wake: make(chan struct{}, 1)}
	n.carriers[c.addr] = c
	return c
}

func (n *Network) find(a netip.AddrPort) *Carrier {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.carriers[a]
}

// Carrier is one end. It implements transport.Carrier and transport.Waiter.
type Carrier struct {
	net    *Network
	addr   netip.AddrPort
	wake   chan struct{}
	closed atomic.Bool

	mu      sync.Mutex
	queue   [queueSize]transport.Datagram
	free    [][]byte // buffers not in use
	head    int
	count   int
	dropped uint64

	lent [][]byte // buffers that the reader of the last ReadBatch has
}

// ReadBatch implements transport.Carrier.
func (c *Carrier) ReadBatch(d []transport.Datagram) (int, error) {
	if c.closed.Load() {
		return 0, fmt.Errorf("mem: %w", net.ErrClosed)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.free = append(c.free, c.lent...)
	c.lent = c.lent[:0]
	n := min(len(d), c.count)
	for i := range n {
		slot := &c.queue[c.head]
		d[i] = *slot
		c.lent = append(c.lent, slot.Data)
		slot.Data = nil
		c.head = (c.head + 1) % queueSize
	}
	c.count -= n
	return n, nil
}

// WriteBatch implements transport.Carrier. Datagrams to unknown addresses are
// lost without a word, as they are on the internet.
func (c *Carrier) WriteBatch(d []transport.Datagram) (int, error) {
	if c.closed.Load() {
		return 0, fmt.Errorf("mem: %w", net.ErrClosed)
	}
	for i := range d {
		if to := c.net.find(d[i].Addr); to != nil && !to.closed.Load() {
			to.push(c.addr, d[i].Data)
		}
	}
	return len(d), nil
}

func (c *Carrier) push(from netip.AddrPort, p []byte) {
	c.mu.Lock()
	if c.count == queueSize || len(p) > maxDatagram {
		c.dropped++
		c.mu.Unlock()
		return
	}
	slot := &c.queue[(c.head+c.count)%queueSize]
	slot.Addr = from
	slot.Data = append(c.buffer(), p...)
	c.count++
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// buffer takes an empty buffer; c.mu is held.
func (c *Carrier) buffer() []byte {
	n := len(c.free)
	if n == 0 {
		return make([]byte, 0, transport.MaxMTU)
	}
	b := c.free[n-1]
	c.free = c.free[:n-1]
	return b[:0]
}

// Wait implements transport.Waiter.
func (c *Carrier) Wait(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	waiting := c.count > 0
	c.mu.Unlock()
	if waiting || d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-c.wake:
		return nil
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// LocalAddr implements transport.Carrier.
func (c *Carrier) LocalAddr() netip.AddrPort { return c.addr }

// Dropped is how many datagrams found the queue full.
func (c *Carrier) Dropped() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dropped
}

// Close implements transport.Carrier. The address is not used again.
func (c *Carrier) Close() error {
	if c.closed.Swap(true) {
		return nil
	}
	c.net.mu.Lock()
	delete(c.net.carriers, c.addr)
	c.net.mu.Unlock()
	return nil
}
