package transport_test

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/transport"
)

func TestConnectAndTalk(t *testing.T) {
	for _, suite := range []secure.Suite{secure.AESGCM, secure.ChaChaPoly} {
		for _, pq := range []bool{true, false} {
			w := newWorld(t, func(c *transport.Config) { c.NoPostQuantum = !pq })
			client, server := w.connect(func(c *transport.DialConfig) { c.Suite = suite })
			send(t, client, 0, "bang")
			send(t, client, 1, "hello")
			send(t, server, 1, "welcome")
			w.run(200 * time.Millisecond)
			if got := drain(server); !reflect.DeepEqual(got, []string{"0:bang", "1:hello"}) && !reflect.DeepEqual(got, []string{"1:hello", "0:bang"}) {
				t.Fatalf("%v pq=%v: server got %v", suite, pq, got)
			}
			if got := drain(client); !reflect.DeepEqual(got, []string{"1:welcome"}) {
				t.Fatalf("%v pq=%v: client got %v", suite, pq, got)
			}
			if pq && client.Stats().Phase == 0 {
				t.Fatal("ML-KEM was not mixed in")
			}
			client.Close(transport.Normal, "bye")
			w.run(time.Second)
			var ce *transport.CloseError
			if server.State() != transport.Closed || !errors.As(server.Err(), &ce) || !ce.Remote || ce.Text != "bye" {
				t.Fatalf("server %v %v", server.State(), server.Err())
			}
			if client.State() != transport.Closed || w.server.Stats().Connections != 0 {
				t.Fatal("not closed on both sides")
			}
		}
	}
}

// Every way to fail must say what it is and what to do, in one line.
func TestDialErrors(t *testing.T) {
	other, _ := secure.NewIdentity(chacha(9))
	appTable := func(s string) transport.AppTable {
		a := transport.AppTable{Text: []byte(s), Diff: func(a, b []byte) string { return "Position.X: " + string(a) + " here, " + string(b) + " there" }}
		copy(a.Hash[:], s)
		return a
	}
	for name, c := range map[string]struct {
		server func(*transport.Config)
		client func(*transport.DialConfig)
		want   error
		text   string // in the client's error
		far    string // in the server's text, if it hears of it
	}{
		"no answer":  {nil, func(c *transport.DialConfig) { c.Addr = netip.MustParseAddrPort("[fd00::dead]:9") }, transport.ErrNoAnswer, "check the address and port", ""},
		"wrong key":  {nil, func(c *transport.DialConfig) { c.Pin = other.Public }, transport.ErrWrongKey, "wrong server key: expected " + other.String(), ""},
		"old client": {nil, func(c *transport.DialConfig) { c.Version = 2 }, transport.ErrVersion, "the server has 3, this client has 2: update this client", ""},
		"old server": {nil, func(c *transport.DialConfig) { c.Version = 4 }, transport.ErrVersion, "update the server", ""},
		"other game": {nil, func(c *transport.DialConfig) { c.Protocol = 1 }, transport.ErrProtocolID, "another game", ""},
		"channels":   {nil, func(c *transport.DialConfig) { c.Channels = table[:2] }, transport.ErrTables, "event", "event"},
		"components": {
			func(c *transport.Config) { c.App = appTable("f32") }, func(c *transport.DialConfig) { c.App = appTable("f64") },
			transport.ErrTables, "Position.X: f64 here, f32 there", "Position.X: f32 here, f64 there",
		},
		"shutting down": {nil, nil, transport.ErrShuttingDown, "shutting down", ""},
		"full":          {func(c *transport.Config) { c.MaxConns = 1 }, nil, transport.ErrServerFull, "server is full", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var far []string
			w := newWorld(t, func(cfg *transport.Config) {
				cfg.Refused = func(_ netip.AddrPort, e *transport.CloseError) { far = append(far, e.Error()) }
				if c.server != nil {
					c.server(cfg)
				}
			})
			switch name {
			case "full":
				w.connect(nil)
			case "shutting down":
				w.server.Shutdown(w.now, transport.ShuttingDown, "")
			}
			conn := w.dial(c.client)
			w.until(12*time.Second, func() bool { return conn.State() == transport.Closed })
			err := conn.Err()
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("got %v", err)
			}
			w.run(time.Second)
			if c.far != "" && (len(far) != 1 || !strings.Contains(far[0], c.far)) {
				t.Fatalf("the server's side says %q", far)
			}
			t.Log(err)
		})
	}
}

