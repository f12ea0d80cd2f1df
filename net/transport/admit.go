package transport

import (
	"net/netip"
	"time"

	"github.com/tandem-engine/tandem/net/secure"
)

// The server's half of the handshake. The order of the checks is the defence:
// block list, length, version, cookie, rate of the prefix, rate of all, room in
// the table. Up to the cookie nothing is stored and less is sent than came.

// pendingLife is how long a handshake may wait for its first data packet.
const pendingLife = 5 * time.Second

// clientKey names a handshake attempt.
type clientKey struct {
	addr   netip.AddrPort
	client uint32
}

// pending is a handshake that has been answered with ACCEPT and not confirmed.
type pending struct {
	key     clientKey
	lane    *lane
	id      uint32
	expires time.Duration
	accept  []byte
	sealer  *secure.Sealer
	opener  *secure.Opener
	reset   [resetTokenSize]byte
	msg1    [secure.KeySize]byte
	admission
	done bool // confirmed or dropped; stays in the queue until its time
}

// pendingTable holds unconfirmed handshakes, bounded, in order of age, and
// remembers the attempts that became connections, so that a repeated CONNECT
// does not begin a second one.
type pendingTable struct {
	limit int
	count int
	queue []*pending
	byKey map[clientKey]*pending // nil value: the attempt is a connection now
}

func (t *pendingTable) init(limit int) {
	t.limit = limit
	t.byKey = make(map[clientKey]*pending)
}

func (t *pendingTable) add(p *pending) {
	t.queue = append(t.queue, p)
	t.byKey[p.key] = p
	t.count++
}

func (t *pendingTable) confirmed(p *pending) {
	p.done = true
	t.byKey[p.key] = nil
	t.count--
}

func (t *pendingTable) forget(k clientKey) {
	if p, ok := t.byKey[k]; ok && p == nil {
		delete(t.byKey, k)
	}
}

// expirePending drops handshakes whose time is over.
func (e *Endpoint) expirePending() {
	t := &e.pending
	for len(t.queue) > 0 && (t.queue[0].done || e.now >= t.queue[0].expires) {
		p := t.queue[0]
		t.queue[0] = nil
		t.queue = t.queue[1:]
		if p.done {
			continue
		}
		delete(t.byKey, p.key)
		t.count--
		e.slots.release(p.id)
		e.stats.Unconfirmed++
	}
}

// handshake takes a handshake packet.
func (e *Endpoint) handshake(l *lane, p []byte, from netip.AddrPort) {
	if e.blocked(from.Addr()) {
		e.stats.Blocked++
		return
	}
	switch p[0] {
	case typeHello:
		h, err := parseHello(p)
		if err != nil {
			e.stats.Malformed++
			return
		}
		e.hello(l, h, from)
	case typeConnect:
		if len(p) != connectSize {
			e.stats.Malformed++
			return
		}
		e.connect(l, p, from)
	default:
		e.stats.Malformed++
	}
}

// mismatch is the reason to refuse a client before anything else, or Normal.
func (e *Endpoint) mismatch(h hello) CloseReason {
	switch {
	case h.wire != WireVersion:
		return VersionMismatch
	case h.protocol != e.cfg.Protocol:
		return WrongProtocol
	case h.version != e.cfg.Version:
		return VersionMismatch
	case e.shutdown != nil:
		return ShuttingDown
	}
	return Normal
}

func (e *Endpoint) hello(l *lane, h hello, from netip.AddrPort) {
	if reason := e.mismatch(h); reason != Normal {
		e.reject(l, h, reason, from)
		return
	}
	b := appendRetryHead(l.out.buffer(), h.client)
	e.send(l, from, e.cookies.Append(b, e.now, from, h.client))
	e.stats.Retries++
}

func (e *Endpoint) reject(l *lane, h hello, reason CloseReason, to netip.AddrPort) {
	e.stats.Rejected++
	e.send(l, to, appendReject(l.out.buffer(), reject{
		wire: WireVersion, client: h.client, reason: reason, version: e.cfg.Version, protocol: e.cfg.Protocol,
	}))
}

// send queues a handshake packet.
func (e *Endpoint) send(l *lane, to netip.AddrPort, p []byte) { l.out.add(to, p) }

