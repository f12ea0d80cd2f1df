package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"sync"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/secure"
)

// Endpoint is the server's side: it answers handshakes on its carriers and owns
// the connections that come of them. It belongs to one goroutine.
type Endpoint struct {
	cfg         Config
	lanes       []*lane
	shards      []*lane // those of lanes that share an address, by number; none: it has one socket
	turn        int     // shard of the last connection
	clock       clock
	active      active
	timersAt    time.Duration // when the timers of connections run next
	now         time.Duration // inside
	slots       slotTable
	conns       []*Conn
	accepted    []*Conn
	connected   int // connections that count against MaxConns
	pending     pendingTable
	cookies     *secure.Cookies
	prefixes    *prefixLimiter
	global      bucket
	resets      bucket
	channelHash [32]byte
	resetKey    [32]byte
	shutdown    *CloseError
	closed      bool
	broken      error
	stats       EndpointStats
	refusalLog  bucket
	sessions    sessions
	memory      *channel.Budget

	groups   []*Group
	grouped  int     // connections in Groups that have not ended
	returned []*Conn // released by Groups
	unclosed []entry

	starts     []starting // clients to decide on
	tableBytes int        // held for comparing tables

	blockVersion uint64 // of cfg.Block when connections were last checked against it
}

// timerStep is how often the timers of connections run at most.
const timerStep = 5 * time.Millisecond

// lane is one carrier with its buffers.
type lane struct {
	index   int
	carrier Carrier
	in      []Datagram
	out     *outbox
	broken  bool
	owner   *Group // who reads it; nil: the Endpoint
}

func newLane(c Carrier, size int) *lane {
	return &lane{carrier: c, in: make([]Datagram, size), out: newOutbox(c, size)}
}

// maxBatchesPerPoll bounds how long one Poll reads, so that a flood cannot hold
// up the owner's tick: the rest stays in the carrier, which drops what is too much.
const maxBatchesPerPoll = 64

// Listen makes an Endpoint on one or more carriers. It owns them from then on.
func Listen(cfg Config, carriers ...Carrier) (*Endpoint, error) {
	if cfg.Identity == nil {
		return nil, errNoIdentity
	}
	if len(carriers) == 0 {
		return nil, errors.New("transport: Listen needs at least one carrier")
	}
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	if cfg.Rand != nil {
		cfg.Rand = &lockedReader{r: cfg.Rand} // Groups read it too
	}
	if cfg.Chain != nil {
		if err := cfg.Chain.Speaks(cfg.Identity.Public, cfg.Protocol); err != nil {
			return nil, fmt.Errorf("transport: Config.Chain: %w", err)
		}
	}
	if _, err := newLink(&cfg, nil); err != nil { // finds a bad table now instead of at the first client
		return nil, fmt.Errorf("transport: channels: %w", err)
	}
	e := &Endpoint{
		cfg:         cfg,
		cookies:     secure.NewCookies(cfg.random()),
		channelHash: cfg.Channels.Hash(),
		resetKey:    cfg.Identity.Subkey("reset"),
		global:      newBucket(float64(cfg.HandshakeRate), float64(cfg.HandshakeRate)/4+1),
		resets:      newBucket(resetRate, resetRate),
		refusalLog:  newBucket(1, 10),
	}
	if e.prefixes, err = newPrefixLimiter(cfg.random(), float64(cfg.PrefixRate)); err != nil {
		return nil, fmt.Errorf("transport: %w", err)
	}
	if e.sessions.key, err = secure.NewTokenKey(cfg.random()); err != nil {
		return nil, fmt.Errorf("transport: %w", err)
	}
	e.sessions.byID = make(map[uint64]*session)
	e.memory = channel.NewBudget(cfg.Memory)
	e.pending.init(cfg.MaxPending)
	for _, c := range carriers {
		l := newLane(c, batchSize)
		l.index = len(e.lanes)
		e.lanes = append(e.lanes, l)
	}
	if e.shards, err = shardLanes(e.lanes); err != nil {
		return nil, err
	}
	e.slots.init(cfg.MaxConns+cfg.MaxPending, ShardBits(len(e.shards)), cfg.random())
	return e, nil
}

// Addr is where clients reach the first carrier.
func (e *Endpoint) Addr() netip.AddrPort { return e.lanes[0].carrier.LocalAddr() }

