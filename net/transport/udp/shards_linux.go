package udp

import (
	"context"
	"fmt"
	"net"
	"syscall"

	"github.com/tandem-engine/tandem/net/transport"
	"golang.org/x/sys/unix"
)

// canShard says that it is worth a try.
const canShard = true

// shardFilter is what the kernel decides by, on the payload of each datagram: packets of
// connections, whose first byte is below 0x10, go to the socket that the highest bits of
// the connection id's highest byte, the fifth, say; everything else, and what is too short,
// to the first one.
func shardFilter(n int) []unix.SockFilter {
	return []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: 0},
		{Code: unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K, K: 0x10, Jt: 3},
		{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: 4},
		{Code: unix.BPF_ALU | unix.BPF_RSH | unix.BPF_K, K: uint32(8 - transport.ShardBits(n))},
		{Code: unix.BPF_RET | unix.BPF_A},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0},
	}
}

// openShards binds the sockets one after another, which is their order in the kernel, and
// gives the first one the filter before there is a second.
func openShards(network string, at *net.UDPAddr, n int, cfg Config) (shards []transport.Carrier, err error) {
	defer func() {
		if err != nil {
			for _, s := range shards {
				s.Close()
			}
			shards = nil
		}
	}()
	for i := range n {
		conn, err := shareAddress(network, at)
		if err != nil {
			return shards, err
		}
		if i == 0 {
			if err := attach(conn, shardFilter(n)); err != nil {
				conn.Close()
				return shards, fmt.Errorf("%w: %w", errNoShards, err)
			}
		}
		c, err := newCarrier(conn, cfg)
		if err != nil {
			return shards, err
		}
		c.shard, c.shards = i, n
		shards = append(shards, c)
	}
	return shards, nil
}

func shareAddress(network string, at *net.UDPAddr) (*net.UDPConn, error) {
	var set error
	lc := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		err := raw.Control(func(fd uintptr) {
			set = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
		})
		if err == nil && set != nil {
			err = fmt.Errorf("%w: %w", errNoShards, set)
		}
		return err
	}}
	conn, err := lc.ListenPacket(context.Background(), network, at.String())
	if err != nil {
		return nil, fmt.Errorf("udp: listen on %s: %w", at, err)
	}
	return conn.(*net.UDPConn), nil
}

func attach(conn *net.UDPConn, filter []unix.SockFilter) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var set error
	err = raw.Control(func(fd uintptr) {
		set = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_REUSEPORT_CBPF,
			&unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]})
	})
	if err != nil {
		return err
	}
	return set
}
