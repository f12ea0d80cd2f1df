package transport

import (
	"context"
	"slices"
	"sync/atomic"
	"time"
)

// Group is a set of connections that another goroutine than the Endpoint's
// owns: the players of a Room. The Endpoint's goroutine reads the carriers,
// answers handshakes and routes the packets of these connections into the
// Group's ring, which has a fixed size: when it is full, packets are dropped
// and counted. The Group's goroutine opens them, runs timers, builds, seals and
// writes. Between the two there are only the rings.
//
// A connection comes to a Group by Endpoint.Move and leaves it by Release, to
// be moved to another one: both between ticks of their goroutines.
type Group struct {
	e       *Endpoint
	lane    *lane // the shard that it reads; nil: none, see NewShardGroup
	in      *ring // from the Endpoint
	out     *ring // to the Endpoint
	late    []entry
	wake    chan struct{}
	dropped atomic.Uint64

	packetsIn, bytesIn atomic.Uint64 // of its shard

	// Below belongs to the Group's goroutine.
	now          time.Duration
	timersAt     time.Duration // when the timers of connections run next
	active       active
	conns        []*Conn
	bySlot       []*Conn // conns, by the slot in their id
	arrived      []*Conn
	boxes        []*outbox // by lane
	writer       *writer   // see StartWriter; nil: none
	blockVersion uint64
	alarm        *time.Timer // of Wait
}

// defaultRing is the size of a Group's ring in packets.
const defaultRing = 4096

// NewGroup makes a Group with a ring of the given number of packets (0: 4096).
// Call it from the Endpoint's goroutine.
func (e *Endpoint) NewGroup(size int) *Group {
	if size <= 0 {
		size = defaultRing
	}
	g := &Group{e: e, in: newRing(size), out: newRing(size), wake: make(chan struct{}, 1)}
	for _, l := range e.lanes {
		g.boxes = append(g.boxes, newOutbox(l.carrier, batchSize))
	}
	e.groups = append(e.groups, g)
	return g
}

// Move gives a connection to a Group, whose goroutine owns it from then on. The
// connection must be the Endpoint's: from Accept or Returned, and not moved
// since. It reports false, and changes nothing, when the Group's ring is full:
// try again.
func (e *Endpoint) Move(c *Conn, g *Group) bool {
	s := e.slots.find(c.local)
	if c.endpoint != e || s == nil || s.conn != c || s.group != nil {
		panic("transport: Move of a connection that is not the Endpoint's: it belongs to a Group already (Release it there first) or has ended long ago")
	}
	e.active.forget(c)
	if !g.push(entry{kind: entryArrive, conn: c}, nil) {
		c.touch()
		c.stir()
		return false
	}
	s.group = g
	for i, x := range e.conns {
		if x == c {
			e.conns[i] = e.conns[len(e.conns)-1]
			e.conns[len(e.conns)-1] = nil
			e.conns = e.conns[:len(e.conns)-1]
			break
		}
	}
	if c.state != Closed {
		e.grouped++
	}
	return true
}

// Dissolve forgets a Group that has no connections and whose goroutine does not
// use it any more: it has called ReleaseAll after the last Move. What was still
// in its ring is dropped. Call it from the Endpoint's goroutine.
func (e *Endpoint) Dissolve(g *Group) {
	if len(g.conns) > 0 {
		panic("transport: Dissolve of a Group that has connections: call its ReleaseAll first, in its goroutine")
	}
	if g.writer != nil {
		panic("transport: Dissolve of a Group that has a writer: call its StopWriter first, in its goroutine")
	}
	for e.collect(); len(g.late) > 0; e.collect() {
		g.flushLate()
	}
	e.stats.Dropped += g.Dropped()
	e.stats.PacketsIn += g.packetsIn.Load()
	e.stats.BytesIn += g.bytesIn.Load()
	for _, b := range g.boxes {
		e.stats.addOut(b)
	}
	if g.lane != nil {
		g.lane.owner = nil // the Endpoint reads it again
	}
	e.groups = slices.DeleteFunc(e.groups, func(x *Group) bool { return x == g })
}

