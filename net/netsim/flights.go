package netsim

import (
	"net/netip"
	"time"
)

// maxFlights bounds the datagrams under way in one Network or Pipe: 64 MiB at the usual size.
const maxFlights = 1 << 16

// flight is a datagram under way.
type flight struct {
	from, to netip.AddrPort
	data     []byte
}

// flights are the datagrams under way, a binary heap by arrival and then by departure. Buffers are used again.
type flights struct {
	order []due
	slots []flight
	free  []uint32 // unused slots, with buffers kept in them
	count uint64
	full  uint64 // datagrams dropped because maxFlights were under way
}

// due is a place in the heap.
type due struct {
	at   time.Duration
	nth  uint64
	slot uint32
}

func (a due) before(b due) bool {
	return a.at < b.at || a.at == b.at && a.nth < b.nth
}

// add copies data and lets it arrive at each time of the verdict.
func (f *flights) add(v verdict, from, to netip.AddrPort, data []byte) {
	for _, at := range v.arrivals[:v.copies] {
		if len(f.order) >= maxFlights {
			f.full++
			return
		}
		slot := f.slot()
		s := &f.slots[slot]
		s.from, s.to, s.data = from, to, append(s.data[:0], data...)
		damage(s.data, v.flip)
		f.push(due{at, f.count, slot})
		f.count++
	}
}

// slot returns an unused slot.
func (f *flights) slot() uint32 {
	if n := len(f.free); n > 0 {
		slot := f.free[n-1]
		f.free = f.free[:n-1]
		return slot
	}
	f.slots = append(f.slots, flight{})
	return uint32(len(f.slots) - 1)
}

// next returns when the first datagram arrives.
func (f *flights) next() (time.Duration, bool) {
	if len(f.order) == 0 {
		return 0, false
	}
	return f.order[0].at, true
}

// pop takes the first datagram if it has arrived by now. Its slot must be given back by release when the data is no longer needed.
func (f *flights) pop(now time.Duration) (slot uint32, ok bool) {
	if len(f.order) == 0 || f.order[0].at > now {
		return 0, false
	}
	slot = f.order[0].slot
	last := len(f.order) - 1
	f.order[0] = f.order[last]
	f.order = f.order[:last]
	f.sink()
	return slot, true
}

// release makes slots usable again.
func (f *flights) release(slots ...uint32) {
	f.free = append(f.free, slots...)
}

func (f *flights) push(d due) {
	f.order = append(f.order, d)
	h := f.order
	for i := len(h) - 1; i > 0; {
		parent := (i - 1) / 2
		if !h[i].before(h[parent]) {
			return
		}
		h[i], h[parent] = h[parent], h[i]
		i = parent
	}
}

// sink moves the first place down to where it belongs.
func (f *flights) sink() {
	h := f.order
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h); child++ {
			if h[child].before(h[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}
