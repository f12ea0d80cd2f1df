package replicate

import (
	"cmp"
	"math/bits"
	"slices"
)

// collect lists the entities that have unsent values, in slot order. When
// there are more than will fit, those that matter most are taken.
//
// It goes over them several times, the second time for what the peer knows of them:
// that was last touched a snapshot ago, and so the waits for memory overlap.
func (p *Peer) collect(tick uint32) {
	tr, k := p.server.tracker, &p.known
	q := p.server.queue[:0]
	for i := range min(len(k.slots), len(tr.dirty)) {
		was := k.pending[i]
		word := k.slots[i] & (tr.dirty[i] | was)
		k.pending[i] = word // until it is found to be sent
		for word &^= k.frozen[i]; word != 0; word &= word - 1 {
			bit := bits.TrailingZeros64(word)
			at := k.at[int(k.before[i])+bits.OnesCount64(k.slots[i]&(1<<bit-1))]
			q = append(q, candidate{slot: uint32(i*64 + bit), at: uint32(at), late: was>>bit&1 != 0})
		}
	}
	for i := range q {
		e := &k.list[q[i].at]
		q[i].can = recordTypes(tr.table, e.mask, e.own)
	}
	reach := p.reach(looking(tr.world), true)
	n := 0
	for i := range q {
		if c := &q[i]; p.consider(c, tick, reach) {
			if n < i {
				q[n] = *c
			}
			n++
		}
	}
	p.server.queue = q[:n]
	p.ration(tick)
}

// consider finds what a known entity has to tell, and whether that is anything.
func (p *Peer) consider(c *candidate, tick uint32, reach float32) bool {
	tr := p.server.tracker
	if tr.spots[c.slot].beyond(p.sight, reach) && !p.follows(c.slot) {
		return false // has just left: not a value more, and the next look around drops it
	}
	news := &tr.news[c.slot]
	c.types = c.can & news.fresh
	if c.late || c.types&tr.table.paused != 0 {
		c.types, c.later = p.unsent(c, tick)
	}
	if c.types == 0 {
		if !c.later {
			p.known.pending.drop(c.slot)
		}
		return false
	}
	c.types |= c.can & news.lively
	c.bits = tr.mostBits(c.slot, c.types)
	return true
}

// unsent finds the types of a known entity whose newest value was not sent.
// later: a type is held back by its rate.
func (p *Peer) unsent(c *candidate, tick uint32) (types Mask, later bool) {
	tr := p.server.tracker
	for d := &p.known.list[c.at].first; d != nil; d = p.known.next(d) {
		for left := uint64(d.types & c.can); left != 0; left &= left - 1 {
			t := bits.TrailingZeros64(left)
			switch {
			case tr.values[t].changed[c.slot] <= d.sent:
			case tick-d.sent < tr.table.Types[t].pause:
				later = true
			default:
				types |= 1 << uint(t)
			}
		}
	}
	return types, later
}

// ration shortens the queue to what fits into this snapshot. How much of the most
// that records can take they do take is known from those before.
func (p *Peer) ration(tick uint32) {
	total := 0
	q := p.server.queue
	for i := range q {
		total += int(q[i].bits)
	}
	most := p.room()
	if p.fill == 0 {
		p.fill = 1
	}
	if float32(total)*p.fill <= float32(most) {
		return
	}
	for i := range q {
		q[i].urgency = p.urgency(&q[i], tick)
	}
	p.server.queue = mostUrgent(q, float32(most)/p.fill)
}

// filled learns from a snapshot's records, which could have taken most bits, how
// much they took.
func (p *Peer) filled(took, most int) {
	const gain = 0.25
	p.fill += gain * (fillMargin*float32(took)/float32(max(most, 1)) - p.fill)
}

// fillMargin is by how much records are taken to be larger than those before.
const fillMargin = 1.1

// room is how many bits of records this snapshot may have.
func (p *Peer) room() int {
	most := (maxValueMessages - 1) * valuesMessage
	if p.Budget > 0 {
		most = min(most, max(p.Budget, valuesMessage))
	}
	return most * 8
}

// urgency is how much a candidate matters: the importance of what it tells, times
// the ticks since that was sent, times nearness.
//
// So nothing starves. Where of N things that all change n are told in a snapshot,
// a thing of weight w (importance times nearness) waits for about the sum of all
// weights ÷ (n·w) snapshots: what is passed over grows more urgent with each, and
// what was told begins at the bottom. With equal importance that is N/n snapshots
// for the nearest and at most 4·N/n for the farthest; with weights from v to w, at
// most w/v·N/n. TestNothingStarves holds it to that.
func (p *Peer) urgency(c *candidate, tick uint32) (most float32) {
	tr := p.server.tracker
	for d := &p.known.list[c.at].first; d != nil; d = p.known.next(d) {
		waits := float32(tick - d.sent)
		for left := uint64(d.types & c.types); left != 0; left &= left - 1 {
			if t := bits.TrailingZeros64(left); tr.values[t].changed[c.slot] > d.sent {
				most = max(most, waits*tr.table.Types[t].weight)
			}
		}
	}
	return most * tr.slots[c.slot].weight * p.nearness(c.slot)
}

// nearness weighs an entity by its distance from where the peer sees: from 1
// down to a quarter.
func (p *Peer) nearness(slot uint32) float32 {
	at, c := p.server.tracker.spots[slot], p.sight
	if at.everywhere() || c.Radius == 0 {
		return 1
	}
	far := at.squared(c) / (c.Radius * c.Radius)
	return 1 / (1 + 3*min(far, 1))
}

// mostUrgent takes what fits, most urgent first, and returns it in slot order.
func mostUrgent(q []candidate, most float32) []candidate {
	slices.SortFunc(q, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.urgency, a.urgency), cmp.Compare(a.slot, b.slot))
	})
	n := 0
	for n < len(q) && most > 0 {
		most -= float32(q[n].bits)
		n++
	}
	q = q[:n]
	slices.SortFunc(q, func(a, b candidate) int { return cmp.Compare(a.slot, b.slot) })
	return q
}
