package udp

import (
	"errors"
	"fmt"
	"net"

	"github.com/tandem-engine/tandem/net/transport"
)

// ListenShards opens n sockets on one address, at most transport.MaxShards: the kernel
// gives each the packets of the connections whose ids name it, and the first one all
// handshakes. Give all of them to transport.Listen, in any order; see
// transport.Endpoint.NewShardGroup for reading them in several goroutines. Where the
// system cannot do that (it takes Linux 4.5), with Config.Portable, and for n = 1 there
// is one socket, as from Listen.
func ListenShards(address string, n int, cfg Config) ([]transport.Carrier, error) {
	if n < 1 || n > transport.MaxShards {
		return nil, fmt.Errorf("udp: %d shards: 1 to %d", n, transport.MaxShards)
	}
	single, err := Listen(address, cfg)
	if err != nil {
		return nil, err
	}
	if n == 1 || cfg.Portable || !canShard {
		return []transport.Carrier{single}, nil
	}
	// The port was free: nobody else's packets are shared, although sharing is now
	// allowed to programs of the same user.
	at := net.UDPAddrFromAddrPort(single.conn.LocalAddr().(*net.UDPAddr).AddrPort())
	network := "udp"
	if !single.v6 {
		network = "udp4"
	}
	if err := single.Close(); err != nil {
		return nil, err
	}
	shards, err := openShards(network, at, n, cfg)
	if errors.Is(err, errNoShards) {
		if single, err = Listen(address, cfg); err != nil {
			return nil, err
		}
		return []transport.Carrier{single}, nil
	}
	return shards, err
}

// errNoShards says that the system does not take the filter.
var errNoShards = errors.New("udp: this system does not spread datagrams over sockets by a filter")

// Shard implements transport.Sharded.
func (c *Carrier) Shard() (i, n int) { return c.shard, max(c.shards, 1) }

// Wake implements transport.Waker.
func (c *Carrier) Wake() { c.io.wake() }

var (
	_ transport.Sharded = (*Carrier)(nil)
	_ transport.Waker   = (*Carrier)(nil)
)
