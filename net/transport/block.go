package transport

import "net/netip"

// blocked reports whether handshakes from an address are ignored.
func (e *Endpoint) blocked(a netip.Addr) bool { return false }
