// Package proxy is a UDP proxy on a bad line: what clients send to its address reaches a server, and back, through the faults of
// net/netsim, which can be changed while it runs.
package proxy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/transport"
)

// Config of a Proxy. To must be set; the zero value of all else works.
type Config struct {
	Listen     string            // UDP address; empty: a free port on the loopback
	To         string            // UDP address of the server
	Conditions netsim.Conditions // Up is client to server; zero: none
	Seed       uint64            // of every decision; the n-th client has the same fate in each run
	MaxClients int               // 0: 256; one more replaces the one that was silent longest
	Log        *slog.Logger      // clients that come and go; nil: nothing
}

// Proxy forwards datagrams between clients and one server, with a socket toward the server for each client, as a NAT has.
type Proxy struct {
	cfg   Config
	front *net.UDPConn
	to    *net.UDPAddr
	start time.Time
	wake  chan struct{}  // something was sent: the next arrival may be sooner than expected
	reads sync.WaitGroup // readers of sockets

	mu      sync.Mutex
	closed  bool
	cond    netsim.Conditions
	dark    time.Duration
	clients map[netip.AddrPort]*client
	joined  uint64 // clients so far
	gone    Totals // of clients that were replaced
	batch   []transport.Datagram
}

// client is one address that sent to the proxy.
type client struct {
	addr     netip.AddrPort
	back     *net.UDPConn // connected to the server
	up, down *netsim.Pipe
	heard    time.Duration // when it last sent
}

// Totals are what happened in each direction.
type Totals struct{ Up, Down netsim.Counters }

const (
	defaultMaxClients = 256
	maxDatagram       = 65535
	batchSize         = 64
	mostErrors        = 1000
	idle              = time.Hour // how long the pump sleeps when nothing is under way
)

// New opens the proxy's socket. Run forwards. It panics if the conditions are not valid.
func New(cfg Config) (*Proxy, error) {
	cfg.Listen = cmp.Or(cfg.Listen, "127.0.0.1:0")
	cfg.MaxClients = cmp.Or(cfg.MaxClients, defaultMaxClients)
	cfg.Log = cmp.Or(cfg.Log, slog.New(slog.DiscardHandler))
	to, err := net.ResolveUDPAddr("udp", cfg.To)
	if err != nil || to.Port == 0 {
		return nil, fmt.Errorf("cannot forward to %q: want an address such as 127.0.0.1:7777", cfg.To)
	}
	listen, err := net.ResolveUDPAddr("udp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %q: want an address such as 127.0.0.1:0", cfg.Listen)
	}
	front, err := net.ListenUDP("udp", listen)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w; use another port, or 0 for a free one", cfg.Listen, err)
	}
	return &Proxy{
		cfg:     cfg,
		front:   front,
		to:      to,
		start:   time.Now(),
		wake:    make(chan struct{}, 1),
		cond:    cfg.Conditions,
		clients: map[netip.AddrPort]*client{},
		batch:   make([]transport.Datagram, batchSize),
	}, nil
}

// Addr returns the address that clients send to.
func (p *Proxy) Addr() netip.AddrPort {
	return p.front.LocalAddr().(*net.UDPAddr).AddrPort()
}

// Run forwards until ctx ends, then closes every socket. It returns nil then, and an error if the proxy's own socket fails.
func (p *Proxy) Run(ctx context.Context) error {
	running, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	p.reads.Go(func() { stop(p.readClients()) })
	p.pump(running)
	p.mu.Lock()
	p.closed = true
	p.front.Close()
	for _, c := range p.clients {
		c.back.Close()
	}
	p.mu.Unlock()
	p.reads.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return context.Cause(running)
}

// now is the time in the terms of netsim.
func (p *Proxy) now() time.Duration {
	return time.Since(p.start)
}

// readClients sends what arrives at the proxy's address up the line of whoever sent it, until the socket fails.
func (p *Proxy) readClients() error {
	return receive(p.front, func(from netip.AddrPort, data []byte) {
		p.mu.Lock()
		if c := p.client(netip.AddrPortFrom(from.Addr().Unmap(), from.Port())); c != nil {
			c.heard = p.now()
			c.up.Send(c.heard, netip.AddrPort{}, data)
		}
		p.mu.Unlock()
		p.poke()
	})
}

