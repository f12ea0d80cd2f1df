package window

import (
	"net"
	"net/netip"
)

// reachable is the address to tell others: of a socket that listens on all of this machine's addresses, the one that
// its neighbours see.
func reachable(a netip.AddrPort) netip.AddrPort {
	if !a.Addr().IsUnspecified() {
		return a
	}
	best := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	list, err := net.InterfaceAddrs()
	if err != nil {
		return netip.AddrPortFrom(best, a.Port())
	}
	for _, entry := range list {
		prefix, err := netip.ParsePrefix(entry.String())
		if err != nil {
			continue
		}
		ip := prefix.Addr()
		if ip.Is4() && !ip.IsLoopback() && !ip.IsLinkLocalUnicast() {
			best = ip
			break
		}
	}
	return netip.AddrPortFrom(best, a.Port())
}
