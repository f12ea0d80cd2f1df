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

// serveBare is the least that a server can do: it sleeps in recvmmsg(2) until a
// datagram is there, takes all that wait, and sends them back with one sendmmsg(2).
func serveBare(ctx context.Context, addr string, m *meter.Server) error {
	fd, err := bareSocket(addr)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	hdrs := make([]mmsghdr, bareBatch)
	iovs := make([]unix.Iovec, bareBatch)
	names := make([]unix.RawSockaddrInet4, bareBatch)
	bufs := make([][2048]byte, bareBatch)
	for i := range hdrs {
		iovs[i].Base = &bufs[i][0]
		hdrs[i].hdr.Name = (*byte)(unsafe.Pointer(&names[i]))
		hdrs[i].hdr.Iov = &iovs[i]
		hdrs[i].hdr.SetIovlen(1)
	}
	first := uintptr(unsafe.Pointer(&hdrs[0]))
	for ctx.Err() == nil {
		for i := range hdrs {
			hdrs[i].hdr.Namelen = unix.SizeofSockaddrInet4
			iovs[i].SetLen(len(bufs[i]))
		}
		n, _, e := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(fd), first, bareBatch, unix.MSG_WAITFORONE, 0, 0)
		if e != 0 { // the socket's timeout, or a signal
			continue
		}
		for i := range int(n) {
			iovs[i].SetLen(int(hdrs[i].n))
		}
		for sent := uintptr(0); sent < n; {
			k, _, e := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(&hdrs[sent])), n-sent, 0, 0, 0)
			if e != 0 {
				k = 1 // lost
			}
			sent += k
		}
		m.Echoed(int(n))
	}
	return nil
}

// bareSocket opens a blocking socket whose reads give up now and then, so that the
// server can end.
func bareSocket(addr string) (int, error) {
	conn, err := listenPlain(addr)
	if err != nil {
		return -1, err
	}
	defer conn.Close()
	file, err := conn.File() // a duplicate that blocks
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
