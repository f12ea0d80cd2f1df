package transport

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/secure"
)

// From keys to Connected. The client sends START on the control channel; the
// server answers READY; with ML-KEM the server is Connected only once the
// client's first packet of phase 1 has opened. If a hash differs, each side
// sends its tables instead, names the difference, and the client closes.

// tableCheck is the exchange of tables in progress.
type tableCheck struct {
	sent     bool
	deadline time.Duration
	theirs   [2][]byte // as they arrive: channels, components
	held     int       // bytes of theirs, counted against maxTableMemory on a server
	done     [2]bool
	err      *TablesError
}

var errNoChain = errors.New("the server promised one and did not send it")

const tablesTimeout = 3 * time.Second

// maxTableMemory bounds what all clients together may make a server hold for
// comparing tables, in bytes.
const maxTableMemory = 4 << 20

// begin sends the client's START.
func (c *Conn) begin(accept *acceptPayload) error {
	s := start{channels: c.cfg.Channels.Hash(), app: c.cfg.App.Hash, mtu: MaxMTU}
	if accept.flags&acceptPostQuantum != 0 && !c.cfg.NoPostQuantum {
		key, err := newDecapsulation(c.cfg.random())
		if err != nil {
			return fmt.Errorf("transport: ML-KEM key: %w", err)
		}
		c.pq = key
		s.mlkem = key.EncapsulationKey().Bytes()
	}
	if c.pq == nil {
		c.opener.Prepare(nil)
	}
	c.sendControl(s.append(nil))
	if accept.channels != s.channels || accept.app != s.app {
		c.sendTables()
	}
	return nil
}

// sendControl queues a message on the control channel. When the application's
// own messages have filled the queue it waits for room.
func (c *Conn) sendControl(msg []byte) {
	c.touch()
	if len(c.waiting) == 0 {
		err := c.link.SendControl(msg)
		if err == nil {
			return
		}
		if !errors.Is(err, channel.ErrQueueFull) {
			c.shut(&CloseError{Reason: InternalError, Text: err.Error()})
			return
		}
	}
	if len(c.waiting) == maxWaiting {
		c.shut(&CloseError{Reason: InternalError, Text: "the control channel does not get through"})
		return
	}
	c.waiting = append(c.waiting, bytes.Clone(msg))
}

// maxWaiting bounds the control messages that wait for room.
const maxWaiting = 32

// sendWaiting tries again what found the queue full.
func (c *Conn) sendWaiting() {
	for len(c.waiting) > 0 && c.link.SendControl(c.waiting[0]) == nil {
		c.waiting = c.waiting[1:]
	}
}

func (c *Conn) sendTables() {
	if c.tables.sent {
		return
	}
	c.tables.sent = true
	c.tables.deadline = c.now + tablesTimeout
	for which, text := range [2][]byte{c.cfg.Channels.Text(), c.cfg.App.Text} {
		for {
			n := min(len(text), tableChunk)
			c.sendControl(appendTable(nil, which, n == len(text), text[:n]))
			if text = text[n:]; len(text) == 0 {
				break
			}
		}
	}
}

// tablesTimeout ends an exchange of tables that the peer does not finish.
func (c *Conn) tablesTimeout(now time.Duration) {
	if c.tables.sent && now >= c.tables.deadline {
		e := c.tables.err
		if e == nil {
			e = &TablesError{}
		}
		c.shut(&CloseError{Reason: TablesDiffer, Text: "the tables differ and the other side did not say how", Cause: e})
	}
}

// handleControl takes one message of the control channel.
func (c *Conn) handleControl(p []byte) {
	if len(p) == 0 {
		c.protocolError("empty control message")
		return
	}
	switch {
	case p[0] == ctrlStart && c.server:
		c.handleStart(p)
	case p[0] == ctrlReady && !c.server:
		c.handleReady(p)
	case p[0] == ctrlFinish && c.server:
		// Its packet has done the work: it was sealed in phase 1.
	case p[0] == ctrlChain && !c.server:
		c.handleChain(p)
	case p[0] == ctrlResume && !c.server:
		c.handleResume(p)
	case p[0] == ctrlReset && !c.server:
		c.handleResetToken(p)
	case p[0] == ctrlTable:
		c.handleTable(p)
	default:
		c.protocolError(fmt.Sprintf("control message of type %d", p[0]))
	}
}

func (c *Conn) protocolError(text string) {
	c.shut(&CloseError{Reason: ProtocolError, Text: text})
}

// handleStart takes what a client begins with. The Endpoint decides on it at the end
// of its Poll, when the tokens that were used in it are written down.
func (c *Conn) handleStart(p []byte) {
	s, err := parseStart(p)
	if err != nil || c.state != Connecting || c.started {
		c.protocolError("malformed or repeated START")
		return
	}
	c.started = true
	c.mtu.init(c.now, int(s.mtu))
	s.mlkem = bytes.Clone(s.mlkem)
	c.endpoint.starts = append(c.endpoint.starts, starting{c, s})
}

