package transport

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/secure"
)

// nowhere is a carrier into which everything disappears.
type nowhere struct{ in []Datagram }

func (n *nowhere) ReadBatch(d []Datagram) (int, error) {
	k := copy(d, n.in)
	n.in = n.in[k:]
	return k, nil
}
func (n *nowhere) WriteBatch(d []Datagram) (int, error) { return len(d), nil }
func (n *nowhere) LocalAddr() netip.AddrPort            { return netip.MustParseAddrPort("192.0.2.1:1") }
func (n *nowhere) Close() error                         { return nil }

var (
	fuzzPeer     = netip.MustParseAddrPort("192.0.2.2:2")
	fuzzIdentity = secure.IdentityFromSeed([32]byte{1})
	fuzzTable    = channel.Table{{Name: "a", Kind: channel.Unreliable}, {Name: "b", Kind: channel.Ordered}}
)

func fuzzEndpoint(t testing.TB, in *nowhere) *Endpoint {
	t.Helper()
	e, err := Listen(Config{Identity: fuzzIdentity, Channels: fuzzTable, Rand: rand.NewChaCha8([32]byte{2})}, in)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// fuzzConn is a connection with keys, before (Connecting) or after the end of
// its handshake.
func fuzzConn(t testing.TB, server bool, state State) *Conn {
	t.Helper()
	e := fuzzEndpoint(t, &nowhere{})
	cfg := e.cfg
	c := &Conn{cfg: &cfg, server: server, local: 1, remote: 2, addr: fuzzPeer, out: e.lanes[0].out, state: state, now: time.Second, resetTok: [resetTokenSize]byte{9: 9}}
	if server {
		c.endpoint = e
	} else {
		c.dial = &dialer{cfg: DialConfig{Config: cfg}, lane: e.lanes[0]}
	}
	if err := c.install(secure.AESGCM, secure.Secrets{ToServer: secure.Secret{1}, ToClient: secure.Secret{2}}, 0); err != nil {
		t.Fatal(err)
	}
	if err := c.openLink(0); err != nil {
		t.Fatal(err)
	}
	c.opener.Prepare(nil)
	return c
}

func FuzzHandshakePackets(f *testing.F) {
	h := hello{wire: WireVersion, client: 7}
	f.Add(appendHello(nil, h))
	init, msg1, _ := secure.NewInitiator(secure.AESGCM, nil, nil, rand.NewChaCha8([32]byte{3}))
	_ = init
	full := append(appendConnectHead(nil, h, make([]byte, secure.CookieSize), secure.AESGCM, nil), msg1...)
	f.Add(append(full, zeros[:connectSize-len(full)]...))
	f.Add(appendReject(nil, reject{wire: 1, reason: ServerFull}))
	f.Add(append(appendRetryHead(nil, 7), make([]byte, secure.CookieSize)...))
	f.Add(appendReset(nil, 2, [resetTokenSize]byte{}))
	f.Fuzz(func(t *testing.T, p []byte) {
		roundTrips(t, p)
		in := &nowhere{}
		e := fuzzEndpoint(t, in)
		e.Poll(time.Second)
		in.in = []Datagram{{Addr: fuzzPeer, Data: bytes.Clone(p)}}
		e.Poll(time.Second)
		e.Flush(time.Second)
		if e.pending.count != 0 || len(e.conns) != 0 {
			t.Fatal("a packet without a cookie changed the server")
		}
		if out := e.stats.BytesOut; out > uint64(len(p)) {
			t.Fatalf("%d bytes answered with %d", len(p), out)
		}
		c := fuzzConn(t, false, Connected)
		c.route(bytes.Clone(p), fuzzPeer)
		if c.state != Connected {
			t.Fatal("a handshake packet ended a live connection: ", c.err)
		}
	})
}

// roundTrips checks that what parses is written as it was.
func roundTrips(t *testing.T, p []byte) {
	if h, err := parseHello(p); err == nil && !bytes.Equal(appendHello(nil, h)[:helloFields], p[:helloFields]) {
		t.Fatal("HELLO")
	}
	if c, err := parseConnect(p); err == nil {
		again := appendConnectHead(nil, c.hello, c.cookie, c.suite, c.token)
		if !bytes.Equal(again, c.prologue) || !bytes.HasPrefix(p[len(again):], c.msg1) {
			t.Fatal("CONNECT")
		}
	}
	if r, err := parseRetry(p); err == nil && !bytes.Equal(append(appendRetryHead(nil, r.client), r.cookie...), p) {
		t.Fatal("RETRY")
	}
	if r, err := parseReject(p); err == nil && !bytes.Equal(appendReject(nil, r), p) {
		t.Fatal("REJECT")
	}
	if a, err := parseAcceptPayload(p); err == nil && !bytes.Equal(a.append(nil), p[:acceptPayloadSize]) {
		t.Fatal("ACCEPT payload")
	}
}

// FuzzPlaintext feeds packets as if they had been opened: the AEAD is not there
// to help. Several packets, divided by their own length bytes.
func FuzzPlaintext(f *testing.F) {
	f.Add(true, []byte{3, 1, 1, 1, 2, 9, 9})
	f.Add(false, []byte{10, 0x40, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Fuzz(func(t *testing.T, server bool, p []byte) {
		for _, state := range []State{Connecting, Connected} {
			c := fuzzConn(t, server, state)
			for pn, b := uint64(1), p; len(b) > 0; pn++ {
				n := min(int(b[0])*5+1, len(b))
				c.now += 10 * time.Millisecond
				c.opened(c.testLane(), pn, bytes.Clone(b[1:n]), false, n+23, fuzzPeer)
				b = b[n:]
				if server {
					c.endpoint.admitAll()
				}
				c.flush(c.now)
				for range 100 {
					if _, ok := c.Receive(); !ok {
						break
					}
				}
			}
		}
	})
}

// testLane is the lane of a fuzzConn.
func (c *Conn) testLane() *lane {
	if c.endpoint != nil {
		return c.endpoint.lanes[0]
	}
	return c.dial.lane
}

// FuzzControl feeds control messages in every state that takes them.
func FuzzControl(f *testing.F) {
	s := start{mtu: 1452, mlkem: make([]byte, 1184)}
	f.Add(true, s.append(nil))
	f.Add(true, (&start{}).append(nil))
	f.Add(false, appendReady(nil, make([]byte, 1088)))
	f.Add(false, appendTable(nil, 1, true, []byte("text")))
	f.Add(false, appendResetToken(nil, [resetTokenSize]byte{1}, true))
	f.Add(false, appendResetToken(nil, [resetTokenSize]byte{2}, false))
	f.Fuzz(func(t *testing.T, server bool, p []byte) {
		for _, state := range []State{Connecting, Connected} {
			c := fuzzConn(t, server, state)
			for range 2 {
				c.handleControl(bytes.Clone(p))
				if server {
					c.endpoint.admitAll()
				}
			}
			c.flush(c.now)
			c.timers(c.now + time.Hour)
		}
	})
}