// receive gives every datagram of a socket to f until the socket is closed or fails mostErrors times in a row. A single error is only an
// ICMP message about a closed port, which on a bad line shows as silence.
func receive(socket *net.UDPConn, f func(from netip.AddrPort, data []byte)) error {
	buf := make([]byte, maxDatagram)
	for failed := 0; ; {
		n, from, err := socket.ReadFromUDPAddrPort(buf)
		switch {
		case err == nil:
			failed = 0
			f(from, buf[:n])
		case failed == mostErrors || errors.Is(err, net.ErrClosed):
			return err
		default:
			failed++
		}
	}
}

// client returns the client with the address, a new one if there was none, or nil if it cannot be had.
func (p *Proxy) client(addr netip.AddrPort) *client {
	if c := p.clients[addr]; c != nil || p.closed {
		return c
	}
	if len(p.clients) >= p.cfg.MaxClients {
		p.drop(p.quietest())
	}
	back, err := net.DialUDP("udp", nil, p.to)
	if err != nil {
		p.cfg.Log.Error("no socket for a client", "client", addr, "error", err)
		return nil
	}
	c := &client{
		addr: addr,
		back: back,
		up:   netsim.NewPipe(p.cfg.Seed, 2*p.joined, p.cond.Up),
		down: netsim.NewPipe(p.cfg.Seed, 2*p.joined+1, p.cond.Down),
	}
	c.up.Blackout(p.dark)
	c.down.Blackout(p.dark)
	p.joined++
	p.clients[addr] = c
	p.listen(c)
	p.cfg.Log.Info("client joined", "client", addr, "from", back.LocalAddr())
	return c
}

// quietest returns the client that was silent longest.
func (p *Proxy) quietest() *client {
	var q *client
	for _, c := range p.clients {
		if q == nil || c.heard < q.heard {
			q = c
		}
	}
	return q
}

func (p *Proxy) drop(c *client) {
	c.back.Close()
	p.gone.add(c)
	delete(p.clients, c.addr)
	p.cfg.Log.Info("client dropped", "client", c.addr)
}

// listen starts reading what the server sends to the client's present socket.
func (p *Proxy) listen(c *client) {
	back := c.back
	p.reads.Go(func() {
		err := receive(back, func(_ netip.AddrPort, data []byte) {
			p.mu.Lock()
			c.down.Send(p.now(), c.addr, data)
			p.mu.Unlock()
			p.poke()
		})
		if !errors.Is(err, net.ErrClosed) {
			p.cfg.Log.Error("cannot hear the server any more", "client", c.addr, "error", err)
		}
	})
}

// poke lets the pump look again.
func (p *Proxy) poke() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// pump hands over what has arrived at the other end of each line, until ctx ends.
func (p *Proxy) pump(ctx context.Context) {
	timer := time.NewTimer(idle)
	defer timer.Stop()
	for {
		timer.Reset(p.forward())
		select {
		case <-timer.C:
		case <-p.wake:
		case <-ctx.Done():
			return
		}
	}
}

// forward writes everything that is due and returns how long it is to the next datagram. Errors of single packets are losses.
func (p *Proxy) forward() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, next := p.now(), p.now()+idle
	for _, c := range p.clients {
		for n := c.up.Receive(now, p.batch); n > 0; n = c.up.Receive(now, p.batch) {
			for i := range p.batch[:n] {
				_, _ = c.back.Write(p.batch[i].Data)
			}
		}
		for n := c.down.Receive(now, p.batch); n > 0; n = c.down.Receive(now, p.batch) {
			for i := range p.batch[:n] {
				_, _ = p.front.WriteToUDPAddrPort(p.batch[i].Data, c.addr)
			}
		}
		for _, pipe := range []*netsim.Pipe{c.up, c.down} {
			if at, ok := pipe.Next(); ok {
				next = min(next, at)
			}
		}
	}
	return max(0, next-p.now())
}
