package netsim

import (
	"net/netip"
	"time"

	"github.com/tandem-engine/tandem/net/transport"
)

// Pipe is one direction of one link: datagrams go in, and come out later, or twice, or never. It belongs to one goroutine at a time.
type Pipe struct {
	profile Profile
	link    link
	flights flights
	lent    []uint32      // slots whose data the last Receive gave out
	dark    time.Duration // nothing that is sent before then arrives
}

// NewPipe returns a pipe whose decisions are keyed by seed and number. It panics if the profile is not valid.
func NewPipe(seed, number uint64, profile Profile) *Pipe {
	p := &Pipe{}
	p.link = link{profile: &p.profile, key: keyed(seed, number)}
	p.SetProfile(profile)
	return p
}

// SetProfile changes what happens to datagrams sent from now on. It panics if the profile is not valid.
func (p *Pipe) SetProfile(profile Profile) {
	mustBeValid(&profile)
	p.profile = profile
}

// Blackout loses what is sent before until.
func (p *Pipe) Blackout(until time.Duration) {
	p.dark = until
}

// Send takes a copy of data. addr comes out again with it.
func (p *Pipe) Send(now time.Duration, addr netip.AddrPort, data []byte) {
	v := p.link.send(now, len(data), now < p.dark)
	p.flights.add(v, netip.AddrPort{}, addr, data)
}

// Receive fills d with what has arrived by now and returns how much that is. The data is valid until the next Receive.
func (p *Pipe) Receive(now time.Duration, d []transport.Datagram) int {
	p.flights.release(p.lent...)
	p.lent = p.lent[:0]
	n := 0
	for ; n < len(d); n++ {
		slot, ok := p.flights.pop(now)
		if !ok {
			break
		}
		p.lent = append(p.lent, slot)
		f := &p.flights.slots[slot]
		d[n] = transport.Datagram{Addr: f.to, Data: f.data}
	}
	return n
}

// Next returns when the next datagram arrives, if one is under way.
func (p *Pipe) Next() (time.Duration, bool) {
	return p.flights.next()
}

// Counters returns what happened so far.
func (p *Pipe) Counters() Counters {
	c := p.link.count
	c.Overflowed += p.flights.full
	return c
}

func mustBeValid(p *Profile) {
	if err := p.Validate(); err != nil {
		panic(err.Error())
	}
}
