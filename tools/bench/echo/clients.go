package echo

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/udp"
	"github.com/tandem-engine/tandem/tools/bench/internal/meter"
)

// smallBuffer is the socket buffer of clients, in bytes: there may be thousands.
const smallBuffer = 256 << 10

// dial opens one connection to a server of the bench.
func dial(addr netip.AddrPort, wrap func(transport.Carrier) transport.Carrier) (*transport.Conn, error) {
	u, err := udp.Dial(addr, udp.Config{ReadBuffer: smallBuffer, WriteBuffer: smallBuffer})
	if err != nil {
		return nil, err
	}
	carrier := transport.Carrier(u)
	if wrap != nil {
		carrier = wrap(u)
	}
	return transport.Dial(transport.DialConfig{Config: baseConfig(), Addr: addr, Pin: identity().Public}, carrier)
}

// loadTandem drives clients of Tandem.
func loadTandem(c *meter.Client, address string, l meter.Load) error {
	addr, err := udp.Resolve(address)
	if err != nil {
		return err
	}
	if l.Rate == 0 {
		return flood(c, addr, l)
	}
	return pace(c, l, func() (player, error) {
		conn, err := connect(context.Background(), addr, nil)
		return conn, err
	})
}

// player is a client with a connection, driven as a game drives one: package
// transport's Conn, or a socket without a protocol in the same harness, so that
// the servers that are compared see loads of the same shape.
type player interface {
	State() transport.State
	Poll(now time.Duration)
	Receive() (channel.Message, bool)
	Send(ch uint8, p []byte, o channel.SendOptions) error
	Flush(now time.Duration)
	Wait(ctx context.Context, d time.Duration) error
	Close(reason transport.CloseReason, text string)
	Release() error
}

// pace connects all clients and then lets each send one message an interval.
func pace(c *meter.Client, l meter.Load, dial func() (player, error)) error {
	g := &group{client: c, load: l, dial: dial, failed: make(chan error, 1)}
	g.connected.Add(l.Clients)
	gate := make(chan struct{}, 64) // handshakes at a time
	for i := range l.Clients {
		g.ended.Go(func() { g.run(i, gate) })
	}
	g.connected.Wait()
	g.began.Store(int64(time.Since(epoch)) + 1)
	g.ended.Wait()
	select {
	case err := <-g.failed:
		return err
	default:
		return nil
	}
}

var epoch = time.Now()

// group is clients that begin together.
type group struct {
	client    *meter.Client
	load      meter.Load
	dial      func() (player, error)
	connected sync.WaitGroup
	ended     sync.WaitGroup
	began     atomic.Int64 // since epoch; 0: not all are connected
	failed    chan error   // the first error
}

func (g *group) fail(err error) {
	select {
	case g.failed <- err:
	default:
	}
}

// run is the life of client i.
func (g *group) run(i int, gate chan struct{}) {
	gate <- struct{}{}
	conn, err := g.dial()
	<-gate
	g.connected.Done()
	if err != nil {
		g.fail(fmt.Errorf("client %d: %w", i, err))
		return
	}
	defer release(conn)
	p := make([]byte, meter.MessageSize)
	next, end := time.Duration(0), time.Duration(0)
	for conn.State() == transport.Connected {
		now := time.Since(epoch)
		conn.Poll(now)
		for m, ok := conn.Receive(); ok; m, ok = conn.Receive() {
			g.client.Echo(m.Data)
		}
		if began := time.Duration(g.began.Load()); began != 0 && end == 0 {
			next, end = began+g.load.Offset(i), began+g.load.Length
		}
		wait := pause
		if end != 0 && next < end {
			if now >= next {
				g.client.Message(p)
				_ = conn.Send(chEcho, p, channel.SendOptions{}) // what is not sent counts as lost
				next += g.load.Interval()
			}
			wait = min(wait, max(next-now, 0))
		}
		conn.Flush(now)
		if end != 0 && now >= end+meter.Grace {
			break
		}
		_ = conn.Wait(context.Background(), wait) // a broken socket shows in Poll
	}
	leave(conn)
}

