package channel

import "slices"

// assembly is a message of which some fragments have arrived. It takes memory for those
// and none for the ones it only heard of.
type assembly struct {
	id      uint64 // message id; datagram kinds: number of the packet with fragment 0
	touched uint64 // number of the last packet that brought a fragment
	count   uint16
	cost    int32
	size    int32
	parts   []part // by index
}

// part is a fragment that arrived.
type part struct {
	buf   []byte
	index uint16
}

// partCost is what a fragment is charged at beside its buffer, in bytes.
const partCost = 32

// find returns the place of the assembly with this id in a list ordered by id.
func find(list []assembly, id uint64) (int, bool) {
	lo, hi := 0, len(list)
	if hi > 0 && list[hi-1].id < id {
		return hi, false
	}
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		if list[mid].id < id {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < len(list) && list[lo].id == id
}

// has reports whether fragment index arrived, and where it belongs.
func (a *assembly) has(index uint16) (int, bool) {
	n := len(a.parts)
	if n == 0 || a.parts[n-1].index < index {
		return n, false
	}
	return slices.BinarySearchFunc(a.parts, index, func(p part, i uint16) int { return int(p.index) - int(i) })
}

// checkFragment says whether the numbers of a fragment are possible on channel c.
func (c *receiver) checkFragment(f *dataFrame) error {
	most := fragments(int(c.maxSize))
	if f.Count < 2 || f.Count > uint64(most) || f.Index >= f.Count {
		return ErrFragment
	}
	if f.Index < f.Count-1 {
		if len(f.Payload) != FragmentSize {
			return ErrFragment
		}
		return nil
	}
	if n := len(f.Payload); n == 0 || n > FragmentSize || int(f.Index)*FragmentSize+n > int(c.maxSize) {
		return ErrFragment
	}
	return nil
}

// assemble adds a fragment to message id of channel c. It returns the whole message when
// this was the last missing one: the caller owns its buffer, which is charged to l.rx.
// inTurn: everything else of the channel waits for this message, so that it may use the
// reserve and is not counted against Limits.Assemblies.
func (l *Link) assemble(c *receiver, id, pn uint64, f *dataFrame, inTurn bool) ([]byte, error) {
	at, ok := find(c.parts, id)
	if ok && uint64(c.parts[at].count) != f.Count {
		return nil, ErrFragment
	}
	index := uint16(f.Index)
	if ok {
		if _, dup := c.parts[at].has(index); dup {
			l.stats.Duplicates++
			return nil, nil
		}
	}
	cost := sizeOf(len(f.Payload)) + partCost
	for !l.room(cost, inTurn) || !ok && !inTurn && l.assemblies >= l.limits.Assemblies {
		if !l.evict(pn) {
			if l.room(cost, inTurn) {
				return nil, overBudget(&l.stats.RefusedAssembly)
			}
			return nil, overBudget(&l.stats.RefusedMemory)
		}
		at, ok = find(c.parts, id) // it may have moved
	}
	if !l.rate.take(l.now, l.limits.MessagesPerSecond) {
		return nil, overBudget(&l.stats.RefusedRate)
	}
	last := ok && len(c.parts[at].parts)+1 == int(f.Count)
	if last {
		return l.complete(c, at, f, inTurn)
	}
	buf := l.bufs.get(len(f.Payload), inTurn)
	if buf == nil {
		return nil, overBudget(&l.stats.RefusedMemory)
	}
	copy(buf, f.Payload)
	if !ok {
		c.parts = slices.Insert(c.parts, at, assembly{id: id, count: uint16(f.Count), parts: l.takeParts()})
		l.assemblies++
	}
	a := &c.parts[at]
	i, _ := a.has(index)
	a.parts = slices.Insert(a.parts, i, part{buf, index})
	a.touched = max(a.touched, pn)
	a.cost += int32(cost)
	a.size += int32(len(f.Payload))
	l.rx.used += cost
	return nil, nil
}

// complete joins the fragments of the at-th assembly and f, the last one to arrive.
func (l *Link) complete(c *receiver, at int, f *dataFrame, inTurn bool) ([]byte, error) {
	a := &c.parts[at]
	size := int(a.size) + len(f.Payload)
	whole := l.bufs.get(size, inTurn)
	if whole == nil {
		return nil, overBudget(&l.stats.RefusedMemory)
	}
	for _, p := range a.parts {
		copy(whole[int(p.index)*FragmentSize:], p.buf)
	}
	copy(whole[int(f.Index)*FragmentSize:], f.Payload)
	l.discard(c, at)
	l.rx.used += cap(whole) + messageOverhead
	return whole, nil
}

// discard forgets the at-th assembly of c.
func (l *Link) discard(c *receiver, at int) {
	a := &c.parts[at]
	for i := range a.parts {
		l.bufs.put(a.parts[i].buf)
		a.parts[i].buf = nil
	}
	l.rx.used -= int(a.cost)
	l.keepParts(a.parts)
	c.parts = slices.Delete(c.parts, at, at+1)
	l.assemblies--
}

// evict makes room for an assembly by dropping the datagram that has not grown for
// longest. What else arrives of it is not acknowledged, so that its fate is not taken for a
// good one. Messages of kinds that resend stay: dropping them would break a promise.
func (l *Link) evict(pn uint64) bool {
	var from *receiver
	which := 0
	for i := range l.in {
		c := &l.in[i]
		if !c.kind.datagram() {
			continue
		}
		for j := range c.parts {
			if from == nil || c.parts[j].touched < from.parts[which].touched {
				from, which = c, j
			}
		}
	}
	if from == nil || from.parts[which].touched >= pn {
		return false
	}
	from.floor = max(from.floor, from.parts[which].id+1)
	l.discard(from, which)
	l.stats.Evicted++
	return true
}

// maxSpareParts is how many emptied fragment lists are kept for the next assembly.
const maxSpareParts = 4

func (l *Link) takeParts() []part {
	if n := len(l.spareParts); n > 0 {
		p := l.spareParts[n-1]
		l.spareParts = l.spareParts[:n-1]
		return p
	}
	return nil
}

func (l *Link) keepParts(p []part) {
	if len(l.spareParts) < maxSpareParts {
		l.spareParts = append(l.spareParts, p[:0])
	}
}
