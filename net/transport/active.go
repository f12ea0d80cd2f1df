package transport

import "time"

// active remembers which connections of an owner need a look at the next Flush,
// so that thousands of quiet ones cost nothing when one is heard.
type active struct {
	busy []*Conn
	due  time.Duration // the earliest timer of any connection, or earlier
}

// flush flushes what is busy, and all of conns when a timer is due.
func (a *active) flush(now time.Duration, conns []*Conn) {
	if now < a.due {
		for _, c := range a.busy {
			c.flush(now)
			a.due = min(a.due, c.due)
		}
	} else {
		a.due = now + housekeeping
		for _, c := range conns {
			c.flush(now)
			if c.state != Closed {
				a.due = min(a.due, c.due)
			}
		}
	}
	// What was touched again meanwhile stays.
	n := 0
	for _, c := range a.busy {
		if c.state == Closed {
			c.busy = false
		}
		if c.busy {
			a.busy[n] = c
			n++
		}
	}
	clear(a.busy[n:])
	a.busy = a.busy[:n]
}

// forget drops a connection that gets another owner.
func (a *active) forget(c *Conn) {
	for i, x := range a.busy {
		if x == c {
			a.busy = append(a.busy[:i], a.busy[i+1:]...)
			break
		}
	}
	c.busy = false
}

// touch notes that flush must look at the connection.
func (c *Conn) touch() {
	if c.busy {
		return
	}
	c.busy = true
	switch {
	case c.group != nil:
		c.group.active.busy = append(c.group.active.busy, c)
	case c.endpoint != nil:
		c.endpoint.active.busy = append(c.endpoint.active.busy, c)
	}
}
