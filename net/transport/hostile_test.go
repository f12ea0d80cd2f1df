package transport

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/secure"
)

// hostile is a client that has keys and keeps to no rule. It seals what it likes.
type hostile struct {
	t      *testing.T
	e      *Endpoint
	in     *nowhere
	sealer *secure.Sealer
	id     uint32
	addr   netip.AddrPort
	conn   *Conn // the server's side of it
}

// newHostile does the handshake by hand, up to ACCEPT.
func newHostile(t *testing.T, e *Endpoint, in *nowhere, n int, now time.Duration) *hostile {
	t.Helper()
	h := &hostile{t: t, e: e, in: in, addr: netip.AddrPortFrom(netip.AddrFrom4([4]byte{20, byte(n >> 8), byte(n), 1}), 9)}
	e.Poll(now)
	hi := hello{wire: WireVersion, client: uint32(n) + 1}
	cookie := e.cookies.Append(nil, now, h.addr, hi.client)
	head := appendConnectHead(nil, hi, cookie, secure.AESGCM, nil)
	random := rand.NewChaCha8([32]byte{byte(n), byte(n >> 8), 77})
	init, msg1, err := secure.NewInitiator(secure.AESGCM, head, nil, random)
	if err != nil {
		t.Fatal(err)
	}
	full := append(head, msg1...)
	h.deliver(append(full, zeros[:connectSize-len(full)]...))
	e.Poll(now)
	p := e.pending.byKey[clientKey{h.addr, hi.client}]
	if p == nil {
		t.Fatalf("no answer: %+v", e.stats)
	}
	payload, secrets, err := init.Finish(p.accept[6:])
	if err != nil {
		t.Fatal(err)
	}
	a, _ := parseAcceptPayload(payload)
	h.id, h.sealer = a.server, secure.NewSealer(secure.AESGCM, secrets.ToServer, random)
	return h
}

func (h *hostile) deliver(p []byte) {
	h.in.in = append(h.in.in, Datagram{Addr: h.addr, Data: p})
}

// send seals frames into a packet of the session.
func (h *hostile) send(frames []byte) {
	h.t.Helper()
	buf := secure.AppendHeader(make([]byte, 0, MaxMTU), h.id, uint8(h.sealer.Phase()), h.sealer.Next(), 2)
	head := len(buf)
	p, err := h.sealer.Seal(append(buf, frames...), head)
	if err != nil {
		h.t.Fatal(err)
	}
	h.deliver(p)
}

// server finds the server's side.
func (h *hostile) server() *Conn {
	if h.conn == nil {
		if s := h.e.slots.find(h.id); s != nil {
			h.conn = s.conn
		}
	}
	return h.conn
}

// Clients that finish the key exchange and then say nothing, or something else
// than START, hold no place and are gone after the handshake's time.
func TestUnadmittedClients(t *testing.T) {
	in := &nowhere{}
	e := fuzzEndpoint(t, in)
	now := time.Second
	var all []*hostile
	for i := range 40 {
		h := newHostile(t, e, in, i, now)
		h.send([]byte{1}) // PING
		e.Poll(now)
		if h.server() == nil {
			t.Fatal("the first packet did not confirm")
		}
		all = append(all, h)
	}
	if e.connected != 0 || len(e.accepted) != 0 {
		t.Fatal("they count as connections")
	}
	for _, h := range all[:20] { // application data at once, on the ordered channel
		h.send([]byte{0x80 | 0x20 | 2, 0, 0, 'x'})
	}
	e.Poll(now)
	for i, h := range all {
		if refused := h.conn.state >= Closing; refused != (i < 20) {
			t.Fatalf("client %d: %v %v", i, h.conn.state, h.conn.err)
		}
	}
	for range 700 {
		now += time.Second / 60
		e.Poll(now)
		e.Flush(now)
	}
	if len(e.conns) != 0 || e.pending.count != 0 || len(e.pending.byKey) != 0 {
		t.Fatalf("%d connections, %d pending, %d keys remain", len(e.conns), e.pending.count, len(e.pending.byKey))
	}
	for _, s := range e.slots.slots {
		if s.id != 0 {
			t.Fatal("a slot is not free")
		}
	}
}

