package udp

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/tandem-engine/tandem/net/transport"
)

// ringSize is how many datagrams wait for the owner in the portable path.
const ringSize = 1024

// maxFailures is how many reads in a row may fail before the reader slows down.
const maxFailures = 64

// portable reads in a goroutine into a bounded ring: a socket cannot be asked
// without blocking through the net package alone.
type portable struct {
	c     *Carrier
	woken chan struct{}
	done  chan struct{}

	mu    sync.Mutex
	ring  [ringSize]transport.Datagram
	free  [][]byte // buffers not in use
	head  int
	count int

	lent [][]byte // buffers that the reader of the last read has
}

func newPortable(c *Carrier) *portable {
	p := &portable{c: c, woken: make(chan struct{}, 1), done: make(chan struct{})}
	go p.run()
	return p
}

func (p *portable) run() {
	defer close(p.done)
	buf := make([]byte, maxDatagram)
	failed := 0
	for {
		n, from, err := p.c.conn.ReadFromUDPAddrPort(buf)
		switch {
		case err == nil:
			failed = 0
			p.push(from, buf[:n])
		case p.c.closed.Load() || errors.Is(err, net.ErrClosed):
			return
		default:
			// An ICMP error of an earlier send (WSAECONNRESET on Windows) or a
			// datagram that was too long. A socket that only fails must not spin.
			if failed++; failed > maxFailures {
				time.Sleep(time.Millisecond)
			}
		}
	}
}

func (p *portable) push(from netip.AddrPort, data []byte) {
	p.mu.Lock()
	if p.count == ringSize {
		p.mu.Unlock()
		p.c.dropped.Add(1)
		return
	}
	slot := &p.ring[(p.head+p.count)%ringSize]
	slot.Addr = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	var buf []byte
	if n := len(p.free); n > 0 {
		buf, p.free = p.free[n-1][:0], p.free[:n-1]
	} else {
		buf = make([]byte, 0, maxDatagram)
	}
	slot.Data = append(buf, data...)
	p.count++
	p.mu.Unlock()
	p.wake()
}

func (p *portable) wake() {
	select {
	case p.woken <- struct{}{}:
	default:
	}
}

func (p *portable) read(d []transport.Datagram) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, p.lent...)
	p.lent = p.lent[:0]
	n := min(len(d), p.count)
	for i := range n {
		slot := &p.ring[p.head]
		d[i] = *slot
		p.lent = append(p.lent, slot.Data)
		slot.Data = nil
		p.head = (p.head + 1) % ringSize
	}
	p.count -= n
	return n, nil
}

func (p *portable) write(d []transport.Datagram) (int, error) {
	sent := 0
	for i := range d {
		if _, err := p.c.conn.WriteToUDPAddrPort(d[i].Data, p.c.form(d[i].Addr)); err == nil {
			sent++
		}
	}
	p.c.dropped.Add(uint64(len(d) - sent))
	return len(d), nil
}

// form gives an address the family of the socket.
func (c *Carrier) form(a netip.AddrPort) netip.AddrPort {
	if c.v6 && a.Addr().Is4() {
		return netip.AddrPortFrom(netip.AddrFrom16(a.Addr().As16()), a.Port())
	}
	return a
}

// Wait implements transport.Waiter.
func (p *portable) Wait(ctx context.Context, d time.Duration) error {
	p.mu.Lock()
	waiting := p.count > 0
	p.mu.Unlock()
	if waiting || d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-p.woken:
		return nil
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *portable) close() error {
	err := p.c.conn.Close()
	<-p.done
	return err
}
