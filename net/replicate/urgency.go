package replicate

import (
	"cmp"
	"math/bits"
	"slices"
)

// collect lists the entities that have unsent values, in slot order. When
// there are more than will fit, those that matter most are taken.
func (p *Peer) collect(tick uint32) {
	tr, k := p.server.tracker, &p.known
	reach := p.reach(looking(tr.world), true)
	p.queue = p.queue[:0]
	for i := range min(len(k.slots), len(tr.dirty)) {
		was := k.pending[i]
		word := k.slots[i] & (tr.dirty[i] | was)
		k.pending[i] = word // until it is found to be sent
		for word &^= k.frozen[i]; word != 0; word &= word - 1 {
			bit := word & -word
			p.consider(uint32(i*64+bits.TrailingZeros64(word)), tick, reach, was&bit != 0)
		}
	}
	p.ration(tick)
}

// consider puts a known slot into the queue if it has something to tell. late:
// perhaps of scans before this one.
func (p *Peer) consider(slot, tick uint32, reach float32, late bool) {
	tr, at := p.server.tracker, uint32(p.known.place[slot])
	k := &p.known.list[at]
	if tr.spots[slot].beyond(p.sight, reach) && !p.follows(slot) {
		return // has just left: not a value more, and the next look around drops it
	}
	c := candidate{slot: slot, at: at, types: recordTypes(tr.table, k.mask, k.own) & tr.fresh[slot]}
	if late || c.types&tr.table.paused != 0 {
		c.types, c.later = p.unsent(k, tick)
	}
	if c.types == 0 {
		if !c.later {
			p.known.pending.drop(slot)
		}
		return
	}
	c.bits = tr.mostBits(slot, c.types)
	p.queue = append(p.queue, c)
}

// unsent finds the types of a known entity whose newest value was not sent.
// later: a type is held back by its rate.
func (p *Peer) unsent(k *known, tick uint32) (types Mask, later bool) {
	tr := p.server.tracker
	can := recordTypes(tr.table, k.mask, k.own)
	for d := &k.first; d != nil; d = p.known.next(d) {
		for left := uint64(d.types & can); left != 0; left &= left - 1 {
			t := bits.TrailingZeros64(left)
			switch {
			case tr.values[t].changed[k.slot] <= d.sent:
			case tick-d.sent < tr.table.Types[t].pause:
				later = true
			default:
				types |= 1 << uint(t)
			}
		}
	}
	return types, later
}

// ration shortens the queue to what fits into this snapshot.
func (p *Peer) ration(tick uint32) {
	total := 0
	for i := range p.queue {
		total += int(p.queue[i].bits)
	}
	if most := p.room(); total > most {
		for i := range p.queue {
			p.queue[i].urgency = p.urgency(&p.queue[i], tick)
		}
		p.queue = mostUrgent(p.queue, most)
	}
}

// room is how many bits of records this snapshot may have.
func (p *Peer) room() int {
	most := (maxValueMessages - 1) * valuesMessage
	if p.Budget > 0 {
		most = min(most, max(p.Budget, valuesMessage))
	}
	return most * 8
}

// urgency is how much a candidate matters: it grows with every tick that its
// stalest value waits, and falls with distance.
func (p *Peer) urgency(c *candidate, tick uint32) float32 {
	oldest := tick
	for d := &p.known.list[c.at].first; d != nil; d = p.known.next(d) {
		if d.types&c.types != 0 {
			oldest = min(oldest, d.sent)
		}
	}
	return float32(tick-oldest) * p.nearness(c.slot)
}

// nearness weighs an entity by its distance from where the peer sees: from 1
// down to a quarter. Since urgency grows with every tick that a value waits,
// nothing waits more than four times as long as the nearest.
func (p *Peer) nearness(slot uint32) float32 {
	at, c := p.server.tracker.spots[slot], p.sight
	if at.everywhere() || c.Radius == 0 {
		return 1
	}
	far := at.squared(c) / (c.Radius * c.Radius)
	return 1 / (1 + 3*min(far, 1))
}

// mostUrgent takes what fits, most urgent first, and returns it in slot order.
func mostUrgent(q []candidate, most int) []candidate {
	slices.SortFunc(q, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.urgency, a.urgency), cmp.Compare(a.slot, b.slot))
	})
	n := 0
	for n < len(q) && most > 0 {
		most -= int(q[n].bits)
		n++
	}
	q = q[:n]
	slices.SortFunc(q, func(a, b candidate) int { return cmp.Compare(a.slot, b.slot) })
	return q
}