// starting is a client that waits to be admitted.
type starting struct {
	conn  *Conn
	start start
}

// admitAll decides on the clients whose START came since the last call.
func (e *Endpoint) admitAll() {
	if len(e.starts) == 0 {
		return
	}
	var err error
	if t := e.cfg.Tokens; t != nil {
		if err = t.Spent.Commit(); err != nil {
			e.cfg.Log.Error("used tokens cannot be written down", "err", err)
		}
	}
	for _, s := range e.starts {
		switch {
		case s.conn.state != Connecting:
		case err != nil && s.conn.spent:
			e.stats.TokensRefused++
			s.conn.shut(&CloseError{Reason: TokenRefused})
		default:
			s.conn.admitted(&s.start)
		}
	}
	clear(e.starts)
	e.starts = e.starts[:0]
}

// admitted answers START with READY, or refuses the client.
func (c *Conn) admitted(s *start) {
	if s.channels != c.endpoint.channelHash || s.app != c.cfg.App.Hash {
		c.sendTables()
		return
	}
	if e := c.endpoint.admit(c); e != nil {
		c.shut(e)
		return
	}
	if c.cfg.Chain != nil {
		if msg, err := c.cfg.Chain.Append([]byte{ctrlChain}); err == nil {
			c.sendControl(msg)
		}
	}
	if len(s.mlkem) == 0 || c.cfg.NoPostQuantum {
		c.sendControl(appendReady(nil, nil))
		c.opener.Prepare(nil)
		c.established()
		return
	}
	shared, ciphertext, err := encapsulate(s.mlkem)
	if err != nil {
		c.protocolError("malformed ML-KEM key")
		return
	}
	c.pqShared = shared
	c.opener.Prepare(shared)
	c.sendControl(appendReady(nil, ciphertext))
}

// handleReady completes the client's handshake.
func (c *Conn) handleReady(p []byte) {
	ciphertext, err := parseReady(p)
	if err != nil || c.state != Connecting {
		c.protocolError("malformed or repeated READY")
		return
	}
	if c.dial.unproved {
		c.shut(&CloseError{Reason: WrongKey, Cause: &secure.ChainError{Err: errNoChain}})
		return
	}
	if c.pq != nil {
		shared, err := c.pq.Decapsulate(ciphertext)
		if err != nil {
			c.protocolError("malformed ML-KEM ciphertext")
			return
		}
		c.pq = nil
		c.enterPostQuantum(shared)
		c.sendControl([]byte{ctrlFinish}) // in phase 1, so that the server follows at once
	}
	c.established()
}

// handleTable takes a piece of the peer's tables. When it has both, it names
// what differs. The client closes; the server waits for that.
func (c *Conn) handleTable(p []byte) {
	which, last, chunk, err := parseTable(p)
	t := &c.tables
	if err != nil || c.state != Connecting || t.done[which] || len(t.theirs[which])+len(chunk) > maxAppText {
		c.protocolError("malformed or unexpected TABLE")
		return
	}
	if c.server && c.endpoint.tableBytes+len(chunk) > maxTableMemory {
		c.shut(&CloseError{Reason: TablesDiffer, Text: "too many clients with other tables at once: try again later"})
		return
	}
	t.theirs[which] = append(t.theirs[which], chunk...)
	t.done[which] = last
	if c.server {
		t.held += len(chunk)
		c.endpoint.tableBytes += len(chunk)
	}
	if !t.done[0] || !t.done[1] {
		return
	}
	t.err = c.compare(t.theirs[0], t.theirs[1])
	c.forgetTables()
	if !c.server {
		c.shut(&CloseError{Reason: TablesDiffer, Text: t.err.Error(), Cause: t.err})
		return
	}
	c.sendTables()
}

// forgetTables gives the memory of the peer's tables back.
func (c *Conn) forgetTables() {
	c.tables.theirs = [2][]byte{}
	if c.server {
		c.endpoint.tableBytes -= c.tables.held
		c.tables.held = 0
	}
}

func (c *Conn) compare(channels, app []byte) *TablesError {
	e := &TablesError{}
	if string(channels) != string(c.cfg.Channels.Text()) {
		e.Channels = c.cfg.Channels.Diff(channels)
	}
	if string(app) != string(c.cfg.App.Text) {
		e.App = "the definitions differ"
		if c.cfg.App.Diff != nil {
			e.App = c.cfg.App.Diff(c.cfg.App.Text, app)
		}
	}
	return e
}

// established makes the connection usable.
func (c *Conn) established() {
	if c.state != Connecting {
		return
	}
	c.state = Connected
	if c.endpoint != nil {
		c.endpoint.complete(c)
	}
}
