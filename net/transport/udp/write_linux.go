package udp

import (
	"fmt"
	"syscall"
	"unsafe"

	"github.com/tandem-engine/tandem/net/transport"
	"golang.org/x/sys/unix"
)

// UDP GSO (Linux 4.18): a run of datagrams to one peer, all of one length but
// the last, which may be shorter, goes to the kernel as one message that the
// kernel or the network card splits. It saves most of the cost of bulk sending.

// Limits of one GSO message: UDP_MAX_SEGMENTS of the kernel and the largest
// UDP payload over IPv4.
const (
	maxSegments = 64
	maxGSOBytes = 65507
)

// controlSize holds one cmsg with a u16, aligned.
const controlSize = 24

// writer is the sending half.
type writer struct {
	hdrs    [batch]mmsghdr
	iovs    [batch]unix.Iovec
	names   [batch]sockaddr
	control [batch][controlSize]byte
	runs    [batch]int // datagrams in each message

	from, to int // messages to send
	sent     int
	errno    syscall.Errno
	call     func(fd uintptr)
}

func (w *writer) init() {
	for i := range w.hdrs {
		w.hdrs[i].hdr.Name = &w.names[i][0]
	}
	w.call = func(fd uintptr) {
		for {
			n, _, e := unix.RawSyscall6(unix.SYS_SENDMMSG, fd, uintptr(unsafe.Pointer(&w.hdrs[w.from])), uintptr(w.to-w.from), unix.MSG_DONTWAIT, 0, 0)
			if e == unix.EINTR {
				continue
			}
			w.sent, w.errno = int(n), e
			if e != 0 {
				w.sent = 0
			}
			return
		}
	}
}

func (l *linuxIO) write(d []transport.Datagram) (int, error) {
	l.out.Lock()
	defer l.out.Unlock()
	for start := 0; start < len(d); start += batch {
		part := d[start:min(start+batch, len(d))]
		if err := l.writePart(part); err != nil {
			return start, err
		}
	}
	return len(d), nil
}

// writePart sends at most batch datagrams. A datagram that the kernel refuses is
// dropped and counted; when the socket's buffer is full the rest is.
func (l *linuxIO) writePart(d []transport.Datagram) error {
	w := &l.out.writer
	w.from, w.to = 0, w.fill(d, l.c.v6, l.gso)
	done := 0
	for w.from < w.to {
		if err := l.raw.Control(w.call); err != nil {
			return fmt.Errorf("udp: %w", err)
		}
		for _, n := range w.runs[w.from : w.from+w.sent] {
			done += n
		}
		w.from += w.sent
		switch {
		case w.errno == 0:
		case w.errno == unix.EAGAIN || w.errno == unix.ENOBUFS:
			l.c.dropped.Add(uint64(len(d) - done))
			return nil
		case w.errno == unix.EBADF || w.errno == unix.ENOTSOCK:
			return fmt.Errorf("udp: %w", w.errno)
		case w.runs[w.from] > 1: // this path or card does not do GSO: do without from now on
			l.gso = false
			return l.writePart(d[done:])
		default:
			l.c.dropped.Add(1)
			done++
			w.from++
		}
	}
	return nil
}

// fill prepares the messages for d, joining runs where gso allows it, and returns how
// many there are.
func (w *writer) fill(d []transport.Datagram, v6, gso bool) int {
	m := 0
	for i := 0; i < len(d); {
		n := 1
		if gso {
			n = run(d[i:])
		}
		for k := range n {
			p := d[i+k].Data
			w.iovs[i+k].Base = unsafe.SliceData(p)
			w.iovs[i+k].SetLen(len(p))
		}
		h := &w.hdrs[m].hdr
		h.Namelen = w.names[m].put(d[i].Addr, v6)
		h.Iov = &w.iovs[i]
		h.SetIovlen(n)
		w.segment(m, n, len(d[i].Data))
		w.runs[m] = n
		m++
		i += n
	}
	return m
}

// run is how many datagrams at the start of d can be one message.
func run(d []transport.Datagram) int {
	size, total := len(d[0].Data), len(d[0].Data)
	n := 1
	for n < len(d) && n < maxSegments && d[n].Addr == d[0].Addr {
		k := len(d[n].Data)
		if k > size || total+k > maxGSOBytes || size == 0 || k == 0 {
			break
		}
		n, total = n+1, total+k
		if k < size {
			break
		}
	}
	return n
}

// segment sets or clears the control message that asks for splitting.
func (w *writer) segment(m, n, size int) {
	h := &w.hdrs[m].hdr
	if n == 1 {
		h.Control = nil
		h.SetControllen(0)
		return
	}
	b := &w.control[m]
	c := (*unix.Cmsghdr)(unsafe.Pointer(&b[0]))
	c.Level, c.Type = unix.SOL_UDP, unix.UDP_SEGMENT
	c.SetLen(unix.CmsgLen(2))
	*(*uint16)(unsafe.Pointer(&b[unix.CmsgLen(0)])) = uint16(size)
	h.Control = &b[0]
	h.SetControllen(unix.CmsgSpace(2))
}
