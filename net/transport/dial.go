package transport

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/tandem-engine/tandem/net/secure"
	"golang.org/x/sys/cpu"
)

// The client's half of the handshake: HELLO until a cookie comes, CONNECT until
// ACCEPT comes, each repeated with growing pauses. A cookie lives ten seconds;
// when it is about to be stale the client begins again with HELLO.

const (
	dialRepeatMin = 200 * time.Millisecond
	dialRepeatMax = 500 * time.Millisecond
	cookieUse     = 6 * time.Second
)

// dialer is a handshake in progress.
type dialer struct {
	cfg      DialConfig
	hello    hello
	packet   []byte // what is being repeated
	init     *secure.Initiator
	clock    clock
	started  bool
	heard    bool // an answer came from the server
	next     time.Duration
	pause    time.Duration
	cookieAt time.Duration
	lane     *lane
	static   [32]byte // the server's key, while unproved
	unproved bool     // a chain must come before READY
}

var errNoTrust = errors.New("transport: Dial needs DialConfig.Pin, the server's public key (the server prints it; secure.ParseKey reads it), or Roots")

// Dial begins a connection to cfg.Addr on a carrier, which it owns from then
// on. The handshake happens in Poll and Flush: watch State and Err.
func Dial(cfg DialConfig, carrier Carrier) (*Conn, error) {
	if cfg.Pin == [32]byte{} && cfg.Roots == nil {
		return nil, errNoTrust
	}
	base, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	cfg.Config = base
	if !cfg.Addr.IsValid() || cfg.Addr.Port() == 0 {
		return nil, fmt.Errorf("transport: %q is not an address to connect to: use HOST:PORT", cfg.Addr)
	}
	if cfg.Suite == 0 {
		cfg.Suite = fastSuite()
	}
	if !cfg.Suite.Valid() {
		return nil, fmt.Errorf("transport: %v is not an AEAD", cfg.Suite)
	}
	if len(cfg.Token) > maxTokenSize {
		return nil, fmt.Errorf("transport: a token of %d bytes, at most %d", len(cfg.Token), maxTokenSize)
	}
	var id [4]byte
	if _, err := io.ReadFull(cfg.random(), id[:]); err != nil {
		return nil, fmt.Errorf("transport: connection id: %w", err)
	}
	c := &Conn{local: binary.LittleEndian.Uint32(id[:]), addr: normal(cfg.Addr)}
	l := newLane(carrier, 16)
	d := &dialer{cfg: cfg, lane: l, hello: hello{
		wire: WireVersion, version: cfg.Version, protocol: cfg.Protocol, client: c.local,
	}}
	c.cfg, c.dial, c.out = &d.cfg.Config, d, l.out
	if _, err := newLink(c.cfg, nil); err != nil {
		return nil, fmt.Errorf("transport: channels: %w", err)
	}
	return c, nil
}

// fastSuite prefers AES-GCM where the processor has instructions for it.
func fastSuite() secure.Suite {
	if (cpu.X86.HasAES && cpu.X86.HasPCLMULQDQ) || (cpu.ARM64.HasAES && cpu.ARM64.HasPMULL) {
		return secure.AESGCM
	}
	return secure.ChaChaPoly
}

// Poll reads the carrier, advances the handshake and runs timers. Only for the
// Conn that Dial gave; a server's are driven by their Endpoint. now is any
// monotonic time; a clock that steps does no harm.
func (c *Conn) Poll(now time.Duration) {
	c.mustBeClient("Poll")
	c.now = max(c.now, c.dial.clock.read(now))
	d := c.dial
	if !d.started {
		d.started = true
		c.began = c.now
		d.sayHello(c.now)
	}
	for range maxBatchesPerPoll {
		if c.state == Closed {
			return
		}
		n, err := d.lane.carrier.ReadBatch(d.lane.in)
		for i := range d.lane.in[:n] {
			c.route(d.lane.in[i].Data, normal(d.lane.in[i].Addr))
		}
		if err != nil {
			c.end(&CloseError{Reason: CarrierError, Text: err.Error()})
			return
		}
		if n < len(d.lane.in) {
			break
		}
	}
	c.timers(c.now)
	if c.state == Connecting && c.now-c.began > c.cfg.HandshakeTimeout {
		reason := NoAnswer
		if d.heard {
			reason = TooSlow
		}
		c.end(&CloseError{Reason: reason, Text: c.addr.String()})
	}
}