func TestKickedWithText(t *testing.T) {
	w := newWorld(t, nil)
	client, server := w.connect(nil)
	server.Close(transport.Kicked, "team killing")
	w.run(time.Second)
	if err := client.Err(); !errors.Is(err, transport.ErrKicked) || !strings.Contains(err.Error(), "team killing") {
		t.Fatal(err)
	}
	if err := client.Send(1, nil, channel.SendOptions{}); !errors.Is(err, transport.ErrNotConnected) {
		t.Fatal("Send on a closed connection:", err)
	}
}

func TestTimeouts(t *testing.T) {
	w := newWorld(t, nil)
	client, server := w.connect(nil)
	// Silence of the application is no reason: PINGs keep the connection.
	w.run(time.Minute)
	if client.State() != transport.Connected || server.State() != transport.Connected {
		t.Fatal("an idle connection ended:", client.Err(), server.Err())
	}
	w.clients = nil // the client's process stops
	w.run(11 * time.Second)
	if !errors.Is(server.Err(), transport.ErrTimeout) {
		t.Fatal(server.State(), server.Err())
	}
	for end := w.now + 11*time.Second; w.now < end; w.now += tick { // and the server's network
		client.Poll(w.now)
		client.Flush(w.now)
	}
	if !errors.Is(client.Err(), transport.ErrTimeout) {
		t.Fatal(client.State(), client.Err())
	}
}

func TestShutdownSaysGoodbye(t *testing.T) {
	w := newWorld(t, nil)
	a, _ := w.connect(nil)
	b, _ := w.connect(nil)
	w.server.Shutdown(w.now, transport.ShuttingDown, "back at noon")
	if !w.until(2*time.Second, w.server.Done) {
		t.Fatal("not done")
	}
	w.run(time.Second)
	for _, c := range []*transport.Conn{a, b} {
		if !errors.Is(c.Err(), transport.ErrShuttingDown) || !strings.Contains(c.Err().Error(), "back at noon") {
			t.Fatal(c.Err())
		}
	}
	if err := w.server.Close(); err != nil {
		t.Fatal(err)
	}
}

// The same seeds give the same datagrams, sizes and order; what differs is only
// the ML-KEM encapsulation, whose randomness is the standard library's.
func TestSameSeedSameRun(t *testing.T) {
	run := func() []transport.Stats {
		w := newWorld(t, nil)
		var all []transport.Stats
		for range 3 {
			c, s := w.connect(nil)
			send(t, c, 1, "hi")
			send(t, s, 2, "ho")
			w.run(time.Second)
			all = append(all, c.Stats(), s.Stats())
		}
		return all
	}
	if a, b := run(), run(); !reflect.DeepEqual(a, b) {
		t.Fatalf("%+v\n%+v", a, b)
	}
}

// Whatever an application still asks of a connection long after its end has an
// answer.
func TestLongClosed(t *testing.T) {
	w := newWorld(t, func(c *transport.Config) {
		c.Channels = append(append(channel.Table{}, table...), channel.Spec{Name: "map", Kind: channel.Bulk})
	})
	client, server := w.connect(nil)
	send(t, client, 1, "last words")
	client.Close(transport.Normal, "")
	w.run(500 * time.Millisecond)
	if got := drain(server); !reflect.DeepEqual(got, []string{"1:last words"}) {
		t.Fatal("what came before the end is lost:", got)
	}
	w.run(5 * time.Second)
	for _, c := range []*transport.Conn{client, server} {
		if _, ok := c.Receive(); ok {
			t.Error("a message")
		}
		if _, ok := c.Fate(); ok {
			t.Error("a fate")
		}
		if err := c.SendBulk(3, strings.NewReader("x"), 1, 0); !errors.Is(err, transport.ErrNotConnected) {
			t.Error(err)
		}
		if err := c.Send(0, nil, channel.SendOptions{}); !errors.Is(err, transport.ErrNotConnected) {
			t.Error(err)
		}
		c.Close(transport.Kicked, "again")
		_, _ = c.SendingBulk(3)
		_, _ = c.ReceivingBulk(3)
		_ = c.CancelBulk(3)
		_ = c.RefuseBulk(3)
		_, _ = c.BulkEvent()
		if c.Budget(w.now) != 0 || c.Stats().PacketsIn == 0 || !errors.Is(c.Err(), transport.ErrClosed) {
			t.Error(c.Budget(w.now), c.Stats(), c.Err())
		}
	}
}

