package netsim

import (
	"net"
	"net/netip"
	"time"

	"github.com/tandem-engine/tandem/net/transport"
)

// maxInbox bounds the datagrams that wait at a carrier which is not read, as the buffer of a socket does.
const maxInbox = 4096

// Carrier is one end on a Network. It implements transport.Carrier.
type Carrier struct {
	network *Network
	home    netip.AddrPort // the address it was made with
	addr    netip.AddrPort // the address it has
	inbox   []uint32       // slots of what arrived; before read: lent to the reader
	read    int
	dark    time.Duration
	closed  bool
}

var _ transport.Carrier = (*Carrier)(nil)

// ReadBatch takes what has arrived by the network's time.
func (c *Carrier) ReadBatch(d []transport.Datagram) (int, error) {
	nw := c.network
	nw.mu.Lock()
	defer nw.mu.Unlock()
	if c.closed {
		return 0, net.ErrClosed
	}
	nw.moveTo(nw.now) // what was sent without delay
	nw.flights.release(c.inbox[:c.read]...)
	c.inbox = c.inbox[:copy(c.inbox, c.inbox[c.read:])]
	c.read = min(len(d), len(c.inbox))
	for i, slot := range c.inbox[:c.read] {
		f := &nw.flights.slots[slot]
		d[i] = transport.Datagram{Addr: f.from, Data: f.data}
	}
	return c.read, nil
}

// WriteBatch sends at the network's time. Everything is taken; what becomes of it is the network's affair.
func (c *Carrier) WriteBatch(d []transport.Datagram) (int, error) {
	nw := c.network
	nw.mu.Lock()
	defer nw.mu.Unlock()
	if c.closed {
		return 0, net.ErrClosed
	}
	for i := range d {
		nw.send(c, d[i].Addr, d[i].Data)
	}
	return len(d), nil
}

// LocalAddr returns the address the carrier has now.
func (c *Carrier) LocalAddr() netip.AddrPort {
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	return c.addr
}

// Rebind gives the carrier another address, as a NAT does when it forgets a mapping or a phone that changes networks. What is under way
// to the old address is lost. Its links stay what they were. It panics if addr is taken.
func (c *Carrier) Rebind(addr netip.AddrPort) {
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	if !c.closed {
		c.network.bind(c, addr)
	}
}

// Blackout loses for the next d what the carrier sends and what arrives for it.
func (c *Carrier) Blackout(d time.Duration) {
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	c.dark = c.network.now + d
}

// Close leaves the network. What is under way to the carrier is lost; another may take its address.
func (c *Carrier) Close() error {
	nw := c.network
	nw.mu.Lock()
	defer nw.mu.Unlock()
	if !c.closed {
		c.closed = true
		delete(nw.carriers, c.addr)
		nw.flights.release(c.inbox...)
		c.inbox, c.read = nil, 0
	}
	return nil
}
