package udp

import (
	"net"
	"strconv"
)

// Zones of link-local IPv6 addresses are interface numbers here.

func zoneName(index uint32) string { return strconv.FormatUint(uint64(index), 10) }

// zoneIndex reads a zone that is a number or the name of an interface; 0 if it
// is neither.
func zoneIndex(zone string) uint32 {
	if n, err := strconv.ParseUint(zone, 10, 32); err == nil {
		return uint32(n)
	}
	if i, err := net.InterfaceByName(zone); err == nil {
		return uint32(i.Index)
	}
	return 0
}
