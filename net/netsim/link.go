package netsim

import "time"

// link decides what happens to the datagrams of one direction. It holds no datagrams.
type link struct {
	profile *Profile
	key     uint64 // seed and link, hashed
	count   Counters
	bad     bool          // Burst: the present phase
	backlog float64       // bytes that had not left yet at asOf
	asOf    time.Duration // time of the last departure or attempt
	last    time.Duration // latest arrival so far of those in order
	shared  *link         // whose queue the datagrams wait in; nil: its own
}

// Counters are what happened to the datagrams of a link. Sent is the sum of Lost, Overflowed, Oversized, Blackout and Passed.
type Counters struct {
	Sent       uint64
	Lost       uint64 // by Loss or Burst
	Overflowed uint64 // no room in Queue
	Oversized  uint64 // above MTU
	Blackout   uint64 // sent during a blackout
	Passed     uint64 // each once, whatever the number of copies
	Corrupted  uint64
	Reordered  uint64
	Duplicated uint64
}

// Plus returns the sums of both.
func (c Counters) Plus(o Counters) Counters {
	c.Sent += o.Sent
	c.Lost += o.Lost
	c.Overflowed += o.Overflowed
	c.Oversized += o.Oversized
	c.Blackout += o.Blackout
	c.Passed += o.Passed
	c.Corrupted += o.Corrupted
	c.Reordered += o.Reordered
	c.Duplicated += o.Duplicated
	return c
}

// verdict is what becomes of one datagram.
type verdict struct {
	arrivals [2]time.Duration
	copies   int    // 0: it never arrives
	flip     uint64 // not 0: selects a byte and what to change in it
}

// send decides about the next datagram, of size bytes. While it is dark none arrives.
func (l *link) send(now time.Duration, size int, dark bool) (v verdict) {
	p := l.profile
	d := dice(keyed(l.key, l.count.Sent))
	l.count.Sent++
	if dark {
		l.count.Blackout++
		return v
	}
	if l.loses(d, size) {
		return v
	}
	queue := l
	if l.shared != nil {
		queue = l.shared
	}
	left, ok := queue.leave(now, size)
	if !ok {
		l.count.Overflowed++
		return v
	}
	l.count.Passed++
	if d.chance(corrupt, p.Corrupt) {
		l.count.Corrupted++
		v.flip = d.bits(corruptWhere) | 1
	}
	at := max(left+p.travel(d, jitter), l.last)
	if d.chance(reorder, p.Reorder) {
		l.count.Reordered++
		at += p.heldBack()
	} else {
		l.last = at
	}
	v.arrivals[0], v.copies = at, 1
	if d.chance(duplicate, p.Duplicate) {
		l.count.Duplicated++
		v.arrivals[1], v.copies = max(left+p.travel(d, copyJitter), at), 2
	}
	return v
}

// loses decides whether the datagram never reaches the queue, and counts why.
func (l *link) loses(d dice, size int) bool {
	p := l.profile
	if l.bad {
		l.bad = !d.chance(burstTurn, p.Burst.Leave)
	} else {
		l.bad = d.chance(burstTurn, p.Burst.Enter)
	}
	switch {
	case p.MTU > 0 && size > p.MTU:
		l.count.Oversized++
	case d.chance(loss, p.Loss) || l.bad && d.chance(burstLoss, p.Burst.Loss):
		l.count.Lost++
	default:
		return false
	}
	return true
}

// leave queues the datagram and returns when its last bit is on the link, or false if the queue is full. The queue is kept in bytes, so
// that it drains at the new rate when the profile changes.
func (l *link) leave(now time.Duration, size int) (time.Duration, bool) {
	rate := float64(l.profile.Rate) / 8
	if rate == 0 {
		l.backlog = 0
		return now, true
	}
	l.backlog = max(0, l.backlog-float64((now-l.asOf).Seconds()*rate))
	l.asOf = now
	onLink := float64(size + overhead)
	if l.backlog+onLink > float64(l.profile.queue()) {
		return 0, false
	}
	l.backlog += onLink
	return now + time.Duration(l.backlog/rate*float64(time.Second)), true
}

// travel draws a time under way.
func (p *Profile) travel(d dice, k decision) time.Duration {
	if p.Jitter == 0 {
		return p.Delay
	}
	return max(0, p.Delay+time.Duration(float64(p.Jitter)*d.spread(p.Spread, k)))
}

func (p *Profile) heldBack() time.Duration {
	if p.ReorderBy > 0 {
		return p.ReorderBy
	}
	return defaultReorderBy
}

// damage changes the byte that flip selects.
func damage(data []byte, flip uint64) {
	if flip != 0 && len(data) > 0 {
		data[flip>>8%uint64(len(data))] ^= byte(flip) // flip is odd, so this changes something
	}
}
