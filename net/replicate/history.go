package replicate

import (
	"math/bits"

	"github.com/tandem-engine/tandem/net/wire"
)

// historyScans is how many snapshots back the server knows every value, as
// baselines for all peers together: three seconds at 20 snapshots a second.
const historyScans = 64

// baseSnapshots is how old a baseline may be, in snapshots. Both sides keep at
// least as much.
const baseSnapshots = 48

// history is the past of one component type, for all slots. What does not change
// has none and takes no memory.
type history struct {
	stride int
	slots  []changes
	rings  []uint32 // historyScans values a slot that has changed: what was before the change of a scan
}

// changes is when a slot's value changed lately.
type changes struct {
	scans uint64 // bit i: in scan newest-i
	last  uint32 // scan of bit 0
	ring  uint32 // 1 + number of the ring; 0: none
}

// change keeps the value that a slot had before the change of a scan.
func (h *history) change(slot, scan uint32, before []uint32) {
	c := &h.slots[slot]
	if c.ring == 0 {
		n := historyScans * h.stride
		h.rings = append(h.rings, make([]uint32, n)...)
		c.ring = uint32(len(h.rings) / max(n, 1))
	}
	c.scans = c.scans<<min(scan-c.last, 64) | 1
	c.last = scan
	copy(h.at(c, scan), before)
}

// at is where the value before a scan's change is kept.
func (h *history) at(c *changes, scan uint32) []uint32 {
	at := (int(c.ring-1)*historyScans + int(scan%historyScans)) * h.stride
	return h.rings[at : at+h.stride : at+h.stride]
}

// begin forgets a slot's past: another entity has it.
func (h *history) begin(slot uint32) { h.slots[slot].scans = 0 }

// since is c.scans as of a scan: bit i is scan-i.
func (c *changes) since(scan uint32) uint64 { return c.scans << min(scan-c.last, 64) }

// before is the value back scans before a scan: that before the first change since.
func (h *history) before(c *changes, since uint64, scan, back uint32, now []uint32) []uint32 {
	since &= 1<<back - 1
	if since == 0 {
		return now
	}
	return h.at(c, scan+1-uint32(bits.Len64(since)))
}

// bases are the ticks of up to three values that a peer is known to have, newest
// first; 0 for none. They are what an update is coded against.
type bases [3]uint32

// backs are bases as the server counts them: three times six bits, each how many
// scans before the newest; 0 for none.
type backs uint32

const (
	backBits = 6
	backMask = 1<<backBits - 1
)

// pastOf gathers the lanes behind bases. Both sides do it in the same way:
// a base that is missing ends the list.
func pastOf(b bases, tick uint32, lanes func(tick uint32) []uint32, none []uint32) wire.Past {
	p := wire.Past{Base: none, Age: 1}
	if b[0] == 0 {
		return p
	}
	base := lanes(b[0])
	if base == nil {
		return p
	}
	p.Base, p.Age = base, tick-b[0]
	if b[1] == 0 {
		return p
	}
	if p.Older = lanes(b[1]); p.Older == nil {
		return p
	}
	p.Gap = b[0] - b[1]
	if b[2] == 0 {
		return p
	}
	if p.Oldest = lanes(b[2]); p.Oldest != nil {
		p.OldestGap = b[1] - b[2]
	}
	return p
}

// past is pastOf for the server, which has every value.
func (tr *tracker) past(p *wire.Past, t int, slot uint32, b backs, now []uint32) {
	v, interval, scan := &tr.values[t], tr.interval, tr.scans
	first, second, third := uint32(b&backMask), uint32(b>>backBits&backMask), uint32(b>>(2*backBits))
	p.Older, p.Oldest = nil, nil
	if first == 0 {
		p.Base, p.Age = v.none, 1
		return
	}
	h := &v.history
	c := &h.slots[slot]
	since := c.since(scan)
	p.Base, p.Age = h.before(c, since, scan, first, now), first*interval
	if second == 0 {
		return
	}
	p.Older, p.Gap = h.before(c, since, scan, second, now), (second-first)*interval
	if third != 0 {
		p.Oldest, p.OldestGap = h.before(c, since, scan, third, now), (third-second)*interval
	}
}
