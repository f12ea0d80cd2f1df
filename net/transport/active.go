package transport

import (
	"slices"
	"time"
)

// active remembers which connections of an owner need a look at the next Flush,
// so that thousands of quiet ones cost nothing when one is heard.
type active struct {
	busy []*Conn
	due  time.Duration // the earliest timer of any connection, or earlier

	ready []*Conn // heard of and not yet given out by next …
	given int     // … except the first so many
}

// next gives out the connections that were heard, each once.
func (a *active) next() (*Conn, bool) {
	if a.given == len(a.ready) {
		a.ready, a.given = a.ready[:0], 0
		return nil, false
	}
	c := a.ready[a.given]
	a.ready[a.given] = nil
	a.given++
	c.ready = false
	return c, true
}

// heardOf puts a connection among those that next gives out.
func (a *active) heardOf(c *Conn) {
	if c.ready {
		return
	}
	c.ready = true
	if len(a.ready) == cap(a.ready) && a.given > 0 {
		n := copy(a.ready, a.ready[a.given:])
		clear(a.ready[n:])
		a.ready, a.given = a.ready[:n], 0
	}
	a.ready = append(a.ready, c)
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

// forget drops a connection that gets another owner, or is over.
func (a *active) forget(c *Conn) {
	if c.ready {
		i := a.given + slices.Index(a.ready[a.given:], c)
		a.ready = slices.Delete(a.ready, i, i+1)
		c.ready = false
	}
	for i, x := range a.busy {
		if x == c {
			a.busy = append(a.busy[:i], a.busy[i+1:]...)
			break
		}
	}
	c.busy = false
}

// active is that of the connection's owner; nil on a client.
func (c *Conn) active() *active {
	switch {
	case c.group != nil:
		return &c.group.active
	case c.endpoint != nil:
		return &c.endpoint.active
	}
	return nil
}

// touch notes that flush must look at the connection.
func (c *Conn) touch() {
	if c.busy {
		return
	}
	c.busy = true
	if a := c.active(); a != nil {
		a.busy = append(a.busy, c)
	}
}

// stir notes that the owner's program should look at the connection.
func (c *Conn) stir() {
	if a := c.active(); a != nil && c.complete {
		a.heardOf(c)
	}
}
