package transport_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/udp"
)

// Somebody on the way holds every packet of a session back and sends on before it: the packet with each byte changed in turn, its reflection, packets
// of before, and the next one. Everything that was sent arrives once, in order where that
// was promised, and nothing else does.
func TestSessionUnderAttack(t *testing.T) {
	for seed := range uint64(3) {
		w, n := tapWorld(t, nil)
		rng := chacha(seed)
		var held *tapped
		var past []tapped
		client, server := w.connect(nil)
		n.hook = func(d tapped) (out []tapped) {
			for i := range d.data {
				bad := bytes.Clone(d.data)
				bad[i] ^= byte(1 + rng.Uint64()%255)
				out = append(out, tapped{d.from, d.to, bad})
			}
			out = append(out, tapped{d.to, d.from, d.data})
			for range min(len(past), 5) {
				old := past[rng.Uint64()%uint64(len(past))]
				out = append(out, old, tapped{old.to, old.from, old.data})
			}
			past = append(past, tapped{d.from, d.to, bytes.Clone(d.data)})
			if held != nil { // the one before comes after this one
				out = append(out, d, *held)
				held = nil
			} else if rng.Uint64()%4 == 0 {
				held = &tapped{d.from, d.to, bytes.Clone(d.data)}
			} else {
				out = append(out, d)
			}
			return append(out, d) // and all of it again
		}
		var want, got, back, gotBack []string
		events := map[string]int{}
		for i := range 60 {
			send(t, client, 1, fmt.Sprint("up", i))
			send(t, server, 1, fmt.Sprint("down", i))
			send(t, client, 2, fmt.Sprint("event", i))
			want, back = append(want, fmt.Sprint("1:up", i)), append(back, fmt.Sprint("1:down", i))
			w.step()
			got, gotBack = append(got, drain(server)...), append(gotBack, drain(client)...)
		}
		w.run(3 * time.Second)
		got, gotBack = append(got, drain(server)...), append(gotBack, drain(client)...)
		var ordered []string
		for _, m := range got {
			if strings.HasPrefix(m, "2:") {
				events[m]++
				continue
			}
			ordered = append(ordered, m)
		}
		if !reflect.DeepEqual(ordered, want) || !reflect.DeepEqual(gotBack, back) {
			t.Fatalf("seed %d: up %v\ndown %v", seed, ordered, gotBack)
		}
		for i := range 60 {
			if events[fmt.Sprint("2:event", i)] != 1 {
				t.Fatalf("seed %d: event %d came %d times", seed, i, events[fmt.Sprint("2:event", i)])
			}
		}
		if len(events) != 60 || server.State() != transport.Connected || client.State() != transport.Connected || len(w.accepted) != 1 {
			t.Fatalf("seed %d: %v %v, %d connections", seed, server.Err(), client.Err(), len(w.accepted))
		}
	}
}

// A whole session, sent again to a server that was restarted since: nobody gets in, and
// nothing is delivered.
func TestCapturedSessionAfterRestart(t *testing.T) {
	w, n := tapWorld(t, nil)
	n.keep = true
	client, _ := w.connect(nil)
	for i := range 20 {
		send(t, client, 1, fmt.Sprint(i))
		w.step()
	}
	captured := n.log
	n.keep = false
	w.cfg.Rand = chacha(91)
	w.listen(n.ends[w.server.Addr()])
	w.accepted, w.clients = nil, nil
	for range 3 {
		for _, d := range captured {
			if d.to == w.server.Addr() {
				n.deliver(d)
				w.step()
			}
		}
	}
	if s := w.server.Stats(); len(w.accepted) != 0 || s.Connections != 0 || s.Pending != 0 || s.BadCookies == 0 {
		t.Fatalf("%d accepted, %+v", len(w.accepted), s)
	}
}

