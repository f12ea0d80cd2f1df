package netsim

import (
	"fmt"
	"net/netip"
	"sync"
	"time"
)

// Network is a network in virtual time: carriers with addresses, and a link for each ordered pair of them. Time stands still until
// Advance moves it. All methods, and those of its carriers, may be called from several goroutines, but only calls in one order replay.
//
// A link is known by the addresses its ends were made with, so it stays the same link after a Rebind.
type Network struct {
	mu       sync.Mutex
	seed     uint64
	now      time.Duration
	fallback Profile // of links without one of their own
	carriers map[netip.AddrPort]*Carrier
	links    map[Ends]*link
	flights  flights
	script   []action // by time
	stats    Stats
	trace    uint64
	assigned uint16 // addresses given out by Carrier
}

// Ends name a link: the addresses that its two carriers were made with.
type Ends struct{ From, To netip.AddrPort }

type action struct {
	at time.Duration
	do func()
}

// Stats are what happened on the whole network.
type Stats struct {
	Counters          // of all links together
	Delivered  uint64 // datagrams put into an inbox, copies included
	Unroutable uint64 // nobody had the address, at sending or at arrival
	InboxFull  uint64 // arrived at a carrier that was not read
	Crowded    uint64 // dropped because too many were under way
	Darkened   uint64 // arrived during a blackout of their receiver
}

// NewNetwork returns a network without faults at time 0.
func NewNetwork(seed uint64) *Network {
	return &Network{seed: seed, carriers: map[netip.AddrPort]*Carrier{}, links: map[Ends]*link{}}
}

// Carrier joins the network at addr, or at an address of the network's choice if addr is the zero value. It panics if addr is taken.
func (nw *Network) Carrier(addr netip.AddrPort) *Carrier {
	nw.mu.Lock()
	defer nw.mu.Unlock()
	if !addr.IsValid() {
		nw.assigned++
		addr = netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(nw.assigned >> 8), byte(nw.assigned)}), 9000)
	}
	c := &Carrier{network: nw, home: addr}
	nw.bind(c, addr)
	return c
}

// bind gives c the address addr.
func (nw *Network) bind(c *Carrier, addr netip.AddrPort) {
	if nw.carriers[addr] != nil {
		panic(fmt.Sprintf("netsim: %v is taken; close its carrier first or use another address", addr))
	}
	delete(nw.carriers, c.addr)
	c.addr = addr
	nw.carriers[addr] = c
}

// SetDefault sets the profile of every link that has none of its own. It panics if the profile is not valid.
func (nw *Network) SetDefault(p Profile) {
	mustBeValid(&p)
	nw.mu.Lock()
	defer nw.mu.Unlock()
	nw.fallback = p
}

// SetLink sets the profile of the link from one carrier to another, named by the addresses they were made with; they need not exist
// yet. It panics if the profile is not valid.
func (nw *Network) SetLink(from, to netip.AddrPort, p Profile) {
	mustBeValid(&p)
	nw.mu.Lock()
	defer nw.mu.Unlock()
	nw.link(Ends{from, to}).profile = &p
}

// SetPath sets both directions between a client and a server.
func (nw *Network) SetPath(client, server netip.AddrPort, c Conditions) {
	nw.SetLink(client, server, c.Up)
	nw.SetLink(server, client, c.Down)
}

// Share lets links wait in one queue, as the flows of a household do at its modem: for rate bits a second and with room for queue
// bytes, as Profile.Rate and Profile.Queue say. Their own Rate and Queue count no more. It panics if either is negative.
func (nw *Network) Share(rate int64, queue int, links ...Ends) {
	p := Profile{Rate: rate, Queue: queue}
	mustBeValid(&p)
	nw.mu.Lock()
	defer nw.mu.Unlock()
	line := &link{profile: &p}
	for _, e := range links {
		nw.link(e).shared = line
	}
}

// link returns a link, a new one if there was none.
func (nw *Network) link(e Ends) *link {
	l := nw.links[e]
	if l == nil {
		l = &link{profile: &nw.fallback, key: keyedAddr(keyedAddr(mix(nw.seed), e.From), e.To)}
		nw.links[e] = l
	}
	return l
}

