package echo

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/udp"
	"github.com/tandem-engine/tandem/tools/bench/internal/meter"
)

// servePlain echoes one datagram at a time with package net.
func servePlain(ctx context.Context, addr string, m *meter.Server, ready listening) error {
	conn, err := listenPlain(addr, ready)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	p := make([]byte, 2048)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(p)
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			continue
		}
		if _, err := conn.WriteToUDPAddrPort(p[:n], from); err == nil {
			m.Echoed(1)
		}
	}
}

// serverBuffer is what servers ask the kernel for, in bytes, as udp.Listen does.
const serverBuffer = 4 << 20

func listenPlain(addr string, ready listening) (*net.UDPConn, error) {
	a, err := net.ResolveUDPAddr("udp4", addr)
	if err != nil {
		return nil, err
	}
	conn, err := net.ListenUDP("udp4", a)
	if err != nil {
		return nil, err
	}
	_ = conn.SetReadBuffer(serverBuffer)
	_ = conn.SetWriteBuffer(serverBuffer)
	ready(conn.LocalAddr().(*net.UDPAddr).AddrPort())
	return conn, nil
}

// loadPlain drives clients without a protocol.
func loadPlain(c *meter.Client, address string, l meter.Load) error {
	addr, err := udp.Resolve(address)
	if err != nil {
		return err
	}
	if l.Rate == 0 {
		return floodPlain(c, addr, l)
	}
	return pace(c, l, func() (player, error) {
		carrier, err := udp.Dial(addr, udp.Config{ReadBuffer: smallBuffer, WriteBuffer: smallBuffer})
		return &plainPlayer{carrier: carrier, addr: addr, in: make([]transport.Datagram, 16)}, err
	})
}

// plainPlayer is a player without a protocol: a message is a datagram.
type plainPlayer struct {
	carrier *udp.Carrier
	addr    netip.AddrPort
	in      []transport.Datagram
	n, next int // datagrams read, and given out
	out     [1]transport.Datagram
	failed  bool
}

func (p *plainPlayer) State() transport.State {
	if p.failed {
		return transport.Closed
	}
	return transport.Connected
}

func (p *plainPlayer) Poll(time.Duration) {
	if p.next == p.n {
		var err error
		p.n, err = p.carrier.ReadBatch(p.in)
		p.next, p.failed = 0, err != nil
	}
}

func (p *plainPlayer) Receive() (channel.Message, bool) {
	if p.next == p.n {
		return channel.Message{}, false
	}
	p.next++
	return channel.Message{Data: p.in[p.next-1].Data}, true
}

func (p *plainPlayer) Send(_ uint8, m []byte, _ channel.SendOptions) error {
	p.out[0] = transport.Datagram{Addr: p.addr, Data: m}
	_, err := p.carrier.WriteBatch(p.out[:])
	return err
}

func (p *plainPlayer) Wait(ctx context.Context, d time.Duration) error { return p.carrier.Wait(ctx, d) }
func (p *plainPlayer) Release() error                                  { return p.carrier.Close() }
func (p *plainPlayer) Flush(time.Duration)                             {}
func (p *plainPlayer) Close(transport.CloseReason, string)             {}

// plainFlooder is one client of a flood.
type plainFlooder struct {
	carrier *udp.Carrier
	credit  int
	movedAt time.Duration
}

// floodPlain keeps a window of datagrams of each client under way, from one
// goroutine, in batches.
func floodPlain(c *meter.Client, addr netip.AddrPort, l meter.Load) error {
	if l.Window == 0 {
		l.Window = meter.DefaultWindow
	}
	all := make([]*plainFlooder, l.Clients)
	for i := range all {
		carrier, err := udp.Dial(addr, udp.Config{ReadBuffer: smallBuffer, WriteBuffer: smallBuffer})
		if err != nil {
			return err
		}
		defer carrier.Close()
		all[i] = &plainFlooder{carrier, l.Window, time.Since(epoch)}
	}
	in, out := make([]transport.Datagram, 64), make([]transport.Datagram, 64)
	for i := range out {
		out[i] = transport.Datagram{Addr: addr, Data: make([]byte, meter.MessageSize)}
	}
	for end := time.Since(epoch) + l.Length; time.Since(epoch) < end; {
		for _, f := range all {
			if err := f.round(c, in, out, l.Window); err != nil {
				return err
			}
		}
	}
	return nil
}

// round takes in what came and sends as much again.
func (f *plainFlooder) round(c *meter.Client, in, out []transport.Datagram, window int) error {
	n, err := f.carrier.ReadBatch(in)
	if err != nil {
		return err
	}
	for _, d := range in[:n] {
		c.Echo(d.Data)
	}
	f.credit += n
	if f.credit > 0 {
		f.movedAt = time.Since(epoch)
	} else if time.Since(epoch)-f.movedAt > 100*time.Millisecond { // all of them were lost
		f.credit, f.movedAt = window, time.Since(epoch)
	}
	for f.credit > 0 {
		k := min(f.credit, len(out))
		for _, d := range out[:k] {
			c.Message(d.Data)
		}
		if _, err := f.carrier.WriteBatch(out[:k]); err != nil {
			return err
		}
		f.credit -= k
	}
	return nil
}