// A client that stays connected and acknowledges next to nothing: what its server queues
// for it is bounded, Send says so, and the other clients do not notice.
func TestSlowReader(t *testing.T) {
	w, n := tapWorld(t, nil)
	end := n.Carrier()
	slow := w.dialOn(w.config(), end)
	w.until(2*time.Second, func() bool { return len(w.accepted) == 1 })
	fast, fastServer := w.connect(nil)
	slowServer := w.accepted[0]
	passed := time.Duration(0)
	n.hook = func(d tapped) []tapped {
		if d.from == end.addr && w.now-passed < 4*time.Second {
			return nil
		} else if d.from == end.addr {
			passed = w.now
		}
		return []tapped{d}
	}
	before, full, late := heap(), 0, 0
	for i := range 40 * 60 {
		for range 4 { // 240 kB/s, five times what a second of the limit is
			if err := slowServer.Send(1, make([]byte, 1000), channel.SendOptions{}); errors.Is(err, channel.ErrQueueFull) {
				full++
			} else if err != nil {
				t.Fatal(err)
			}
			_ = slowServer.Send(0, make([]byte, 500), channel.SendOptions{})
		}
		send(t, fastServer, 1, fmt.Sprint(i))
		w.step()
		w.step()
		if got := drain(fast); len(got) == 0 || got[len(got)-1] != fmt.Sprint("1:", i) {
			late++
		}
	}
	if slowServer.State() != transport.Connected || slow.State() != transport.Connected {
		t.Fatal(slowServer.Err(), slow.Err())
	}
	s := slowServer.Stats()
	if full == 0 || s.Queued > 2<<20 {
		t.Errorf("%d refused, %+v", full, s)
	}
	if grown := heap() - before; grown > 4<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	if late > 40*60/50 {
		t.Errorf("%d of %d messages to another client were late", late, 40*60)
	}
}

// A client that crashes and comes back from the same port gets in at once, with other
// keys; what is left of it at the server neither disturbs it nor stays.
func TestClientRestart(t *testing.T) {
	w, n := tapWorld(t, nil)
	end := n.Carrier()
	dead := w.dialOn(w.config(), end)
	w.until(2*time.Second, func() bool { return len(w.accepted) == 1 })
	old := w.accepted[0]
	for i := range 4 {
		w.clients = nil // no goodbye
		began := w.now
		_ = old.Send(1, []byte("to the dead"), channel.SendOptions{})
		c := w.dialOn(w.config(), end)
		if !w.until(time.Second, func() bool { return c.State() == transport.Connected && len(w.accepted) == i+2 }) {
			t.Fatalf("restart %d: %v after %v", i, c.Err(), w.now-began)
		}
		send(t, c, 1, "back again")
		w.run(200 * time.Millisecond)
		if got := drain(w.accepted[i+1]); !reflect.DeepEqual(got, []string{"1:back again"}) {
			t.Fatal(got)
		}
		if got := drain(c); len(got) != 0 {
			t.Fatal("what was meant for the one before:", got)
		}
	}
	w.run(12 * time.Second)
	if !errors.Is(old.Err(), transport.ErrTimeout) || w.server.Stats().Connections != 1 || dead.State() != transport.Connected {
		t.Fatal(old.Err(), w.server.Stats().Connections)
	}
}

// clientEnv makes this test binary a client of the server and key that it names.
const clientEnv = "TANDEM_TEST_CLIENT"

// beClient connects, says "in" and stays until it is killed.
func beClient(what string) error {
	at, text, _ := strings.Cut(what, " ")
	addr, err := netip.ParseAddrPort(at)
	if err != nil {
		return err
	}
	key, err := secure.ParseKey(text)
	if err != nil {
		return err
	}
	carrier, err := udp.Dial(addr, udp.Config{})
	if err != nil {
		return err
	}
	c, err := transport.Dial(transport.DialConfig{Config: transport.Config{Channels: table}, Addr: addr, Pin: key}, carrier)
	if err != nil {
		return err
	}
	d := &driver{began: time.Now(), clients: []*transport.Conn{c}}
	if !d.until(func() bool { return c.State() == transport.Connected }) {
		return fmt.Errorf("not connected: %w", c.Err())
	}
	fmt.Println("in")
	for d.now() < time.Minute {
		d.until(func() bool { return c.State() == transport.Closed })
	}
	return nil
}

// A client process is killed and started again, several times: each gets in, and the
// server gives the killed ones up.
func TestClientProcessRestart(t *testing.T) {
	carrier, err := udp.Listen("127.0.0.1:0", udp.Config{})
	if err != nil {
		t.Fatal(err)
	}
	id := secure.IdentityFromSeed([32]byte{8})
	e, err := transport.Listen(transport.Config{Identity: id, Channels: table, Timeout: 500 * time.Millisecond}, carrier)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	d := &driver{began: time.Now(), server: e}
	for i := range 3 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), clientEnv+"="+carrier.LocalAddr().String()+" "+id.String())
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		in := d.until(func() bool { return len(d.conns) == i+1 })
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if !in {
			t.Fatalf("client %d did not get in: %+v", i, e.Stats())
		}
	}
	if !d.until(func() bool { return e.Stats().Connections == 0 }) {
		t.Fatalf("%+v", e.Stats())
	}
	for i, c := range d.conns {
		if !errors.Is(c.Err(), transport.ErrTimeout) {
			t.Errorf("client %d: %v", i, c.Err())
		}
	}
}