// At calls do when Advance reaches t: the script of a changing network. Actions of one time run in the order they were given; one for a
// time that has passed runs in the next Advance.
func (nw *Network) At(t time.Duration, do func()) {
	nw.mu.Lock()
	defer nw.mu.Unlock()
	i := len(nw.script)
	for i > 0 && nw.script[i-1].at > t {
		i--
	}
	nw.script = append(nw.script, action{})
	copy(nw.script[i+1:], nw.script[i:])
	nw.script[i] = action{t, do}
}

// Advance moves time to now; deliveries and scripted actions on the way happen in the order of their times. It panics if now is in the
// past.
func (nw *Network) Advance(now time.Duration) {
	nw.mu.Lock()
	defer nw.mu.Unlock()
	if now < nw.now {
		panic(fmt.Sprintf("netsim: Advance(%v) after %v; time only moves forward", now, nw.now))
	}
	for len(nw.script) > 0 && nw.script[0].at <= now {
		a := nw.script[0]
		nw.script = nw.script[1:]
		nw.moveTo(max(nw.now, a.at))
		nw.mu.Unlock()
		a.do()
		nw.mu.Lock()
	}
	nw.moveTo(now)
}

// moveTo delivers what arrives up to t.
func (nw *Network) moveTo(t time.Duration) {
	for {
		at, ok := nw.flights.next()
		if !ok || at > t {
			break
		}
		nw.now = max(nw.now, at)
		slot, _ := nw.flights.pop(at)
		nw.deliver(slot)
	}
	nw.now = max(nw.now, t)
}

// deliver puts a datagram into the inbox of whoever has its address now.
func (nw *Network) deliver(slot uint32) {
	c := nw.carriers[nw.flights.slots[slot].to]
	switch {
	case c == nil:
		nw.stats.Unroutable++
	case nw.now < c.dark:
		nw.stats.Darkened++
	case len(c.inbox)-c.read >= maxInbox:
		nw.stats.InboxFull++
	default:
		nw.stats.Delivered++
		c.inbox = append(c.inbox, slot)
		return
	}
	nw.flights.release(slot)
}

// send lets c send a datagram.
func (nw *Network) send(c *Carrier, to netip.AddrPort, data []byte) {
	peer := nw.carriers[to]
	if peer == nil {
		nw.stats.Unroutable++
		return
	}
	l := nw.link(Ends{c.home, peer.home})
	v := l.send(nw.now, len(data), nw.now < c.dark)
	nw.record(l, v, len(data))
	nw.flights.add(v, c.addr, to, data)
}

// record adds a decision to the trace.
func (nw *Network) record(l *link, v verdict, size int) {
	for _, x := range [...]uint64{l.key, uint64(nw.now), uint64(size), v.flip, uint64(v.copies), uint64(v.arrivals[0]), uint64(v.arrivals[1])} {
		nw.trace = mix(nw.trace ^ x)
	}
}

// Now returns the time that Advance moved to.
func (nw *Network) Now() time.Duration {
	nw.mu.Lock()
	defer nw.mu.Unlock()
	return nw.now
}

// Next returns when the next datagram arrives or the next scripted action runs, if there is one.
func (nw *Network) Next() (time.Duration, bool) {
	nw.mu.Lock()
	defer nw.mu.Unlock()
	at, ok := nw.flights.next()
	if len(nw.script) > 0 && (!ok || nw.script[0].at < at) {
		return nw.script[0].at, true
	}
	return at, ok
}

// Trace returns a hash of every decision so far: when, on which link, of what size, and what became of it. Equal runs have equal traces.
// The content of datagrams is not in it.
func (nw *Network) Trace() uint64 {
	nw.mu.Lock()
	defer nw.mu.Unlock()
	return nw.trace
}

// Stats returns what happened so far on the whole network.
func (nw *Network) Stats() Stats {
	nw.mu.Lock()
	defer nw.mu.Unlock()
	s := nw.stats
	s.Crowded = nw.flights.full
	for _, l := range nw.links {
		s.Counters = s.Plus(l.count)
	}
	return s
}

// LinkCounters returns what happened so far from one carrier to another, named by the addresses they were made with.
func (nw *Network) LinkCounters(from, to netip.AddrPort) Counters {
	nw.mu.Lock()
	defer nw.mu.Unlock()
	if l := nw.links[Ends{from, to}]; l != nil {
		return l.count
	}
	return Counters{}
}