// lossyWorld is a tapWorld that loses a client's data packets while lost says so, and
// nothing of the handshake before them.
func lossyWorld(t *testing.T, lost func() bool) (*world, *tapNet) {
	w, n := tapWorld(t, nil)
	server := w.server.Addr()
	n.hook = func(d tapped) []tapped {
		if d.to == server && d.data[0]&0x80 == 0 && lost() {
			return nil
		}
		return []tapped{d}
	}
	return w, n
}

// A handshake that the server has given up, because nothing of the client came through,
// begins again instead of ending with a reset; so does one whose server is restarted
// in the middle.
func TestHandshakeBeginsAgain(t *testing.T) {
	for name, restart := range map[string]bool{"given up": false, "restarted": true} {
		t.Run(name, func(t *testing.T) {
			var w *world
			var n *tapNet
			w, n = lossyWorld(t, func() bool { return w.now < 7*time.Second })
			client := w.dial(nil)
			if restart {
				w.run(2 * time.Second)
				w.cfg.Rand = chacha(79)
				w.listen(n.ends[w.server.Addr()])
			}
			if !w.until(10*time.Second, func() bool { return client.State() == transport.Connected && len(w.accepted) == 1 }) {
				t.Fatalf("%v %v, %+v", client.State(), client.Err(), w.server.Stats())
			}
			if took := w.now - time.Second; took < 5*time.Second {
				t.Fatal("too early, after", took)
			}
			if w.server.Stats().Resets == 0 {
				t.Fatal("nothing was given up")
			}
			send(t, client, 1, "at last")
			w.run(100 * time.Millisecond)
			if got := drain(w.accepted[0]); !reflect.DeepEqual(got, []string{"1:at last"}) {
				t.Fatal(got)
			}
			w.run(time.Minute)
			if client.State() != transport.Connected || w.server.Stats().Connections != 1 || w.server.Stats().Pending != 0 {
				t.Fatalf("%v, %+v", client.Err(), w.server.Stats())
			}
		})
	}
}

// What never gets through says so, and not that the server was restarted.
func TestHandshakeTooSlow(t *testing.T) {
	w, _ := lossyWorld(t, func() bool { return true })
	client := w.dial(nil)
	if !w.until(11*time.Second, func() bool { return client.State() == transport.Closed }) {
		t.Fatal("it goes on for ever")
	}
	if err := client.Err(); !errors.Is(err, transport.ErrTooSlow) || !strings.Contains(err.Error(), "the server answers") {
		t.Fatal(err)
	}
}

// However bad a line is, a join ends in the game or with a word about the line.
func TestJoinsOnAVeryBadLine(t *testing.T) {
	joined, slow := 0, 0
	for seed := range uint64(60) {
		w, n := tapWorld(t, nil)
		rng := rand.New(rand.NewPCG(seed, 1))
		n.hook = func(d tapped) []tapped {
			if rng.Float64() < 0.75 {
				return nil
			}
			return []tapped{d}
		}
		client := w.dial(nil)
		w.until(11*time.Second, func() bool { return client.State() != transport.Connecting })
		var e *transport.CloseError
		switch {
		case client.State() == transport.Connected:
			joined++
		case errors.As(client.Err(), &e) && (e.Reason == transport.TooSlow || e.Reason == transport.NoAnswer):
			slow++
		default:
			t.Fatalf("seed %d: %v %v", seed, client.State(), client.Err())
		}
	}
	t.Logf("%d joined, %d did not in time", joined, slow)
	if joined == 0 || slow == 0 {
		t.Error(joined, slow)
	}
}
