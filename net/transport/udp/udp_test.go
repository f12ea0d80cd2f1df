package udp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/udp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ways are the paths that this system has.
var ways = map[string]udp.Config{
	"native":   {},
	"no GSO":   {NoGSO: true},
	"portable": {Portable: true},
	"shared":   {Buffers: new(udp.Buffers)},
}

func listen(t testing.TB, address string, cfg udp.Config) *udp.Carrier {
	t.Helper()
	c, err := udp.Listen(address, cfg)
	if err != nil {
		if strings.Contains(address, "::") && errors.Is(err, syscall.EADDRNOTAVAIL) {
			t.Skip("this machine has no IPv6: ", err)
		}
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// collect reads until there are n datagrams or ten seconds have passed, which costs time
// only where one is missing.
func collect(t testing.TB, c *udp.Carrier, n int) (got []transport.Datagram) {
	t.Helper()
	var batch [16]transport.Datagram
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for len(got) < n && ctx.Err() == nil {
		k, err := c.ReadBatch(batch[:])
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range batch[:k] {
			got = append(got, transport.Datagram{Addr: d.Addr, Data: bytes.Clone(d.Data)})
		}
		if k == 0 {
			_ = c.Wait(ctx, time.Second)
		}
	}
	return got
}

func TestBatches(t *testing.T) {
	for name, cfg := range ways {
		for _, host := range []string{"127.0.0.1:0", "[::1]:0"} {
			t.Run(name+" "+host, func(t *testing.T) {
				a, b, c := listen(t, host, cfg), listen(t, host, cfg), listen(t, host, cfg)
				// Runs of equal length, a shorter tail, changes of length and of peer:
				// everything that joining datagrams could get wrong.
				var out []transport.Datagram
				for i, size := range []int{100, 100, 100, 40, 40, 41, 1200, 1200, 1, 1452, 1452, 1452, 1300} {
					to := b.LocalAddr()
					if i%5 == 4 {
						to = c.LocalAddr()
					}
					out = append(out, transport.Datagram{Addr: to, Data: bytes.Repeat([]byte{byte('a' + i)}, size)})
				}
				if n, err := a.WriteBatch(out); n != len(out) || err != nil {
					t.Fatal(n, err)
				}
				for _, end := range []*udp.Carrier{b, c} {
					var want []string
					for _, d := range out {
						if d.Addr == end.LocalAddr() {
							want = append(want, string(d.Data))
						}
					}
					got := collect(t, end, len(want))
					if len(got) != len(want) {
						t.Fatalf("got %d of %d", len(got), len(want))
					}
					for i, d := range got {
						if string(d.Data) != want[i] || d.Addr != a.LocalAddr() {
							t.Fatalf("datagram %d from %v has %d bytes %.1q, want %d %.1q", i, d.Addr, len(d.Data), d.Data, len(want[i]), want[i])
						}
					}
				}
			})
		}
	}
}

func TestDualStack(t *testing.T) {
	for name, cfg := range ways {
		t.Run(name, func(t *testing.T) {
			server := listen(t, ":0", cfg)
			port := server.LocalAddr().Port()
			for _, host := range []string{"127.0.0.1", "::1"} {
				to := netip.AddrPortFrom(netip.MustParseAddr(host), port)
				client, err := udp.Dial(to, cfg)
				if err != nil {
					t.Fatal(err)
				}
				defer client.Close()
				client.WriteBatch([]transport.Datagram{{Addr: to, Data: []byte("hi")}})
				got := collect(t, server, 1)
				if len(got) != 1 {
					if host == "::1" {
						t.Skip("this machine has no IPv6")
					}
					t.Fatal("nothing came over", host)
				}
				if got[0].Addr.Addr().Is4In6() || got[0].Addr.Addr() != to.Addr() {
					t.Fatalf("from %v", got[0].Addr)
				}
				server.WriteBatch([]transport.Datagram{{Addr: got[0].Addr, Data: []byte("ho")}})
				if back := collect(t, client, 1); len(back) != 1 || string(back[0].Data) != "ho" {
					t.Fatal("no answer over", host, back)
				}
			}
		})
	}
}

func TestPortInUse(t *testing.T) {
	a := listen(t, "127.0.0.1:0", udp.Config{})
	_, err := udp.Listen(a.LocalAddr().String(), udp.Config{})
	if !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), "choose another port") {
		t.Fatal(err)
	}
	if _, err := udp.Listen("nonsense", udp.Config{}); err == nil || !strings.Contains(err.Error(), "HOST:PORT") {
		t.Fatal(err)
	}
}