// Clients that send tables without an end: memory stays under the ceiling.
func TestTableFlood(t *testing.T) {
	in := &nowhere{}
	e := fuzzEndpoint(t, in)
	now := time.Second
	const clients = 60
	var links []*hostile
	for i := range clients {
		h := newHostile(t, e, in, i, now)
		h.send([]byte{1})
		e.Poll(now)
		if h.server() == nil {
			t.Fatal("not confirmed")
		}
		links = append(links, h)
	}
	chunk := appendTable(nil, 1, false, make([]byte, tableChunk))
	for round := range 12 {
		for _, h := range links {
			// Through the connection itself: a whole message as the Link hands it over.
			if h.conn.state == Connecting {
				h.conn.handleControl(chunk)
			}
			if e.tableBytes > maxTableMemory {
				t.Fatalf("round %d: %d bytes held", round, e.tableBytes)
			}
		}
	}
	over := 0
	for _, h := range links {
		if h.conn.state >= Closing {
			over++
		}
	}
	if over == 0 {
		t.Fatal("nobody was refused")
	}
	for range 700 {
		now += time.Second / 60
		e.Poll(now)
		e.Flush(now)
	}
	if e.tableBytes != 0 || len(e.conns) != 0 {
		t.Fatalf("%d bytes and %d connections remain", e.tableBytes, len(e.conns))
	}
}

// QUIC stacks queued path challenges without a bound. Here a packet full of
// them gets one answer, smaller than itself.
func TestPathChallengeFlood(t *testing.T) {
	c := fuzzConn(t, true, Connected)
	var flood []byte
	for range 120 {
		flood = append(flood, 3, 1, 2, 3, 4, 5, 6, 7, 8)
	}
	before := c.stats
	const packets = 500
	for pn := range uint64(packets) {
		c.opened(c.testLane(), pn+1, flood, false, len(flood)+23, fuzzPeer)
	}
	out, bytes := c.stats.PacketsOut-before.PacketsOut, c.stats.BytesOut-before.BytesOut
	if out != packets || bytes > packets*uint64(len(flood))/10 {
		t.Fatalf("%d answers, %d bytes", out, bytes)
	}
}

// An authenticated client that acknowledges what was never sent, names channels
// that do not exist, or breaks any other rule of the frames, is closed and told so.
func TestBrokenFramesClose(t *testing.T) {
	for name, frames := range map[string][]byte{
		"unknown frame":         {0x0f},
		"ack of the future":     {0x10, 0xff, 0xff, 0x03, 0},
		"no such channel":       {0x80 | 0x20 | 9, 0, 0, 'x'},
		"fragment out of range": {0x80 | 0x40 | 0x20 | 2, 0, 0, 9, 2, 'x'},
		"cut off":               {0x80 | 2, 0},
	} {
		c := fuzzConn(t, true, Connected)
		c.opened(c.testLane(), 1, frames, false, len(frames)+23, fuzzPeer)
		if c.state != Closing || c.err.Reason != ProtocolError {
			t.Errorf("%s: %v %v", name, c.state, c.err)
		}
	}
}

// An application that has filled its queue does not lose its connection when
// the transport has something to say itself.
func TestControlWaitsForRoom(t *testing.T) {
	c := fuzzConn(t, true, Connected)
	for c.Send(1, make([]byte, 8000), channel.SendOptions{}) == nil {
	}
	c.sendControl([]byte{ctrlReset, 1})
	c.sendControl([]byte{ctrlReset, 2})
	if c.state != Connected || len(c.waiting) != 2 {
		t.Fatal(c.state, c.err, len(c.waiting))
	}
	ack := func() { // everything that was sent arrives
		n := c.sealer.Next()
		c.opened(c.testLane(), c.opener.Expected()+n, append(binary.AppendUvarint([]byte{0x10 + 8}, n-1), 0, 0), false, 40, fuzzPeer)
	}
	for range 3000 {
		c.now += 20 * time.Millisecond
		c.flush(c.now)
		ack()
		if len(c.waiting) == 0 {
			break
		}
	}
	if len(c.waiting) != 0 || c.state != Connected {
		t.Fatal(len(c.waiting), c.state, c.err)
	}
}
