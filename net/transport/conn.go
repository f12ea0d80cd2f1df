package transport

import (
	"crypto/mlkem"
	"net/netip"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/secure"
)

// State is where a connection is in its life. It only moves forward.
type State uint8

// States of a Conn.
const (
	Connecting State = iota // handshake in progress
	Connected               // messages flow
	Closing                 // CLOSE is being sent
	Closed                  // over; Err says why. A second later a server forgets what was not received
)

// String names the state.
func (s State) String() string {
	return [...]string{"connecting", "connected", "closing", "closed"}[s&3]
}

// Conn is one encrypted connection. It belongs to one goroutine: on a client
// the one that calls Poll and Flush, on a server the one that drives its Endpoint.
type Conn struct {
	cfg    *Config
	server bool
	state  State
	err    *CloseError

	local, remote uint32 // connection ids: in packets to us, in packets to the peer
	addr          netip.AddrPort
	out           *outbox
	link          *channel.Link // nil until keys are agreed
	sealer        *secure.Sealer
	opener        *secure.Opener
	mtu           mtuSearch
	path          path // server: an address that the client may have moved to

	now        time.Duration
	began      time.Duration // when the connection or its dialing began
	heard      time.Duration // when an authentic packet last arrived
	phaseBegan time.Duration
	confirmed  uint64        // newest phase of which the peer has acknowledged a packet
	confirming uint64        // phase of the probe under way; 0: none
	confirmBy  time.Duration // when to send another one
	busy       bool          // something happened that flush must look at
	due        time.Duration // when flush must look without that
	closing    closing
	tables     tableCheck
	waiting    [][]byte                   // control messages for which there was no room
	pq         *mlkem.DecapsulationKey768 // client, until READY
	pqShared   []byte                     // server, until the client enters phase 1

	dial      *dialer   // client
	endpoint  *Endpoint // server
	group     *Group    // server: who owns the connection; nil: the Endpoint
	lane      *lane     // server: the carrier of addr
	clientKey clientKey // server: the handshake it came from
	started   bool      // server: START has arrived
	counted   bool      // server: it counts against MaxConns
	complete  bool      // server: it was given to Accept
	ready     bool      // server: it waits to be given out by Ready
	resetTok  [resetTokenSize]byte

	session      *session      // server
	resumed      bool          // server
	nextResume   time.Duration // server: when a new resume token is due
	tokenData    []byte        // server: from the join token
	spent        bool          // server: it used a join token up
	resumeToken  []byte        // client
	resumeSecret [secure.KeySize]byte

	value any // the program's own
	stats Stats
}

// State is where the connection is in its life.
func (c *Conn) State() State { return c.state }

// Err says why the connection is closing or closed; nil before that.
// It is always a *CloseError.
func (c *Conn) Err() error {
	if c.err == nil {
		return nil
	}
	return c.err
}

// Addr is the peer's address. It changes when the peer moves to another network.
func (c *Conn) Addr() netip.AddrPort { return c.addr }

// Send queues a message on a channel of the table. It copies p.
func (c *Conn) Send(ch uint8, p []byte, o channel.SendOptions) error {
	if c.state != Connected {
		return ErrNotConnected
	}
	if o.Deadline != 0 {
		o.Deadline = max(1, c.clock().inside(o.Deadline))
	}
	c.touch()
	return c.link.Send(ch, p, o)
}

// Receive gives the next message. Its Data is valid until the next Receive or Poll.
func (c *Conn) Receive() (channel.Message, bool) {
	if c.link == nil || c.state == Connecting {
		return channel.Message{}, false
	}
	return c.link.Receive()
}

// Fate gives what became of a message sent with a Token.
func (c *Conn) Fate() (channel.Fate, bool) {
	if c.link == nil {
		return channel.Fate{}, false
	}
	return c.link.Fate()
}

// Budget is how many bytes may be sent at now without queueing.
func (c *Conn) Budget(now time.Duration) int {
	if c.state != Connected {
		return 0
	}
	return c.link.Budget(c.clock().inside(now))
}

// clock is the one that the connection's owner drives it by.
func (c *Conn) clock() *clock {
	if c.dial != nil {
		return &c.dial.clock
	}
	return &c.endpoint.clock
}

// Value is what SetValue has set: something of the program's own that goes with
// the connection from owner to owner. It belongs to the connection's owner.
func (c *Conn) Value() any { return c.value }

// SetValue sets what Value gives.
func (c *Conn) SetValue(v any) { c.value = v }

// Close says goodbye with a reason and a text (cut to 256 bytes). What is
// queued goes out once more, then CLOSE is sent five times within 200 ms by
// further calls of Flush; State becomes Closed after that.
func (c *Conn) Close(reason CloseReason, text string) {
	c.shut(&CloseError{Reason: reason, Text: text})
}

// install gives the connection its keys and its Link.
func (c *Conn) install(suite secure.Suite, s secure.Secrets, now time.Duration) error {
	send, receive := s.ToServer, s.ToClient
	if c.server {
		send, receive = receive, send
	}
	c.sealer = secure.NewSealer(suite, send, c.cfg.scope())
	c.opener = secure.NewOpener(suite, receive)
	c.phaseBegan = now
	return nil
}

func (c *Conn) openLink(now time.Duration) error {
	var memory *channel.Budget
	if c.endpoint != nil {
		memory = c.endpoint.memory
	}
	link, err := newLink(c.cfg, memory)
	if err != nil {
		return err
	}
	c.link = link
	c.acceptBulk()
	c.heard = now
	c.mtu.init(now, MinMTU)
	return nil
}

