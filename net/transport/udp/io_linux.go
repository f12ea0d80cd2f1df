package udp

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"github.com/tandem-engine/tandem/net/transport"
	"golang.org/x/sys/unix"
)

// Batched I/O with recvmmsg(2) and sendmmsg(2) on the socket's descriptor. All
// headers, addresses and buffers are made once; a call allocates nothing. The
// calls never block, so they do without the scheduler's leave (RawSyscall).

// batch is the most datagrams that one system call moves.
const batch = 64

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	hdr unix.Msghdr
	n   uint32
	_   [unsafe.Sizeof(uintptr(0)) - 4]byte
}

// sockaddr holds a struct sockaddr_in or sockaddr_in6.
type sockaddr [unix.SizeofSockaddrInet6]byte

// linuxIO implements batchIO.
type linuxIO struct {
	c   *Carrier
	raw syscall.RawConn
	gso bool // runs of datagrams may go as one message

	*buffers
	ready func(fd uintptr) bool // for Wait: reports whether there is something
	woken atomic.Bool
}

// buffers is what both halves work with.
type buffers struct {
	in  reader
	out struct {
		sync.Mutex // WriteBatch may be called by several goroutines
		writer
	}
}

func newBuffers() *buffers {
	b := &buffers{}
	b.in.init()
	b.out.init()
	return b
}

// get is what the sockets share.
func (b *Buffers) get() *buffers {
	if b.shared == nil {
		b.shared = newBuffers()
	}
	return b.shared
}

// reader is the receiving half.
type reader struct {
	hdrs  [batch]mmsghdr
	iovs  [batch]unix.Iovec
	names [batch]sockaddr
	bufs  [batch][]byte
	want  int
	got   int
	next  int  // of got, the first that was not handed out
	early bool // Wait has read already
	errno syscall.Errno
	call  func(fd uintptr)
}

func newIO(c *Carrier, cfg Config) (batchIO, error) {
	if cfg.Portable {
		return newPortable(c), nil
	}
	raw, err := c.conn.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("socket descriptor: %w", err)
	}
	l := &linuxIO{c: c, raw: raw}
	if cfg.Buffers != nil {
		l.buffers, l.ready = cfg.Buffers.get(), peek
	} else {
		l.buffers = newBuffers()
		l.ready = l.in.ready
	}
	var gso bool
	err = raw.Control(func(fd uintptr) {
		probeMTU(int(fd), c.v6)
		if !cfg.NoGSO {
			_, e := unix.GetsockoptInt(int(fd), unix.SOL_UDP, unix.UDP_SEGMENT)
			gso = e == nil
		}
	})
	if err != nil {
		return nil, fmt.Errorf("socket descriptor: %w", err)
	}
	l.gso = gso
	return l, nil
}

// probeMTU makes the kernel set "don't fragment" and leave the size of
// datagrams to the transport, which finds the path's MTU itself (RFC 8899).
// A kernel that refuses fragments instead; that still works.
func probeMTU(fd int, v6 bool) {
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_PROBE)
	if v6 {
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_MTU_DISCOVER, unix.IPV6_PMTUDISC_PROBE)
	}
}

func (r *reader) init() {
	backing := make([]byte, batch*maxDatagram)
	for i := range r.hdrs {
		r.bufs[i] = backing[i*maxDatagram : (i+1)*maxDatagram : (i+1)*maxDatagram]
		r.iovs[i].Base = &r.bufs[i][0]
		r.iovs[i].SetLen(maxDatagram)
		h := &r.hdrs[i].hdr
		h.Name, h.Namelen = &r.names[i][0], unix.SizeofSockaddrInet6
		h.Iov = &r.iovs[i]
		h.SetIovlen(1)
	}
	r.call = func(fd uintptr) {
		for {
			n, _, e := unix.RawSyscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&r.hdrs[0])), uintptr(r.want), unix.MSG_DONTWAIT, 0, 0)
			if e == unix.EINTR {
				continue
			}
			r.got, r.errno = int(n), e
			if e != 0 {
				r.got = 0
			}
			return
		}
	}
}

// ready reads a batch ahead for the next read: one system call where looking
// and then reading would be two. An error counts as something to read.
func (r *reader) ready(fd uintptr) bool {
	r.prepare(batch)
	r.call(fd)
	r.early = r.errno != unix.EAGAIN
	return r.early
}