// An unreachable port answers with ICMP; neither reading nor writing may fail
// for that, since anybody can forge it.
func TestICMPIsIgnored(t *testing.T) {
	for name, cfg := range ways {
		t.Run(name, func(t *testing.T) {
			gone := listen(t, "127.0.0.1:0", cfg)
			to := gone.LocalAddr()
			gone.Close()
			a, b := listen(t, "127.0.0.1:0", cfg), listen(t, "127.0.0.1:0", cfg)
			for range 20 {
				if _, err := a.WriteBatch([]transport.Datagram{{Addr: to, Data: []byte("x")}, {Addr: b.LocalAddr(), Data: []byte("y")}}); err != nil {
					t.Fatal(err)
				}
				if _, err := a.ReadBatch(make([]transport.Datagram, 4)); err != nil {
					t.Fatal(err)
				}
			}
			if got := collect(t, b, 20); len(got) != 20 {
				t.Fatal("lost beside the refused ones:", len(got))
			}
		})
	}
}

// A datagram the kernel refuses (too large for the path) must not take the rest
// of its batch with it.
func TestRefusedDatagram(t *testing.T) {
	for name, cfg := range ways {
		t.Run(name, func(t *testing.T) {
			a, b := listen(t, "127.0.0.1:0", cfg), listen(t, "127.0.0.1:0", cfg)
			huge := make([]byte, 70000)
			a.WriteBatch([]transport.Datagram{
				{Addr: b.LocalAddr(), Data: []byte("1")}, {Addr: b.LocalAddr(), Data: huge}, {Addr: b.LocalAddr(), Data: []byte("3")},
			})
			got := collect(t, b, 2)
			if len(got) != 2 || string(got[0].Data) != "1" || string(got[1].Data) != "3" || a.Dropped() != 1 {
				t.Fatal(len(got), a.Dropped())
			}
		})
	}
}

func TestWait(t *testing.T) {
	for name, cfg := range ways {
		t.Run(name, func(t *testing.T) {
			a, b := listen(t, "127.0.0.1:0", cfg), listen(t, "127.0.0.1:0", cfg)
			if err := a.Wait(context.Background(), time.Millisecond); err != nil {
				t.Fatal("time passed:", err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			go cancel()
			if err := a.Wait(ctx, time.Hour); !errors.Is(err, context.Canceled) {
				t.Fatal("canceled:", err)
			}
			b.WriteBatch([]transport.Datagram{{Addr: a.LocalAddr(), Data: []byte("x")}})
			if err := a.Wait(context.Background(), time.Minute); err != nil {
				t.Fatal("a datagram:", err)
			}
			if got := collect(t, a, 1); len(got) != 1 {
				t.Fatal("Wait took the datagram")
			}
			a.Close()
			if _, err := a.ReadBatch(make([]transport.Datagram, 1)); err == nil {
				t.Fatal("a closed carrier reads")
			}
			if err := a.Close(); err != nil {
				t.Fatal("closing again:", err)
			}
		})
	}
}

func TestBatchesAllocateNothing(t *testing.T) {
	a, b := listen(t, "127.0.0.1:0", udp.Config{}), listen(t, "127.0.0.1:0", udp.Config{})
	out := make([]transport.Datagram, 32)
	for i := range out {
		out[i] = transport.Datagram{Addr: b.LocalAddr(), Data: make([]byte, 100+i%3)}
	}
	in := make([]transport.Datagram, 64)
	n := testing.AllocsPerRun(200, func() {
		if _, err := a.WriteBatch(out); err != nil {
			t.Fatal(err)
		}
		if _, err := b.ReadBatch(in); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Fatalf("%v allocations a batch", n)
	}
}

func BenchmarkBatch(b *testing.B) {
	for name, cfg := range ways {
		for _, size := range []int{100, 1200} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				x, y := listen(b, "127.0.0.1:0", cfg), listen(b, "127.0.0.1:0", cfg)
				out := make([]transport.Datagram, 32)
				for i := range out {
					out[i] = transport.Datagram{Addr: y.LocalAddr(), Data: make([]byte, size)}
				}
				in := make([]transport.Datagram, 64)
				b.ReportAllocs()
				for b.Loop() {
					x.WriteBatch(out)
					for n := 0; n < len(out); {
						k, _ := y.ReadBatch(in)
						if n += k; k == 0 {
							_ = y.Wait(context.Background(), time.Second)
						}
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(out)), "ns/datagram")
			})
		}
	}
}