// connect takes a CONNECT of the right length.
func (e *Endpoint) connect(l *lane, p []byte, from netip.AddrPort) {
	h := parseHelloFields(p)
	if reason := e.mismatch(h); reason != Normal {
		e.reject(l, h, reason, from)
		return
	}
	if !e.cookies.Check(p[connectCookie:connectCookie+secure.CookieSize], e.now, from, h.client) {
		e.stats.BadCookies++
		return
	}
	c, err := parseConnect(p)
	if err != nil {
		e.stats.Malformed++
		return
	}
	key := clientKey{from, c.client}
	if old, ok := e.pending.byKey[key]; ok {
		e.repeated(l, old, &c)
		return
	}
	if !e.prefixes.take(e.now, from.Addr()) || !e.global.take(e.now, 1) {
		e.stats.RateLimited++
		return
	}
	if e.connected >= e.cfg.MaxConns {
		e.reject(l, h, ServerFull, from)
		return
	}
	if e.pending.count >= e.pending.limit {
		e.stats.PendingFull++
		return
	}
	e.respond(l, key, &c)
}

// repeated answers a CONNECT that was seen before with the identical ACCEPT.
func (e *Endpoint) repeated(l *lane, old *pending, c *connect) {
	if old == nil || string(old.msg1[:]) != string(c.msg1[:secure.KeySize]) {
		e.stats.Duplicates++
		return
	}
	e.send(l, old.key.addr, append(l.out.buffer(), old.accept...))
}

// respond does the Diffie-Hellman and answers with ACCEPT.
func (e *Endpoint) respond(l *lane, key clientKey, c *connect) {
	admission, ok := e.checkToken(c.token)
	if !ok {
		e.stats.TokensRefused++
		e.reject(l, c.hello, TokenRefused, key.addr)
		return
	}
	shard, home := e.nextShard(l)
	s := e.slots.take(shard)
	if s == nil {
		e.stats.PendingFull++
		return
	}
	p := &pending{key: key, lane: home, id: s.id, expires: e.now + pendingLife, reset: e.resetToken(s.id, key.addr), admission: admission}
	copy(p.msg1[:], c.msg1)
	payload := acceptPayload{
		server: s.id, timeout: uint32(e.cfg.Timeout / time.Millisecond), mtu: MaxMTU,
		reset: p.reset, channels: e.channelHash, app: e.cfg.App.Hash,
	}
	if !e.cfg.NoPostQuantum {
		payload.flags |= acceptPostQuantum
	}
	if e.cfg.Chain != nil {
		payload.flags |= acceptChain
	}
	msg2, secrets, err := secure.Respond(c.suite, e.cfg.Identity, c.prologue, p.psk, e.cfg.random(), c.msg1, payload.append(nil))
	if err != nil {
		e.slots.release(s.id)
		e.stats.Malformed++
		return
	}
	p.accept = append(appendAcceptHead(make([]byte, 0, 6+len(msg2)), c.client), msg2...)
	p.sealer = secure.NewSealer(c.suite, secrets.ToClient, e.cfg.scope())
	p.opener = secure.NewOpener(c.suite, secrets.ToServer)
	s.pending = p
	e.pending.add(p)
	e.send(l, key.addr, append(l.out.buffer(), p.accept...))
}

// confirm takes the first data packet of a pending handshake: if it opens, the
// client has the keys and the handshake becomes a connection.
func (e *Endpoint) confirm(l *lane, p *pending, h secure.Header, packet []byte, from netip.AddrPort) {
	pn, plain, _, err := p.opener.Open(packet, h)
	if err != nil {
		e.stats.Forged++
		return
	}
	c := &Conn{
		cfg: &e.cfg, server: true, endpoint: e, local: p.id, remote: p.key.client, addr: p.key.addr, clientKey: p.key,
		lane: p.lane, out: p.lane.out, sealer: p.sealer, opener: p.opener, now: e.now, began: e.now, phaseBegan: e.now, resetTok: p.reset,
	}
	if err := c.openLink(e.now); err != nil {
		e.cfg.Log.Error("link", "err", err)
		return
	}
	s := e.slots.find(p.id)
	s.pending, s.conn = nil, c
	e.pending.confirmed(p)
	e.conns = append(e.conns, c)
	if refused := e.spend(c, &p.admission); refused != nil {
		e.stats.TokensRefused++
		c.shut(refused)
	}
	c.opened(l, pn, plain, false, len(packet), from)
}
