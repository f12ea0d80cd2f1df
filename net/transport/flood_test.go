package transport_test

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/transport"
)

// spoofed makes handshake packets as an attacker does who can write any source
// address: HELLO, CONNECT with an invented cookie, wrong lengths, wrong versions.
func spoofed(i uint64, rng interface{ Uint64() uint64 }) []byte {
	size, kind := 128, byte(0x81)
	if i%2 == 1 {
		size, kind = 1200, 0x83
	}
	if i%16 == 7 {
		size = 40
	}
	p := make([]byte, size)
	p[0], p[1] = kind, 1
	binary.LittleEndian.PutUint32(p[2:], 3)
	if i%32 == 5 {
		p[2] = 9 // another version
	}
	binary.LittleEndian.PutUint64(p[6:], 42)
	for k := 14; k+8 <= len(p) && k < 46; k += 8 {
		binary.LittleEndian.PutUint64(p[k:], rng.Uint64())
	}
	if size == 1200 {
		p[39] = byte(1 + i/2%2) // a suite that exists
		binary.LittleEndian.PutUint16(p[40:], 0)
	}
	return p
}

// 200,000 spoofed packets from as many addresses beside 50 live clients.
func TestFlood(t *testing.T) {
	const flood, perTick, clients = 200_000, 1000, 50
	w, n := tapWorld(t, nil)
	for range clients {
		w.connect(nil)
	}
	w.run(2 * time.Second)
	rng := chacha(3)
	var in, out int
	live := map[netip.AddrPort]bool{}
	for a := range n.ends {
		live[a] = true
	}
	n.hook = func(d tapped) []tapped {
		if !live[d.to] {
			out += len(d.data)
			return nil
		}
		return []tapped{d}
	}
	before := heap()
	for i := uint64(0); i < flood; {
		for range perTick {
			var ip [16]byte
			binary.BigEndian.PutUint64(ip[:], 0x2001_0db8_0000_0000|rng.Uint64()>>32)
			binary.BigEndian.PutUint64(ip[8:], rng.Uint64())
			a := netip.AddrFrom16(ip)
			if i%3 == 0 {
				a = netip.AddrFrom4([4]byte(ip[8:12]))
			}
			p := spoofed(i, rng)
			in += len(p)
			n.deliver(tapped{netip.AddrPortFrom(a, uint16(rng.Uint64()|1)), w.server.Addr(), p})
			i++
		}
		w.step()
		for k, c := range w.clients {
			if i%(20*perTick) == uint64(k)*perTick%(20*perTick) {
				send(t, c, 1, "still here")
			}
		}
	}
	w.run(time.Second)
	grown := heap() - before
	t.Logf("%d bytes in, %d out, heap grew by %d bytes, %+v", in, out, grown, w.server.Stats())
	if grown > 1<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	if out == 0 || out >= in {
		t.Errorf("answered %d bytes to a flood of %d", out, in)
	}
	for i, c := range w.clients {
		if c.State() != transport.Connected || w.accepted[i].State() != transport.Connected {
			t.Fatalf("client %d: %v %v", i, c.Err(), w.accepted[i].Err())
		}
		if len(drain(w.accepted[i])) == 0 {
			t.Errorf("nothing came from client %d during the flood", i)
		}
	}
	if s := w.server.Stats(); s.Pending != 0 || s.Connections != clients || s.BadCookies < flood/3 {
		t.Errorf("%+v", s)
	}
}

func heap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// Answering a HELLO and refusing a CONNECT allocate nothing.
func TestFloodAllocatesNothing(t *testing.T) {
	w, n := tapWorld(t, nil)
	rng := chacha(4)
	from := netip.MustParseAddrPort("192.0.2.9:77")
	end := n.ends[w.server.Addr()]
	packets := make([][]byte, 64)
	for i := range packets {
		packets[i] = spoofed(uint64(i), rng)
	}
	n.hook = func(tapped) []tapped { return nil }
	w.step()
	refill := func() {
		end.queue = end.queue[:0]
		for _, p := range packets {
			end.queue = append(end.queue, transport.Datagram{Addr: from, Data: p})
		}
	}
	refill()
	base := testing.AllocsPerRun(50, func() { refill() })
	got := testing.AllocsPerRun(50, func() {
		refill()
		w.server.Poll(w.now)
	})
	// The answers leave through tapNet, which copies each: one allocation an answer.
	answers := 0
	n.hook = func(tapped) []tapped { answers++; return nil }
	refill()
	w.server.Poll(w.now)
	w.server.Flush(w.now)
	if got-base > float64(answers) {
		t.Fatalf("%v allocations for 64 packets, %d of them the test's own", got-base, answers)
	}
}

// Addresses that do return their cookies are limited by prefix, and all of them
// together; the pending table is bounded and empties itself.
func TestHandshakeLimits(t *testing.T) {
	half := func(w *world, n *tapNet, addr netip.AddrPort) {
		end := n.Carrier()
		end.move(addr)
		w.dialOn(w.config(), end)
	}
	drop5 := func(n *tapNet, server netip.AddrPort) { // the client never confirms
		n.hook = func(d tapped) []tapped {
			if d.to == server && d.data[0]&0x80 == 0 {
				return nil
			}
			return []tapped{d}
		}
	}
	t.Run("prefix", func(t *testing.T) {
		w, n := tapWorld(t, func(c *transport.Config) { c.PrefixRate = 4 })
		drop5(n, w.server.Addr())
		for i := range 100 {
			half(w, n, netip.AddrPortFrom(netip.MustParseAddr("2001:db8:1:2::1"), uint16(1000+i)))
		}
		w.run(500 * time.Millisecond)
		if s := w.server.Stats(); s.Pending > 16+4 || s.RateLimited == 0 {
			t.Fatalf("%+v", s)
		}
		half(w, n, netip.MustParseAddrPort("[2001:db8:1:3::1]:5"))
		before := w.server.Stats().Pending
		w.run(500 * time.Millisecond)
		if w.server.Stats().Pending <= before {
			t.Fatal("another prefix is shut out too")
		}
	})
	t.Run("pending", func(t *testing.T) {
		w, n := tapWorld(t, func(c *transport.Config) { c.MaxPending = 32 })
		drop5(n, w.server.Addr())
		for i := range 200 {
			half(w, n, netip.AddrPortFrom(netip.AddrFrom4([4]byte{20, 0, 1, byte(i)}), 9))
		}
		w.run(time.Second)
		s := w.server.Stats()
		if s.Pending != 32 || s.PendingFull == 0 {
			t.Fatalf("%+v", s)
		}
		w.clients = nil
		w.run(6 * time.Second)
		if s := w.server.Stats(); s.Pending != 0 || s.Unconfirmed < 32 {
			t.Fatalf("not emptied: %+v", s)
		}
	})
	t.Run("all", func(t *testing.T) {
		w, n := tapWorld(t, func(c *transport.Config) { c.HandshakeRate = 8 })
		drop5(n, w.server.Addr())
		for i := range 200 {
			half(w, n, netip.AddrPortFrom(netip.AddrFrom4([4]byte{30, 0, 1, byte(i)}), 9))
		}
		w.run(time.Second)
		if s := w.server.Stats(); s.Pending > 3+8+1 || s.RateLimited == 0 {
			t.Fatalf("%+v", s)
		}
	})
}