// Poll reads the carriers, answers handshakes, opens packets and runs timers.
// now is any monotonic time; a clock that steps does no harm.
func (e *Endpoint) Poll(now time.Duration) {
	e.now = max(e.now, e.clock.read(now))
	if err := e.cookies.Rotate(e.now); err != nil {
		e.broken = err
		return
	}
	for _, l := range e.lanes {
		if l.owner == nil {
			e.read(l)
		}
	}
	e.collect()
	e.admitAll()
	e.closeAgain()
	e.expirePending()
	e.expireSessions()
	e.dropBlocked()
	if e.now < e.timersAt {
		return
	}
	e.timersAt = e.now + timerStep
	live := e.conns[:0]
	for _, c := range e.conns {
		c.timers(e.now)
		if c.state == Closed && e.now-c.closing.at >= closeLinger {
			e.slots.release(c.local)
			e.active.forget(c)
			c.forgetLink()
			continue
		}
		live = append(live, c)
	}
	clear(e.conns[len(live):])
	e.conns = live
}

func (e *Endpoint) read(l *lane) {
	for range maxBatchesPerPoll {
		if l.broken || e.closed {
			return
		}
		n, err := l.carrier.ReadBatch(l.in)
		for i := range l.in[:n] {
			e.route(l, l.in[i].Data, normal(l.in[i].Addr))
		}
		if err != nil {
			l.broken = true
			e.broken = err
			e.cfg.Log.Error("carrier failed", "local", l.carrier.LocalAddr(), "err", err)
		}
		if n < len(l.in) {
			return
		}
	}
}

// normal makes addresses comparable: IPv4 in IPv6 form is IPv4.
func normal(a netip.AddrPort) netip.AddrPort {
	if a.Addr().Is4In6() {
		return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
	}
	return a
}

// route takes one datagram from anybody.
func (e *Endpoint) route(l *lane, p []byte, from netip.AddrPort) {
	e.stats.PacketsIn++
	e.stats.BytesIn += uint64(len(p))
	if len(p) == 0 {
		e.stats.Malformed++
		return
	}
	if p[0]&secure.FormHandshake != 0 {
		e.handshake(l, p, from)
		return
	}
	h, err := secure.ParseHeader(p)
	if err != nil {
		e.stats.Malformed++
		return
	}
	switch s := e.slots.find(h.ID); {
	case s == nil:
		e.stateless(l, h.ID, len(p), from)
	case s.group != nil:
		if !s.group.push(entry{kind: entryPacket, conn: s.conn, lane: l, header: h, from: from}, p) {
			s.group.dropped.Add(1)
		}
	case s.conn != nil:
		s.conn.now = e.now
		s.conn.packet(l, h, p, from)
	case s.pending != nil:
		e.confirm(l, s.pending, h, p, from)
	}
}

// Accept gives the next connection whose handshake is complete.
func (e *Endpoint) Accept() (*Conn, bool) {
	if len(e.accepted) == 0 {
		return nil, false
	}
	c := e.accepted[0]
	e.accepted[0] = nil
	e.accepted = e.accepted[1:]
	return c, true
}

// Ready gives the next connection, of those that Accept has given, that something
// was heard from since Ready last gave it, or that has ended. A server with
// thousands of quiet connections so asks only the others for messages.
func (e *Endpoint) Ready() (*Conn, bool) { return e.active.next() }

// Flush builds, seals and writes what is due on all connections.
func (e *Endpoint) Flush(now time.Duration) {
	e.now = max(e.now, e.clock.read(now))
	if e.closed {
		return
	}
	e.active.flush(e.now, e.conns)
	for _, l := range e.lanes {
		l.out.flush()
	}
}

// Shutdown says goodbye to every connection and refuses new ones with reason
// ShuttingDown. Keep calling Poll and Flush until Done, then Close.
func (e *Endpoint) Shutdown(now time.Duration, reason CloseReason, text string) {
	if e.shutdown != nil {
		return
	}
	e.now = max(e.now, e.clock.read(now))
	e.shutdown = &CloseError{Reason: reason, Text: text}
	for i := range e.slots.slots {
		if c := e.slots.slots[i].conn; c != nil {
			e.closeConn(c, &CloseError{Reason: reason, Text: text})
		}
	}
	e.cfg.Log.Info("endpoint shutting down", "reason", reason, "connections", e.connected)
}

// Done reports whether every connection has ended after Shutdown.
func (e *Endpoint) Done() bool {
	if e.shutdown == nil {
		return false
	}
	for _, c := range e.conns {
		if c.state != Closed {
			return false
		}
	}
	return e.grouped == 0
}

// NextTimer is when Flush should be called next, by the owner's clock, if
// nothing arrives and nothing is sent before.
func (e *Endpoint) NextTimer() time.Duration {
	t := e.active.due
	if len(e.active.busy) > 0 {
		t = e.now
	}
	return t + time.Duration(e.clock.skew.Load())
}

// Err is the error of a carrier that failed for good, or nil.
func (e *Endpoint) Err() error { return e.broken }

