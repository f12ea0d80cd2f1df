package transport_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/mem"
)

// world steps a server and its clients over memory on one virtual clock.
type world struct {
	t        *testing.T
	net      *mem.Network
	now      time.Duration
	id       *secure.Identity
	cfg      transport.Config
	server   *transport.Endpoint
	clients  []*transport.Conn
	accepted []*transport.Conn
	seed     uint64
	carrier  func() transport.Carrier
}

const tick = time.Second / 60

var table = channel.Table{
	{Name: "fire", Kind: channel.Unreliable},
	{Name: "chat", Kind: channel.Ordered},
	{Name: "event", Kind: channel.Reliable},
}

func chacha(seed uint64) *rand.ChaCha8 {
	var key [32]byte
	for i := range key {
		key[i] = byte(seed >> (i % 8 * 8))
	}
	return rand.NewChaCha8(key)
}

func newWorld(t *testing.T, change func(*transport.Config)) *world {
	t.Helper()
	w := &world{t: t, net: mem.NewNetwork(), id: secure.IdentityFromSeed([32]byte{1}), seed: 100, now: time.Second}
	w.cfg = transport.Config{Identity: w.id, Protocol: 42, Version: 3, Channels: table, Rand: chacha(1)}
	if change != nil {
		change(&w.cfg)
	}
	w.carrier = func() transport.Carrier { return w.net.Carrier() }
	w.listen(w.net.Carrier())
	return w
}

func (w *world) listen(carriers ...transport.Carrier) {
	w.t.Helper()
	var err error
	if w.server, err = transport.Listen(w.cfg, carriers...); err != nil {
		w.t.Fatal(err)
	}
}

// config is what a client of this world dials with.
func (w *world) config() transport.DialConfig {
	w.seed++
	cfg := transport.DialConfig{Config: w.cfg, Addr: w.server.Addr(), Pin: w.id.Public}
	cfg.Identity, cfg.Rand = nil, chacha(w.seed)
	return cfg
}

func (w *world) dial(change func(*transport.DialConfig)) *transport.Conn {
	w.t.Helper()
	cfg := w.config()
	if change != nil {
		change(&cfg)
	}
	return w.dialOn(cfg, w.carrier())
}

func (w *world) dialOn(cfg transport.DialConfig, c transport.Carrier) *transport.Conn {
	w.t.Helper()
	conn, err := transport.Dial(cfg, c)
	if err != nil {
		w.t.Fatal(err)
	}
	w.clients = append(w.clients, conn)
	return conn
}

// step runs one tick of everything.
func (w *world) step() {
	w.now += tick
	w.server.Poll(w.now)
	for {
		c, ok := w.server.Accept()
		if !ok {
			break
		}
		w.accepted = append(w.accepted, c)
	}
	w.server.Flush(w.now)
	for _, c := range w.clients {
		c.Poll(w.now)
		c.Flush(w.now)
	}
}

// until steps until f holds or d has passed, and reports which.
func (w *world) until(d time.Duration, f func() bool) bool {
	for end := w.now + d; w.now < end; {
		if f() {
			return true
		}
		w.step()
	}
	return f()
}

func (w *world) run(d time.Duration) { w.until(d, func() bool { return false }) }

// connect dials and waits until both sides are connected.
func (w *world) connect(change func(*transport.DialConfig)) (client, server *transport.Conn) {
	w.t.Helper()
	n := len(w.accepted)
	client = w.dial(change)
	if !w.until(3*time.Second, func() bool { return client.State() == transport.Connected && len(w.accepted) > n }) {
		w.t.Fatalf("not connected: client %v %v, accepted %d, %+v", client.State(), client.Err(), len(w.accepted), w.server.Stats())
	}
	return client, w.accepted[n]
}

// send sends text on a channel and fails the test if it is refused.
func send(t *testing.T, c *transport.Conn, ch uint8, text string) {
	t.Helper()
	if err := c.Send(ch, []byte(text), channel.SendOptions{}); err != nil {
		t.Fatal(err)
	}
}

// drain takes all messages as "channel:text".
func drain(c *transport.Conn) (got []string) {
	for {
		m, ok := c.Receive()
		if !ok {
			return got
		}
		got = append(got, string('0'+rune(m.Channel))+":"+string(m.Data))
	}
}
