package channel

import "time"

// Which channel goes next: the highest priority first; among equals the one that was
// served fewest bytes for its weight (weighted fair queueing by virtual time).

// activate puts c among the channels that have something to send. One that was idle
// gets no credit for that: it starts level with the least served of its peers.
func (l *Link) activate(c *sender) {
	if c.active {
		return
	}
	c.active = true
	first := true
	for _, n := range l.active {
		o := &l.out[n]
		if o.priority == c.priority && (first || o.vtime < c.vtime) {
			if first {
				c.vtime = max(c.vtime, o.vtime)
			} else {
				c.vtime = o.vtime
			}
			first = false
		}
	}
	l.active = append(l.active, c.number)
}

// pick returns the channel to serve next in packet p, nil if none has anything that
// may go into it.
func (l *Link) pick(p *packet) *sender {
	var best *sender
	for i := 0; i < len(l.active); {
		c := &l.out[l.active[i]]
		if !c.ready() {
			c.active = false
			l.active[i] = l.active[len(l.active)-1]
			l.active = l.active[:len(l.active)-1]
			continue
		}
		i++
		if c.blocked == p.pn+1 || l.held && c.number != 0 || p.live && c.kind == Bulk {
			continue
		}
		if best == nil || c.level() > best.level() || c.level() == best.level() && c.vtime < best.vtime {
			best = c
		}
	}
	return best
}

// charge books n bytes on c.
func (c *sender) charge(n int) { c.vtime += uint64(n) * 256 / uint64(c.weight) }

// pending reports whether any channel has something to send.
func (l *Link) pending() bool {
	for _, n := range l.active {
		if (!l.held || n == 0) && l.out[n].ready() {
			return true
		}
	}
	return false
}

// pendingLive is pending without the bulk streams.
func (l *Link) pendingLive() bool {
	for _, n := range l.active {
		if (!l.held || n == 0) && l.out[n].kind != Bulk && l.out[n].ready() {
			return true
		}
	}
	return l.owesFrames()
}

// expire drops what is too old to be sent: datagrams that waited longer than the limit,
// and messages at the front of their queue whose deadline has passed.
func (l *Link) expire(now time.Duration) {
	if l.queuedMessages == 0 {
		return
	}
	for _, n := range l.active {
		c := &l.out[n]
		for c.queue.len() > 0 {
			m := c.queue.at(0)
			if m.next > 0 || m.deadline == 0 || now <= m.deadline {
				break
			}
			l.drop(c, 0, false)
			l.stats.Expired++
		}
		for c.kind.datagram() && c.queue.len() > 0 {
			i := c.dispensable()
			if now-c.queue.at(i).queued <= l.limits.QueueDelay {
				break
			}
			l.drop(c, i, false)
			l.stats.Shed++
		}
	}
}