// Returned gives the next connection that a Group has released.
func (e *Endpoint) Returned() (*Conn, bool) {
	if len(e.returned) == 0 {
		return nil, false
	}
	c := e.returned[0]
	e.returned = e.returned[1:]
	return c, true
}

func (g *Group) push(x entry, data []byte) bool {
	if !g.in.push(x, data) {
		return false
	}
	if g.lane != nil {
		wakeUp(g.lane.carrier)
		return true
	}
	select {
	case g.wake <- struct{}{}:
	default:
	}
	return true
}

// post tells the Endpoint something. What does not fit waits; nothing is lost.
func (g *Group) post(x entry) {
	g.late = append(g.late, x)
	g.flushLate()
}

func (g *Group) flushLate() {
	n := 0
	for n < len(g.late) && g.out.push(g.late[n], nil) {
		g.late[n] = entry{}
		n++
	}
	if n == len(g.late) {
		g.late = g.late[:0]
		return
	}
	g.late = g.late[n:]
}

// Poll takes what the Endpoint has routed to the Group, opens packets and runs
// timers. Only the Group's goroutine may call it. now is of the Endpoint's clock.
func (g *Group) Poll(now time.Duration) {
	g.now = max(g.now, g.e.clock.inside(now))
	g.flushLate()
	for range len(g.in.slots) {
		x := g.in.front()
		if x == nil {
			break
		}
		g.take(x)
		g.in.pop()
	}
	g.read()
	g.dropBlocked()
	if g.now < g.timersAt {
		return
	}
	g.timersAt = g.now + timerStep
	live := g.conns[:0]
	for _, c := range g.conns {
		c.timers(g.now)
		if c.state == Closed && g.now-c.closing.at >= closeLinger {
			g.active.forget(c)
			c.forgetLink()
			g.drop(c)
			g.post(entry{kind: entryGone, conn: c})
			continue
		}
		live = append(live, c)
	}
	clear(g.conns[len(live):])
	g.conns = live
}

// take acts on one entry.
func (g *Group) take(x *entry) {
	c := x.conn
	if x.kind == entryArrive {
		c.group = g
		c.now = max(c.now, g.now)
		c.out = g.boxes[c.lane.index]
		c.touch()
		c.stir()
		g.conns = append(g.conns, c)
		g.keep(c)
		g.arrived = append(g.arrived, c)
		return
	}
	if !g.owns(c) {
		return // it was released after this was sent
	}
	c.now = g.now
	switch x.kind {
	case entryPacket:
		c.packet(x.lane, x.header, x.data, x.from)
	case entryClose:
		c.shut(x.reason)
	case entryControl:
		if c.state == Connected {
			c.sendControl(x.data)
		}
	}
}

// Accept gives the next connection that has come to the Group.
func (g *Group) Accept() (*Conn, bool) {
	if len(g.arrived) == 0 {
		return nil, false
	}
	c := g.arrived[0]
	g.arrived[0] = nil
	g.arrived = g.arrived[1:]
	return c, true
}

// Ready gives the next connection that something was heard from since Ready last
// gave it, or that has ended.
func (g *Group) Ready() (*Conn, bool) { return g.active.next() }

// Flush builds, seals and writes what is due. Only the Group's goroutine may call it.
func (g *Group) Flush(now time.Duration) {
	g.now = max(g.now, g.e.clock.inside(now))
	g.active.flush(g.now, g.conns)
	for _, b := range g.boxes {
		b.flush()
	}
	g.flushLate()
}