// peek looks, for sockets that share their buffers: what one has read ahead the next
// would read over.
func peek(fd uintptr) bool {
	for {
		_, _, e := unix.RawSyscall6(unix.SYS_RECVFROM, fd, 0, 0, unix.MSG_PEEK|unix.MSG_DONTWAIT, 0, 0)
		if e != unix.EINTR {
			return e != unix.EAGAIN
		}
	}
}

// prepare sets the next call up for at most want datagrams. The kernel has written
// only to the headers of those that the last call got.
func (r *reader) prepare(want int) {
	r.want = want
	for i := range r.got {
		r.hdrs[i].hdr.Namelen = unix.SizeofSockaddrInet6
	}
}

func (l *linuxIO) read(d []transport.Datagram) (int, error) {
	r := &l.in
	if !r.early {
		r.next = 0
		r.prepare(min(len(d), batch))
		if err := l.raw.Control(r.call); err != nil {
			return 0, fmt.Errorf("udp: %w", err)
		}
	}
	switch r.errno {
	case 0:
	case unix.EBADF, unix.ENOTSOCK:
		return 0, fmt.Errorf("udp: %w", r.errno)
	default: // EAGAIN, or an ICMP error that anybody may have forged
		r.early = false
		return 0, nil
	}
	n := min(len(d), r.got-r.next)
	for i := range n {
		k := r.next + i
		d[i] = transport.Datagram{Addr: r.names[k].addrPort(), Data: r.bufs[k][:min(int(r.hdrs[k].n), maxDatagram)]}
	}
	r.next += n
	r.early = r.early && r.next < r.got
	return n, nil
}

// Wait implements transport.Waiter.
func (l *linuxIO) Wait(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 || l.in.early {
		return err
	}
	l.in.next = 0
	if err := l.c.conn.SetReadDeadline(time.Now().Add(d)); err != nil {
		return fmt.Errorf("udp: %w", err)
	}
	if ctx.Done() != nil {
		stop := context.AfterFunc(ctx, func() { _ = l.c.conn.SetReadDeadline(time.Unix(1, 0)) })
		defer stop()
	}
	if l.woken.Swap(false) { // after the deadline was set: wake moves it too
		return ctx.Err()
	}
	err := l.raw.Read(l.ready)
	l.woken.Store(false) // whoever wakes has left its reason before
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("udp: %w", err)
	}
	return ctx.Err()
}

func (l *linuxIO) wake() {
	l.woken.Store(true)
	_ = l.c.conn.SetReadDeadline(time.Unix(1, 0))
}

func (l *linuxIO) close() error { return l.c.conn.Close() }

// addrPort reads what the kernel wrote.
func (s *sockaddr) addrPort() netip.AddrPort {
	port := uint16(s[2])<<8 | uint16(s[3])
	switch *(*uint16)(unsafe.Pointer(&s[0])) {
	case unix.AF_INET:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(s[4:8])), port)
	case unix.AF_INET6:
		a := netip.AddrFrom16([16]byte(s[8:24])).Unmap()
		if scope := *(*uint32)(unsafe.Pointer(&s[24])); scope != 0 && a.IsLinkLocalUnicast() && a.Is6() {
			a = a.WithZone(zoneName(scope))
		}
		return netip.AddrPortFrom(a, port)
	}
	return netip.AddrPort{}
}

// put writes a for a socket of the given family and returns the length, 0 if
// the socket cannot reach it.
func (s *sockaddr) put(a netip.AddrPort, v6 bool) uint32 {
	ip := a.Addr()
	*s = sockaddr{}
	s[2], s[3] = byte(a.Port()>>8), byte(a.Port())
	if v6 {
		*(*uint16)(unsafe.Pointer(&s[0])) = unix.AF_INET6
		b := ip.As16()
		copy(s[8:24], b[:])
		if ip.Zone() != "" {
			*(*uint32)(unsafe.Pointer(&s[24])) = zoneIndex(ip.Zone())
		}
		return unix.SizeofSockaddrInet6
	}
	if ip = ip.Unmap(); !ip.Is4() {
		return 0
	}
	*(*uint16)(unsafe.Pointer(&s[0])) = unix.AF_INET
	b := ip.As4()
	copy(s[4:8], b[:])
	return unix.SizeofSockaddrInet4
}