// Close closes the carriers at once. Connections that are open end without a
// goodbye: call Shutdown first, and let the goroutines of Groups end before.
// Calling it again does nothing.
func (e *Endpoint) Close() error {
	if e.closed {
		return nil
	}
	e.closed = true
	var errs []error
	for _, c := range e.conns {
		c.end(&CloseError{Reason: ShuttingDown})
	}
	for _, l := range e.lanes {
		errs = append(errs, l.carrier.Close())
	}
	return errors.Join(errs...)
}

// Wait sleeps until a datagram may be readable, d has passed, or ctx ends. With
// several carriers that it reads it wakes for the first one only and looks at the
// others at least every 5 ms.
func (e *Endpoint) Wait(ctx context.Context, d time.Duration) error {
	for _, g := range e.groups {
		if g.lane != nil && g.out.front() != nil {
			return ctx.Err()
		}
	}
	for _, l := range e.lanes[1:] {
		if l.owner == nil {
			d = min(d, lookAround)
		}
	}
	return waitOn(ctx, e.lanes[0].carrier, d)
}

// lookAround is how often what Wait does not wait for is looked at.
const lookAround = 5 * time.Millisecond

// waitOn sleeps on a carrier, or by the clock if it is no Waiter.
func waitOn(ctx context.Context, c Carrier, d time.Duration) error {
	if w, ok := c.(Waiter); ok {
		return w.Wait(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// admit decides whether a client whose tables match may stay.
func (e *Endpoint) admit(c *Conn) *CloseError {
	if e.shutdown != nil {
		return &CloseError{Reason: ShuttingDown, Text: e.shutdown.Text}
	}
	if e.connected >= e.cfg.MaxConns {
		return &CloseError{Reason: ServerFull}
	}
	e.connected++
	c.counted = true
	return nil
}

// complete hands a connection to Accept.
func (e *Endpoint) complete(c *Conn) {
	e.stats.Accepted++
	c.complete = true
	c.nextResume = e.now + resumeEvery
	e.issueResume(c)
	e.accepted = append(e.accepted, c)
	e.cfg.Log.Info("client connected", "addr", c.addr)
}

// ended runs when a connection becomes Closed.
func (e *Endpoint) ended(c *Conn) {
	if c.counted {
		e.connected--
		c.counted = false
	}
	e.pending.forget(c.clientKey)
	if c.session != nil && c.session.conn == c {
		c.session.conn = nil
	}
	if !c.complete {
		e.stats.Refused++
		if e.cfg.Refused != nil {
			e.cfg.Refused(c.addr, c.err)
		}
		if e.refusalLog.take(e.now, 1) {
			e.cfg.Log.Warn("client refused", "addr", c.addr, "reason", c.err)
		}
		return
	}
	e.cfg.Log.Info("client left", "addr", c.addr, "reason", c.err)
}

// slot is one entry of the table that connection ids point into.
type slot struct {
	id      uint32 // 0: free
	conn    *Conn
	pending *pending
	group   *Group // who owns conn; nil: the Endpoint
}

// slotTable gives out connection ids: 16 bits of slot and 16 random bits, of which
// the highest name the shard.
type slotTable struct {
	slots     []slot
	free      []uint16
	limit     int
	shardBits int
	random    io.Reader
}

func (t *slotTable) init(limit, shardBits int, random io.Reader) {
	t.limit, t.shardBits, t.random = limit, shardBits, random
}

// take reserves a slot for a connection of a shard; nil when all are in use or the
// random source fails.
func (t *slotTable) take(shard int) *slot {
	var generation [2]byte
	if _, err := io.ReadFull(t.random, generation[:]); err != nil {
		return nil
	}
	generation[1] = generation[1]>>t.shardBits | byte(shard<<(8-t.shardBits))
	if generation == [2]byte{} {
		generation[0] = 1 // id 0 means free
	}
	var i uint16
	switch {
	case len(t.free) > 0:
		i = t.free[0]
		t.free = t.free[1:]
	case len(t.slots) < t.limit:
		i = uint16(len(t.slots))
		t.slots = append(t.slots, slot{})
	default:
		return nil
	}
	s := &t.slots[i]
	s.id = uint32(i) | uint32(generation[0])<<16 | uint32(generation[1])<<24
	return s
}

func (t *slotTable) find(id uint32) *slot {
	i := int(id & 0xffff)
	if i >= len(t.slots) || t.slots[i].id != id {
		return nil
	}
	return &t.slots[i]
}

func (t *slotTable) release(id uint32) {
	if s := t.find(id); s != nil {
		*s = slot{}
		t.free = append(t.free, uint16(id))
	}
}

// lockedReader lets several goroutines share a Reader.
type lockedReader struct {
	mu sync.Mutex
	r  io.Reader
}

// Read implements io.Reader.
func (l *lockedReader) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.Read(p)
}