// Flush builds, seals and writes what is due. Only for the Conn that Dial gave.
func (c *Conn) Flush(now time.Duration) {
	c.mustBeClient("Flush")
	c.now = max(c.now, c.dial.clock.read(now))
	d := c.dial
	if c.state == Connecting && c.link == nil && d.started && c.now >= d.next {
		d.repeat(c.now)
		c.out.add(c.addr, append(c.out.buffer(), d.packet...))
		c.stats.PacketsOut++
		c.stats.BytesOut += uint64(len(d.packet))
	}
	c.flush(c.now)
	c.out.flush()
}

// Release closes the carrier of a Conn that Dial gave. It says no goodbye:
// Close and further Polls and Flushes until State is Closed do.
func (c *Conn) Release() error {
	c.mustBeClient("Release")
	c.end(&CloseError{Reason: Normal})
	return c.dial.lane.carrier.Close()
}

// Wait sleeps until a datagram may be readable, d has passed, or ctx ends. Only
// for the Conn that Dial gave.
func (c *Conn) Wait(ctx context.Context, d time.Duration) error {
	c.mustBeClient("Wait")
	return waitOn(ctx, c.dial.lane.carrier, d)
}

func (c *Conn) mustBeClient(what string) {
	if c.dial == nil {
		panic("transport: Conn." + what + " on a server's connection: its Endpoint drives it, call Endpoint." + what)
	}
}

func (d *dialer) sayHello(now time.Duration) {
	d.packet = appendHello(d.packet[:0], d.hello)
	d.init = nil
	d.next, d.pause = now, dialRepeatMin
}

// dialAgain forgets what has been agreed and begins again with HELLO.
func (c *Conn) dialAgain() {
	c.forgetLink()
	c.sealer, c.opener, c.pq = nil, nil, nil
	c.tables, c.waiting = tableCheck{}, nil
	c.remote, c.resetTok = 0, [resetTokenSize]byte{}
	c.dial.static, c.dial.unproved = [32]byte{}, false
	c.dial.sayHello(c.now)
}

// repeat sets the time of the next copy and begins again with HELLO when the
// cookie is about to be stale.
func (d *dialer) repeat(now time.Duration) {
	if d.init != nil && now-d.cookieAt > cookieUse {
		d.sayHello(now)
	}
	d.next = now + d.pause
	d.pause = min(2*d.pause, dialRepeatMax)
}

// route takes one datagram from anybody.
func (c *Conn) route(p []byte, from netip.AddrPort) {
	if len(p) == 0 || from != c.addr {
		c.stats.Forged++
		return
	}
	if p[0]&secure.FormHandshake == 0 {
		h, err := secure.ParseHeader(p)
		if err != nil || h.ID != c.local || c.link == nil {
			c.stats.Forged++
			return
		}
		c.packet(c.dial.lane, h, p, from)
		return
	}
	switch p[0] {
	case typeRetry:
		c.handleRetry(p)
	case typeAccept:
		c.handleAccept(p)
	case typeReject:
		c.handleReject(p)
	case typeReset:
		c.handleReset(p)
	default:
		c.stats.Forged++
	}
}

// handshaking reports whether handshake packets for client id matter at all:
// once there are keys, none of them may touch the connection. One that does
// matter is a sign of life.
func (c *Conn) handshaking(client uint32) bool {
	if c.state != Connecting || c.link != nil || client != c.local {
		return false
	}
	c.dial.heard = true
	return true
}

