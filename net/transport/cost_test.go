package transport_test

import (
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/transport"
)

// One tick of a server and a client that talk both ways: nothing is allocated.
func TestTickAllocatesNothing(t *testing.T) {
	for _, suite := range []secure.Suite{secure.AESGCM, secure.ChaChaPoly} {
		for ch := range uint8(3) {
			w := newWorld(t, func(c *transport.Config) { c.NoResume = true })
			client, server := w.connect(func(c *transport.DialConfig) { c.Suite = suite })
			msg := make([]byte, 100)
			echo := func() {
				for range 4 {
					if err := client.Send(ch, msg, channel.SendOptions{}); err != nil {
						t.Fatal(err)
					}
				}
				w.step()
				for m, ok := server.Receive(); ok; m, ok = server.Receive() {
					if err := server.Send(m.Channel, m.Data, channel.SendOptions{}); err != nil {
						t.Fatal(err)
					}
				}
				for _, ok := client.Receive(); ok; _, ok = client.Receive() {
				}
			}
			for range 600 {
				echo()
			}
			if n := testing.AllocsPerRun(300, echo); n != 0 {
				t.Errorf("%v, channel %d: %v allocations a tick", suite, ch, n)
			}
		}
	}
}

// 48 KiB a connected idle peer, on the server.
func TestMemoryOfIdlePeers(t *testing.T) {
	const peers = 200
	n := newTapNet()
	w := newWorld(t, func(c *transport.Config) { c.Timeout = time.Hour })
	w.listen(n.Carrier())
	base := heap()
	for range peers {
		end := n.Carrier()
		c := w.dialOn(w.config(), end)
		w.clients = w.clients[:1] // the others' clients are not ours to weigh
		w.clients[0] = c
		before := len(w.accepted)
		if !w.until(3*time.Second, func() bool { return len(w.accepted) > before && c.State() == transport.Connected }) {
			t.Fatal(c.Err())
		}
		delete(n.ends, end.addr)
	}
	w.clients = nil
	w.run(time.Second)
	each := (heap() - base) / peers
	t.Logf("%d bytes an idle peer", each)
	if each > 48<<10 {
		t.Errorf("%d bytes an idle peer", each)
	}
	if w.server.Stats().Connections != peers {
		t.Fatal(w.server.Stats().Connections)
	}
}

// BenchmarkEcho is one 100-byte message each way through two whole stacks.
func BenchmarkEcho(b *testing.B) {
	t := &testing.T{}
	w := newWorld(t, nil)
	client, server := w.connect(nil)
	msg := make([]byte, 100)
	b.ReportAllocs()
	for b.Loop() {
		_ = client.Send(0, msg, channel.SendOptions{})
		w.step()
		for m, ok := server.Receive(); ok; m, ok = server.Receive() {
			_ = server.Send(m.Channel, m.Data, channel.SendOptions{})
		}
		for _, ok := client.Receive(); ok; _, ok = client.Receive() {
		}
	}
}

// BenchmarkHandshake is both sides of a whole handshake.
func BenchmarkHandshake(b *testing.B) {
	for name, pq := range map[string]bool{"classic": false, "post-quantum": true} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(&testing.T{}, func(c *transport.Config) { c.NoPostQuantum, c.Rand = !pq, nil })
			for b.Loop() {
				cfg := w.config()
				cfg.Rand = nil
				c := w.dialOn(cfg, w.net.Carrier())
				n := len(w.accepted)
				w.until(time.Second, func() bool { return len(w.accepted) > n })
				_ = c.Release()
				w.clients = w.clients[:0]
				w.accepted[n].Close(transport.Normal, "")
				w.run(200 * time.Millisecond)
			}
		})
	}
}