// packet takes a data packet for this connection. It may come from anybody.
func (c *Conn) packet(l *lane, h secure.Header, p []byte, from netip.AddrPort) {
	pn, plain, advanced, err := c.opener.Open(p, h)
	if err != nil {
		c.rejected(err)
		return
	}
	c.opened(l, pn, plain, advanced, len(p), from)
}

// opened takes a packet that has been authenticated and decrypted.
func (c *Conn) opened(l *lane, pn uint64, plain []byte, advanced bool, size int, from netip.AddrPort) {
	c.stats.PacketsIn++
	c.stats.BytesIn += uint64(size)
	if c.state == Closed {
		return
	}
	c.heard = c.now
	if advanced {
		c.followPhase(c.now)
		c.touch()
	}
	c.heardFrom(l, from, size, pn+1 == c.opener.Expected())
	if err := c.link.Handle(c.now, pn, plain); err != nil {
		c.shut(&CloseError{Reason: ProtocolError, Text: err.Error()})
		return
	}
	c.notices(l, from)
	if f, closed := c.link.Closed(); closed && f.Remote {
		c.peerClosed(f)
		return
	}
	c.takeControl()
	c.stir()
	c.await()
	if c.server && c.state == Connecting {
		if _, early := c.link.Receive(); early {
			c.protocolError("application data before the handshake was complete")
		}
	}
}

// await notes when flush must look, after a packet: most ask for nothing but to be
// acknowledged, which has time and goes with what is sent meanwhile.
func (c *Conn) await() {
	t := c.link.NextTimer()
	if c.state != Connected || c.path.active || t <= c.now {
		c.touch()
		return
	}
	if t >= c.due {
		return
	}
	c.due = t
	if a := c.active(); a != nil {
		a.due = min(a.due, t)
	}
}

// rejected counts a packet that was not opened.
func (c *Conn) rejected(err error) {
	if err == secure.ErrReplay { //nolint:errorlint // Open returns the sentinel itself
		c.stats.Replayed++
		return
	}
	c.stats.Forged++
}

// takeControl handles the messages of the control channel that have arrived.
func (c *Conn) takeControl() {
	for c.state < Closing {
		p, ok := c.link.ReceiveControl()
		if !ok {
			return
		}
		c.handleControl(p)
	}
}

// flush builds, seals and queues what is due.
func (c *Conn) flush(now time.Duration) {
	c.now = now
	if c.link == nil || c.state == Closed || (!c.busy && now < c.due) {
		return
	}
	c.busy = false
	if c.state == Closing {
		c.flushClosing(now)
		c.due = now
		return
	}
	c.rekeyIfDue(now)
	c.tryPath(now)
	if now >= c.mtu.check {
		c.mtu.check = now + housekeeping
		c.sendWaiting()
		c.probeMTU(now)
	}
	c.build(now)
	c.due = min(c.link.NextTimer(), now+housekeeping)
}

// housekeeping is how often a connection is looked at when nothing happens.
const housekeeping = 100 * time.Millisecond

// NextTimer is when Flush should be called next, by the owner's clock, if
// nothing arrives and nothing is sent before. A time that has passed means now.
func (c *Conn) NextTimer() time.Duration {
	t := c.due
	switch {
	case c.state == Closed:
		t = c.now + time.Second
	case c.link == nil && c.dial != nil:
		t = c.dial.next
	case c.busy || c.link == nil:
		t = c.now
	}
	return t + time.Duration(c.clock().skew.Load())
}

// build sends what the link has to send now.
func (c *Conn) build(now time.Duration) {
	for {
		buf := c.header(c.out.buffer())
		head := len(buf)
		p, ok := c.link.Build(now, c.sealer.Next(), buf, c.mtu.size-head-secure.TagSize)
		if !ok {
			return
		}
		if !c.sealTo(p, head, c.addr) {
			return
		}
	}
}

// header starts a packet with the next packet number.
func (c *Conn) header(buf []byte) []byte {
	pn := c.sealer.Next()
	return secure.AppendHeader(buf, c.remote, uint8(c.sealer.Phase()), pn, numberBytes)
}

// sealTo seals a built packet and queues it.
func (c *Conn) sealTo(p []byte, head int, to netip.AddrPort) bool {
	return c.sealOn(c.out, p, head, to)
}

// sealOn is sealTo for another carrier than the connection's.
func (c *Conn) sealOn(o *outbox, p []byte, head int, to netip.AddrPort) bool {
	p, err := c.sealer.Seal(p, head)
	if err != nil {
		c.end(&CloseError{Reason: InternalError, Text: err.Error()})
		return false
	}
	c.stats.PacketsOut++
	c.stats.BytesOut += uint64(len(p))
	o.add(to, p)
	return true
}

// timers ends what has waited too long.
func (c *Conn) timers(now time.Duration) {
	c.now = now
	if c.opener != nil {
		c.opener.Expire(now)
	}
	switch c.state {
	case Connecting:
		if c.link != nil {
			c.tablesTimeout(now)
		}
		if c.server && now-c.began > c.cfg.HandshakeTimeout {
			c.end(&CloseError{Reason: TimedOut})
		}
	case Connected:
		if c.server && now >= c.nextResume {
			c.nextResume = now + resumeEvery
			c.tell(entryResume)
		}
		if now-c.heard > c.cfg.Timeout {
			c.end(&CloseError{Reason: TimedOut})
		}
	}
}
