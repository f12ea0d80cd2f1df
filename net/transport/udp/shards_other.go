//go:build !linux

package udp

import (
	"net"

	"github.com/tandem-engine/tandem/net/transport"
)

const canShard = false

func openShards(string, *net.UDPAddr, int, Config) ([]transport.Carrier, error) {
	return nil, errNoShards
}
