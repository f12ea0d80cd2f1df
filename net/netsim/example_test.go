package netsim_test

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/transport"
)

// A client on a bad line and a server, in virtual time: a second takes no time, and every run prints the same.
func Example() {
	server := netip.MustParseAddrPort("10.0.0.1:7777")
	phone := netip.MustParseAddrPort("10.0.0.2:50000")
	nw := netsim.NewNetwork(1)
	nw.SetPath(phone, server, netsim.Cellular3G)
	s, p := nw.Carrier(server), nw.Carrier(phone)

	if _, err := p.WriteBatch([]transport.Datagram{{Addr: server, Data: []byte("hello")}}); err != nil {
		panic(err)
	}
	batch := make([]transport.Datagram, 16)
	for now := time.Duration(0); now <= time.Second; now += 10 * time.Millisecond {
		nw.Advance(now)
		n, err := s.ReadBatch(batch)
		if err != nil {
			panic(err)
		}
		for _, d := range batch[:n] {
			fmt.Printf("%v: %s from %v\n", now, d.Data, d.Addr)
		}
	}
	// Output:
	// 110ms: hello from 10.0.0.2:50000
}