// Release gives a connection back to the Endpoint, which hands it out through
// Returned. The Group's goroutine must not touch it afterwards. Packets that
// are on their way to the Group are lost, as packets may be.
func (g *Group) Release(c *Conn) {
	if !g.owns(c) {
		panic("transport: Release of a connection that is not in this Group")
	}
	for _, b := range g.boxes {
		b.flush()
	}
	g.active.forget(c)
	c.group = nil
	g.drop(c)
	i := slices.Index(g.conns, c)
	g.conns = slices.Delete(g.conns, i, i+1)
	if i := slices.Index(g.arrived, c); i >= 0 {
		g.arrived = slices.Delete(g.arrived, i, i+1)
	}
	g.post(entry{kind: entryLeave, conn: c})
}

// ReleaseAll releases every connection, also those that Accept has not given and
// those that have ended.
func (g *Group) ReleaseAll() {
	for len(g.conns) > 0 {
		g.Release(g.conns[len(g.conns)-1])
	}
}

// Dropped is how many packets found the ring full. Any goroutine may ask.
func (g *Group) Dropped() uint64 { return g.dropped.Load() }

// Wait sleeps until something has been routed to the Group, d has passed, or ctx
// ends. Only the Group's goroutine may call it.
func (g *Group) Wait(ctx context.Context, d time.Duration) error {
	if g.in.front() != nil || d <= 0 {
		return ctx.Err()
	}
	if g.lane != nil {
		if _, ok := g.lane.carrier.(Waker); !ok {
			d = min(d, lookAround)
		}
		return waitOn(ctx, g.lane.carrier, d)
	}
	if g.alarm == nil {
		g.alarm = time.NewTimer(d)
	} else {
		g.alarm.Reset(d)
	}
	defer g.alarm.Stop()
	select {
	case <-g.wake:
		return nil
	case <-g.alarm.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *Group) dropBlocked() {
	b := g.e.cfg.Block
	if b == nil || b.version.Load() == g.blockVersion {
		return
	}
	g.blockVersion = b.version.Load()
	for _, c := range g.conns {
		if b.Blocked(c.addr.Addr()) {
			c.Close(Banned, "")
		}
	}
}

// collect takes what the Groups have posted.
func (e *Endpoint) collect() {
	for _, g := range e.groups {
		for range len(g.out.slots) {
			x := g.out.front()
			if x == nil {
				break
			}
			e.posted(x)
			g.out.pop()
		}
	}
}

func (e *Endpoint) posted(x *entry) {
	c := x.conn
	switch x.kind {
	case entryForeign:
		e.route(x.lane, x.data, x.from)
	case entryBroken:
		e.broken = x.reason
	case entryEnded:
		e.grouped--
		e.ended(c)
	case entryGone:
		e.slots.release(c.local)
	case entryResume:
		e.issueResume(c)
	case entryLeave:
		if s := e.slots.find(c.local); s != nil {
			s.group = nil
		}
		if c.state != Closed {
			e.grouped--
		}
		c.out = c.lane.out
		e.conns = append(e.conns, c)
		c.touch()
		c.stir()
		e.returned = append(e.returned, c)
	}
}

// toGroup hands something to the group that owns a connection, and reports
// whether there is one.
func (e *Endpoint) toGroup(c *Conn, x entry, data []byte) bool {
	s := e.slots.find(c.local)
	if s == nil || s.group == nil {
		return false
	}
	x.conn = c
	if s.group.push(x, data) {
		return true
	}
	s.group.dropped.Add(1)
	if x.kind == entryClose {
		e.unclosed = append(e.unclosed, x) // tried again at the next Poll
	}
	return true
}

// closeConn closes a connection, whoever owns it.
func (e *Endpoint) closeConn(c *Conn, reason *CloseError) {
	if !e.toGroup(c, entry{kind: entryClose, reason: reason}, nil) {
		c.now = e.now
		c.shut(reason)
	}
}

// closeAgain repeats what found a Group's ring full.
func (e *Endpoint) closeAgain() {
	again := e.unclosed
	e.unclosed = nil
	for _, x := range again {
		if s := e.slots.find(x.conn.local); s != nil && s.conn == x.conn {
			e.closeConn(x.conn, x.reason)
		}
	}
}
