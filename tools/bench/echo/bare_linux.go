package echo

import (
	"context"
	"fmt"
	"time"
	"unsafe"

	"github.com/tandem-engine/tandem/tools/bench/internal/meter"
	"golang.org/x/sys/unix"
)

// bareBatch is the most datagrams that one system call of the bare echo moves.
const bareBatch = 64

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	hdr unix.Msghdr
	n   uint32
	_   [unsafe.Sizeof(uintptr(0)) - 4]byte
}

// bareBuffers are what recvmmsg(2) fills and sendmmsg(2) sends back.
type bareBuffers struct {
	hdrs  [bareBatch]mmsghdr
	iovs  [bareBatch]unix.Iovec
	names [bareBatch]unix.RawSockaddrInet4
	bufs  [bareBatch][2048]byte
}

func newBareBuffers() *bareBuffers {
	b := &bareBuffers{}
	for i := range b.hdrs {
		b.iovs[i].Base = &b.bufs[i][0]
		h := &b.hdrs[i].hdr
		h.Name = (*byte)(unsafe.Pointer(&b.names[i]))
		h.Iov = &b.iovs[i]
		h.SetIovlen(1)
	}
	return b
}

// systemCall is unix.Syscall6 or unix.RawSyscall6.
type systemCall func(trap, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2 uintptr, err unix.Errno)

// receive fills the buffers with what waits at the socket.
func (b *bareBuffers) receive(fd uintptr, flags uintptr, call systemCall) (int, unix.Errno) {
	for i := range b.hdrs {
		b.hdrs[i].hdr.Namelen = unix.SizeofSockaddrInet4
		b.iovs[i].SetLen(len(b.bufs[i]))
	}
	n, _, e := call(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&b.hdrs)), bareBatch, flags, 0, 0)
	if e != 0 {
		return 0, e
	}
	return int(n), 0
}

// reply sends the first n back.
func (b *bareBuffers) reply(fd uintptr, n int, call systemCall) {
	for i := range n {
		b.iovs[i].SetLen(int(b.hdrs[i].n))
	}
	for sent := 0; sent < n; {
		k, _, e := call(unix.SYS_SENDMMSG, fd, uintptr(unsafe.Pointer(&b.hdrs[sent])), uintptr(n-sent), unix.MSG_DONTWAIT, 0, 0)
		if e != 0 {
			k = 1 // lost
		}
		sent += int(k)
	}
}

// serveBare is the least that a Go program can do: it waits in the runtime's
// poller, takes all that is there with one recvmmsg(2) and sends it back with one
// sendmmsg(2), neither of which the scheduler is told about since they never sleep.
func serveBare(ctx context.Context, addr string, m *meter.Server, ready listening) error {
	conn, err := listenPlain(addr, ready)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	b := newBareBuffers()
	for ctx.Err() == nil {
		err := raw.Read(func(fd uintptr) bool {
			n, e := b.receive(fd, unix.MSG_DONTWAIT, unix.RawSyscall6)
			if n > 0 {
				b.reply(fd, n, unix.RawSyscall6)
				m.Echoed(n)
			}
			return e != 0 && e != unix.EAGAIN
		})
		if err != nil {
			return nil // closed, because the bench is over
		}
	}
	return nil
}

// serveBlocking is what one would write in C: it sleeps in recvmmsg(2). The
// scheduler must be told, and wakes its monitor for it, which costs more than it
// does in C.
func serveBlocking(ctx context.Context, addr string, m *meter.Server, ready listening) error {
	fd, err := blockingSocket(addr, ready)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	b := newBareBuffers()
	for ctx.Err() == nil {
		n, _ := b.receive(uintptr(fd), unix.MSG_WAITFORONE, unix.Syscall6) // an error is its timeout, or a signal
		b.reply(uintptr(fd), n, unix.Syscall6)
		m.Echoed(n)
	}
	return nil
}

// blockingSocket opens a socket whose reads give up now and then, so that the
// server can end.
func blockingSocket(addr string, ready listening) (int, error) {
	conn, err := listenPlain(addr, ready)
	if err != nil {
		return -1, err
	}
	defer conn.Close()
	file, err := conn.File()
	if err != nil {
		return -1, err
	}
	defer file.Close()
	fd, err := unix.Dup(int(file.Fd()))
	if err != nil {
		return -1, fmt.Errorf("dup: %w", err)
	}
	timeout := unix.NsecToTimeval(int64(200 * time.Millisecond))
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &timeout); err != nil {
		return -1, fmt.Errorf("SO_RCVTIMEO: %w", err)
	}
	if err := unix.SetNonblock(fd, false); err != nil {
		return -1, fmt.Errorf("blocking: %w", err)
	}
	return fd, nil
}