func (c *Conn) handleRetry(p []byte) {
	r, err := parseRetry(p)
	d := c.dial
	if err != nil || !c.handshaking(r.client) || d.init != nil {
		return
	}
	head := appendConnectHead(make([]byte, 0, connectSize), d.hello, r.cookie, d.cfg.Suite, d.cfg.Token)
	var psk *[secure.KeySize]byte
	if len(d.cfg.Token) > 0 {
		psk = &d.cfg.TokenSecret
	}
	init, msg1, err := secure.NewInitiator(d.cfg.Suite, head, psk, c.cfg.random())
	if err != nil {
		c.end(&CloseError{Reason: InternalError, Text: err.Error()})
		return
	}
	packet := append(head, msg1...)
	d.packet = append(packet, zeros[:connectSize-len(packet)]...)
	d.init, d.cookieAt = init, c.now
	d.next, d.pause = c.now, dialRepeatMin
}

func (c *Conn) handleReject(p []byte) {
	r, err := parseReject(p)
	if err != nil || !c.handshaking(r.client) {
		return
	}
	e := &CloseError{Reason: r.reason, Remote: true}
	switch {
	case r.reason == VersionMismatch && r.wire != WireVersion:
		e.Cause = &VersionError{Ours: WireVersion, Theirs: uint32(r.wire), Wire: true}
	case r.reason == VersionMismatch:
		e.Cause = &VersionError{Ours: c.cfg.Version, Theirs: r.version}
	case r.reason == WrongProtocol:
		e.Cause = &ProtocolIDError{Ours: c.cfg.Protocol, Theirs: r.protocol}
	}
	c.end(e)
}

// handleAccept ends the Noise handshake, checks who the server is, and starts
// the encrypted part.
func (c *Conn) handleAccept(p []byte) {
	client, msg2, err := parseAccept(p)
	d := c.dial
	if err != nil || !c.handshaking(client) || d.init == nil {
		return
	}
	payload, secrets, err := d.init.Finish(msg2)
	if err != nil {
		c.stats.Forged++
		return
	}
	a, err := parseAcceptPayload(payload)
	if err != nil {
		c.end(&CloseError{Reason: ProtocolError, Text: "malformed ACCEPT"})
		return
	}
	if e := d.judge(secrets.Static, a.flags&acceptChain != 0); e != nil {
		c.end(e)
		return
	}
	c.remote, c.resetTok = a.server, a.reset
	d.init, d.packet = nil, nil
	if err = c.install(d.cfg.Suite, secrets, c.now); err == nil {
		err = c.openLink(c.now)
	}
	if err == nil {
		c.mtu.init(c.now, int(a.mtu))
		err = c.begin(&a)
	}
	if err != nil {
		c.end(&CloseError{Reason: InternalError, Text: err.Error()})
	}
}

// judge decides on the server's key: pinned, or to be proved by the chain that
// follows, or refused.
func (d *dialer) judge(static [32]byte, chain bool) *CloseError {
	switch {
	case static == d.cfg.Pin:
		return nil
	case d.cfg.Roots == nil:
		return &CloseError{Reason: WrongKey, Cause: &KeyError{Want: d.cfg.Pin, Got: static}}
	case !chain:
		return &CloseError{Reason: WrongKey, Cause: &secure.ChainError{Err: errors.New("the server has none")}}
	}
	d.static, d.unproved = static, true
	return nil
}

// handleChain takes the server's certificate chain. Until it verifies, READY is
// not accepted, and so no application data leaves.
func (c *Conn) handleChain(p []byte) {
	d := c.dial
	if !d.unproved {
		return // the pin was enough
	}
	now := time.Now
	if d.cfg.Now != nil {
		now = d.cfg.Now
	}
	chain, err := secure.ParseChain(p[1:], d.cfg.Protocol)
	if err == nil {
		err = chain.Verify(d.cfg.Roots, d.cfg.Host, d.static, now())
	}
	if err != nil {
		c.shut(&CloseError{Reason: WrongKey, Cause: err})
		return
	}
	d.unproved = false
}