// connect opens a connection and waits until it is usable.
func connect(ctx context.Context, addr netip.AddrPort, wrap func(transport.Carrier) transport.Carrier) (*transport.Conn, error) {
	conn, err := dial(addr, wrap)
	if err != nil {
		return nil, err
	}
	for conn.State() == transport.Connecting {
		now := time.Since(epoch)
		conn.Poll(now)
		conn.Flush(now)
		if conn.State() != transport.Connecting {
			break
		}
		if err := conn.Wait(ctx, pause); err != nil {
			release(conn)
			return nil, err
		}
	}
	if err := conn.Err(); err != nil {
		release(conn)
		return nil, err
	}
	return conn, nil
}

// leave says goodbye once, so that the server need not wait for a timeout.
func leave(conn player) {
	conn.Close(transport.Normal, "")
	conn.Flush(time.Since(epoch))
}

// release closes a client's socket; if that fails, nobody is left to care.
func release(conn player) { _ = conn.Release() }

// apart keeps datagrams apart that a client writes one by one, and once it holds
// gives them to the socket together: a load of one message a datagram at little
// cost to the client.
type apart struct {
	transport.Carrier
	hold  bool
	batch []transport.Datagram
}

// WriteBatch implements transport.Carrier.
func (a *apart) WriteBatch(d []transport.Datagram) (int, error) {
	if !a.hold {
		return a.Carrier.WriteBatch(d)
	}
	for _, p := range d {
		if len(a.batch) == cap(a.batch) {
			a.write()
		}
		a.batch = a.batch[:len(a.batch)+1]
		last := &a.batch[len(a.batch)-1]
		last.Addr, last.Data = p.Addr, append(last.Data[:0], p.Data...)
	}
	return len(d), nil
}

func (a *apart) write() {
	if len(a.batch) > 0 {
		_, _ = a.Carrier.WriteBatch(a.batch) // what is lost is lost
		a.batch = a.batch[:0]
	}
}

// flooder is one client of a flood.
type flooder struct {
	conn    *transport.Conn
	out     *apart
	credit  int // messages to send
	movedAt time.Duration
}

// flood keeps a window of messages of each client under way, each in a datagram of
// its own, from one goroutine.
func flood(c *meter.Client, addr netip.AddrPort, l meter.Load) error {
	if l.Window == 0 {
		l.Window = meter.DefaultWindow
	}
	all := make([]*flooder, l.Clients)
	for i := range all {
		f := &flooder{credit: l.Window}
		conn, err := connect(context.Background(), addr, func(u transport.Carrier) transport.Carrier {
			f.out = &apart{Carrier: u, batch: make([]transport.Datagram, 0, 64)}
			return f.out
		})
		if err != nil {
			return fmt.Errorf("client %d: %w", i, err)
		}
		defer release(conn)
		f.out.hold = true
		f.conn, f.movedAt, all[i] = conn, time.Since(epoch), f
	}
	p := make([]byte, meter.MessageSize)
	for end := time.Since(epoch) + l.Length; time.Since(epoch) < end; {
		for _, f := range all {
			if f.conn.State() != transport.Connected {
				return fmt.Errorf("a connection ended: %w", f.conn.Err())
			}
			f.round(c, p, l.Window)
		}
	}
	for _, f := range all {
		leave(f.conn)
		f.out.write()
	}
	return nil
}

// round takes in what came and sends as much again.
func (f *flooder) round(c *meter.Client, p []byte, window int) {
	now := time.Since(epoch)
	f.conn.Poll(now)
	for m, ok := f.conn.Receive(); ok; m, ok = f.conn.Receive() {
		c.Echo(m.Data)
		f.credit++
	}
	if f.credit > 0 {
		f.movedAt = now
	} else if now-f.movedAt > 100*time.Millisecond { // all of them were lost
		f.credit, f.movedAt = window, now
	}
	for ; f.credit > 0; f.credit-- {
		if f.conn.Budget(now) < meter.MessageSize {
			break
		}
		c.Message(p)
		if f.conn.Send(chEcho, p, channel.SendOptions{}) != nil {
			break
		}
		f.conn.Flush(now)
	}
	f.conn.Flush(now)
	f.out.write()
}
