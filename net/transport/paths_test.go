package transport_test

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/transport"
)

func TestMigration(t *testing.T) {
	w, n := tapWorld(t, nil)
	end := n.Carrier()
	client := w.dialOn(w.config(), end)
	w.until(2*time.Second, func() bool { return len(w.accepted) == 1 })
	server := w.accepted[0]
	var want []string
	for i := range 50 { // two moves, of port and of address, with messages under way
		send(t, client, 1, fmt.Sprint(i))
		want = append(want, fmt.Sprint("1:", i))
		switch i {
		case 15:
			end.move(netip.AddrPortFrom(end.addr.Addr(), 2222))
		case 30:
			end.move(netip.MustParseAddrPort("[2001:db8::5]:9"))
		}
		w.step()
	}
	w.run(2 * time.Second)
	if got := drain(server); !reflect.DeepEqual(got, want) {
		t.Fatalf("got %v", got)
	}
	if server.Addr() != end.addr || server.Stats().Moves != 2 {
		t.Fatalf("%v %+v", server.Addr(), server.Stats())
	}
	send(t, server, 1, "found you")
	w.run(200 * time.Millisecond)
	if got := drain(client); !reflect.DeepEqual(got, []string{"1:found you"}) {
		t.Fatal(got)
	}
	// The stateless reset must know the new address.
	w.cfg.Rand = chacha(5)
	w.listen(n.ends[w.server.Addr()])
	if !w.until(1200*time.Millisecond, func() bool { return client.State() == transport.Closed }) || !errors.Is(client.Err(), transport.ErrRestarted) {
		t.Fatal("a restart after a move goes unnoticed:", client.State(), client.Err())
	}
}

// Somebody on the way copies packets and sends them from his own address,
// faster than the client: he gets challenges, at most three times what he sent,
// and never the session.
func TestMigrationNeedsProof(t *testing.T) {
	w, n := tapWorld(t, nil)
	client, server := w.connect(nil)
	home := server.Addr()
	thief := n.Carrier()
	var in, out int
	n.hook = func(d tapped) []tapped {
		switch {
		case d.to == thief.addr:
			out += len(d.data)
		case d.to == w.server.Addr() && d.from == home:
			in += len(d.data)
			return []tapped{{thief.addr, d.to, d.data}} // only the thief's copy arrives
		}
		return []tapped{d}
	}
	for i := range 120 {
		send(t, client, 0, fmt.Sprint(i))
		_ = server.Send(0, make([]byte, 1000), channel.SendOptions{})
		w.step()
	}
	if server.Addr() != home || server.Stats().Moves != 0 || server.Stats().PathsTried == 0 {
		t.Fatalf("%v %+v", server.Addr(), server.Stats())
	}
	if out == 0 || out > 3*in {
		t.Fatalf("%d bytes in from the thief, %d out to him", in, out)
	}
	n.hook = nil
	drain(server)
	send(t, client, 1, "back")
	w.run(time.Second)
	if got := drain(server); len(got) == 0 || got[len(got)-1] != "1:back" {
		t.Fatal(got, client.Err(), server.Err())
	}
}

// A guess at the challenge does not prove a path, and an old packet that was
// held back starts no trial.
func TestHeldBackPacketStartsNoTrial(t *testing.T) {
	w, n := tapWorld(t, nil)
	client, server := w.connect(nil)
	var held []tapped
	n.hook = func(d tapped) []tapped {
		if d.to == w.server.Addr() && len(held) == 0 {
			held = append(held, d)
			return nil
		}
		return []tapped{d}
	}
	send(t, client, 1, "a")
	w.run(100 * time.Millisecond)
	send(t, client, 1, "b")
	w.run(500 * time.Millisecond)
	n.hook = nil
	stranger := n.Carrier()
	n.deliver(tapped{stranger.addr, w.server.Addr(), held[0].data})
	w.run(500 * time.Millisecond)
	if s := server.Stats(); s.PathsTried != 0 {
		t.Fatalf("%+v", s)
	}
	if got := drain(server); !reflect.DeepEqual(got, []string{"1:a", "1:b"}) {
		t.Fatal(got)
	}
}

// Blackouts of two seconds, and loss of 30 % one way, leave ordered channels exact.
func TestBadPaths(t *testing.T) {
	for seed := range uint64(10) {
		w, n := tapWorld(t, nil)
		client, server := w.connect(nil)
		rng := chacha(seed)
		dark := false
		n.hook = func(d tapped) []tapped {
			if dark || (d.to == w.server.Addr() && rng.Uint64()%10 < 3) {
				return nil
			}
			return []tapped{d}
		}
		var want []string
		for i := range 600 {
			dark = i >= 200 && i < 320
			if i%3 == 0 {
				send(t, client, 1, fmt.Sprint(i))
				want = append(want, fmt.Sprint("1:", i))
			}
			w.step()
		}
		var got []string
		w.until(10*time.Second, func() bool { got = append(got, drain(server)...); return len(got) >= len(want) })
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: got %d of %d messages: %v", seed, len(got), len(want), client.Err())
		}
	}
}

func TestMTUDiscovery(t *testing.T) {
	for _, limit := range []int{1200, 1252, 1300, 1400, 1452, 9000} {
		w, n := tapWorld(t, nil)
		n.hook = func(d tapped) []tapped {
			if len(d.data) > limit {
				return nil
			}
			return []tapped{d}
		}
		client, server := w.connect(nil)
		w.run(20 * time.Second)
		best := min(limit, transport.MaxMTU)
		for _, c := range []*transport.Conn{client, server} {
			if got := c.Stats().MTU; got > best || got <= best-20 && got != 1200 || got == 1200 && best > 1216 {
				t.Errorf("a path of %d: found %d", limit, got)
			}
		}
		if client.State() != transport.Connected {
			t.Fatal(client.Err())
		}
	}
}

// A route that begins to carry less must not end the connection.
func TestMTUBlackHole(t *testing.T) {
	w, n := tapWorld(t, nil)
	limit := 9000
	n.hook = func(d tapped) []tapped {
		if len(d.data) > limit {
			return nil
		}
		return []tapped{d}
	}
	client, server := w.connect(nil)
	w.run(5 * time.Second)
	if client.Stats().MTU != transport.MaxMTU {
		t.Fatal(client.Stats().MTU)
	}
	limit = 1250
	sent, got := 0, 0
	for range 600 { // two messages a tick, which make a packet that no longer gets through
		for range 2 {
			if err := client.Send(1, make([]byte, 650), channel.SendOptions{}); err == nil {
				sent++
			}
		}
		w.step()
		got += len(drain(server))
	}
	ok := w.until(5*time.Second, func() bool { got += len(drain(server)); return got == sent })
	if !ok || sent < 600 || client.Stats().MTU > limit {
		t.Fatalf("%d of %d messages, MTU %d, %v", got, sent, client.Stats().MTU, client.Err())
	}
}
