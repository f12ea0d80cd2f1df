package transport_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/transport"
)

// A move to another address begins with fresh estimates on both sides; one to another
// port alone keeps them (RFC 9000, section 9.4).
func TestMoveForgetsThePath(t *testing.T) {
	w, n := tapWorld(t, nil)
	end := n.Carrier()
	client := w.dialOn(w.config(), end)
	w.until(2*time.Second, func() bool { return len(w.accepted) == 1 })
	server := w.accepted[0]
	w.run(5 * time.Second)
	sides := []*transport.Conn{client, server}
	for _, c := range sides {
		if s := c.Stats(); s.MTU != transport.MaxMTU || s.RTT == 0 {
			t.Fatalf("%+v", s)
		}
	}
	// moved sends something from a new address and waits until both sides know of it. It
	// gives the lowest MTU and whether each side was seen without an RTT.
	moved := func(to netip.AddrPort) (lowest [2]int, forgot [2]bool) {
		lowest = [2]int{transport.MaxMTU, transport.MaxMTU}
		before := server.Stats().Moves
		end.move(to)
		send(t, client, 1, "here")
		for range 30 {
			w.step()
			for i, c := range sides {
				lowest[i] = min(lowest[i], c.Stats().MTU)
				forgot[i] = forgot[i] || c.Stats().RTT == 0
			}
		}
		if server.Addr() != to || server.Stats().Moves != before+1 {
			t.Fatalf("at %v: %+v", server.Addr(), server.Stats())
		}
		return lowest, forgot
	}
	if mtu, forgot := moved(netip.AddrPortFrom(end.addr.Addr(), 7)); mtu != [2]int{transport.MaxMTU, transport.MaxMTU} || forgot != [2]bool{} {
		t.Errorf("another port: MTU %v, RTT forgotten %v", mtu, forgot)
	}
	if mtu, forgot := moved(netip.MustParseAddrPort("10.9.9.9:7")); mtu != [2]int{1200, 1200} || forgot != [2]bool{true, true} {
		t.Errorf("another address: MTU %v, RTT forgotten %v", mtu, forgot)
	}
	w.run(5 * time.Second)
	for i, c := range sides {
		if s := c.Stats(); s.MTU != transport.MaxMTU || s.RTT == 0 {
			t.Errorf("side %d does not learn the new path: %+v", i, s)
		}
	}
}
