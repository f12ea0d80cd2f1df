// Package udp is the carrier of net/transport over UDP sockets.
//
// On Linux datagrams move in batches by recvmmsg and sendmmsg straight on the
// socket, with no goroutine and no allocation. Elsewhere one goroutine a socket
// reads into a bounded ring; a full ring drops and counts.
//
// ICMP errors never reach the caller: anybody can forge them.
package udp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/tandem-engine/tandem/net/transport"
)

// Config sets up a socket. The zero value works.
type Config struct {
	// ReadBuffer and WriteBuffer ask the kernel for socket buffers, in bytes;
	// 0 means 4 MiB which serves a busy server. The kernel may give less.
	ReadBuffer, WriteBuffer int
	// Portable uses the path of other systems on Linux too.
	Portable bool
	// NoGSO keeps the kernel from splitting runs of datagrams (Linux).
	NoGSO bool
	// Buffers is what the socket reads into and writes from; nil: its own.
	Buffers *Buffers
}

// Buffers is shared by sockets that one goroutine reads, writes and waits on, as a
// program has it that plays hundreds of clients: a socket with its own takes 120 KB,
// which are cold in the processor's caches when its turn comes. What ReadBatch gives is
// then valid until the next ReadBatch of any of the sockets. The zero value is ready.
// Only Linux has a use for it.
type Buffers struct {
	shared *buffers
}

const defaultBuffer = 4 << 20

// maxDatagram bounds what is read, in bytes; longer datagrams are cut, and so
// do not authenticate.
const maxDatagram = transport.MaxMTU + 48

// Carrier is a UDP socket. It implements transport.Carrier and transport.Waiter.
type Carrier struct {
	conn   *net.UDPConn
	local  netip.AddrPort
	v6     bool // the socket is IPv6 (dual-stack where the system allows)
	io     batchIO
	closed atomic.Bool

	shard, shards int // which of how many on this address; 0, 0: the only one

	dropped atomic.Uint64 // ring full or not sent
}

// batchIO is how a system reads and writes many datagrams.
type batchIO interface {
	transport.Waiter
	read(d []transport.Datagram) (int, error)
	write(d []transport.Datagram) (int, error)
	close() error
	wake() // ends a Wait, or the next one
}

// Listen opens a socket on an address. ":7777" and "[::]:7777" are dual-stack:
// IPv4 and IPv6 at once; "0.0.0.0:7777" is IPv4 only. A port that is in use is
// an error that says so.
func Listen(address string, cfg Config) (*Carrier, error) {
	a, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return nil, fmt.Errorf("udp: %q is not an address to listen on (use HOST:PORT or :PORT): %w", address, err)
	}
	network := "udp"
	if a.IP != nil && a.IP.To4() != nil {
		network = "udp4"
	}
	conn, err := net.ListenUDP(network, a)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("udp: %s is in use by another program: stop it or choose another port: %w", address, syscall.EADDRINUSE)
	}
	if err != nil {
		return nil, fmt.Errorf("udp: listen on %s: %w", address, err)
	}
	return newCarrier(conn, cfg)
}

// Dial opens a socket on any free port from which server can be reached. It is
// not connected: a server's address may not change but errors for it are the
// transport's to find.
func Dial(server netip.AddrPort, cfg Config) (*Carrier, error) {
	network := "udp4"
	if a := server.Addr(); a.Is6() && !a.Is4In6() {
		network = "udp6"
	}
	conn, err := net.ListenUDP(network, nil)
	if err != nil {
		return nil, fmt.Errorf("udp: open a socket: %w", err)
	}
	return newCarrier(conn, cfg)
}

// Resolve finds the address of HOST:PORT; with several it prefers the first.
func Resolve(address string) (netip.AddrPort, error) {
	a, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("udp: cannot find %q (use HOST:PORT): %w", address, err)
	}
	ap := a.AddrPort()
	if !ap.Addr().IsValid() || ap.Addr().IsUnspecified() {
		ap = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), ap.Port())
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()), nil
}

func newCarrier(conn *net.UDPConn, cfg Config) (*Carrier, error) {
	read, write := cfg.ReadBuffer, cfg.WriteBuffer
	if read == 0 {
		read = defaultBuffer
	}
	if write == 0 {
		write = defaultBuffer
	}
	_ = conn.SetReadBuffer(read)   // a smaller buffer than asked for still works
	_ = conn.SetWriteBuffer(write) // likewise
	c := &Carrier{conn: conn}
	local := conn.LocalAddr().(*net.UDPAddr).AddrPort()
	c.v6 = local.Addr().Is6() && !local.Addr().Is4In6()
	c.local = netip.AddrPortFrom(local.Addr().Unmap(), local.Port())
	var err error
	if c.io, err = newIO(c, cfg); err != nil {
		conn.Close()
		return nil, fmt.Errorf("udp: %w", err)
	}
	return c, nil
}

// LocalAddr implements transport.Carrier. A wildcard address stays one.
func (c *Carrier) LocalAddr() netip.AddrPort { return c.local }

// ReadBatch implements transport.Carrier.
func (c *Carrier) ReadBatch(d []transport.Datagram) (int, error) {
	if c.closed.Load() {
		return 0, fmt.Errorf("udp: %w", net.ErrClosed)
	}
	return c.io.read(d)
}

// WriteBatch implements transport.Carrier.
func (c *Carrier) WriteBatch(d []transport.Datagram) (int, error) {
	if c.closed.Load() {
		return 0, fmt.Errorf("udp: %w", net.ErrClosed)
	}
	return c.io.write(d)
}

// Dropped is how many datagrams were lost inside this process.
func (c *Carrier) Dropped() uint64 { return c.dropped.Load() }

// Close implements transport.Carrier.
func (c *Carrier) Close() error {
	if c.closed.Swap(true) {
		return nil
	}
	return c.io.close()
}

// Wait implements transport.Waiter.
func (c *Carrier) Wait(ctx context.Context, d time.Duration) error { return c.io.Wait(ctx, d) }
