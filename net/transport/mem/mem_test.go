package mem_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/transport"
	"github.com/tandem-engine/tandem/net/transport/mem"
)

func TestDelivery(t *testing.T) {
	nw := mem.NewNetwork()
	a, b := nw.Carrier(), nw.Carrier()
	var out []transport.Datagram
	for i := range 300 {
		out = append(out, transport.Datagram{Addr: b.LocalAddr(), Data: fmt.Append(nil, i)})
	}
	if n, err := a.WriteBatch(out); n != len(out) || err != nil {
		t.Fatal(n, err)
	}
	in := make([]transport.Datagram, 7)
	for got := 0; got < len(out); {
		n, err := b.ReadBatch(in)
		if n == 0 || err != nil {
			t.Fatal(got, err)
		}
		for _, d := range in[:n] {
			if !bytes.Equal(d.Data, out[got].Data) || d.Addr != a.LocalAddr() {
				t.Fatalf("datagram %d is %q from %v", got, d.Data, d.Addr)
			}
			clear(d.Data) // it is the reader's to spoil
			got++
		}
	}
	if n, err := b.ReadBatch(in); n != 0 || err != nil {
		t.Fatal(n, err)
	}
}

func TestFullQueueDropsAndCounts(t *testing.T) {
	nw := mem.NewNetwork()
	a, b := nw.Carrier(), nw.Carrier()
	for range 3000 {
		a.WriteBatch([]transport.Datagram{{Addr: b.LocalAddr(), Data: []byte("x")}})
	}
	got := 0
	in := make([]transport.Datagram, 64)
	for {
		n, _ := b.ReadBatch(in)
		if got += n; n == 0 {
			break
		}
	}
	if got == 0 || got+int(b.Dropped()) != 3000 {
		t.Fatal(got, b.Dropped())
	}
}

func TestCloseAndUnknown(t *testing.T) {
	nw := mem.NewNetwork()
	a, b := nw.Carrier(), nw.Carrier()
	to := b.LocalAddr()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal("again:", err)
	}
	if n, err := a.WriteBatch([]transport.Datagram{{Addr: to, Data: []byte("x")}}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if _, err := b.ReadBatch(make([]transport.Datagram, 1)); !errors.Is(err, net.ErrClosed) {
		t.Fatal(err)
	}
	if c := nw.Carrier(); c.LocalAddr() == to {
		t.Fatal("an address is used again")
	}
}

func TestWait(t *testing.T) {
	nw := mem.NewNetwork()
	a, b := nw.Carrier(), nw.Carrier()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- b.Wait(ctx, time.Hour) }()
	a.WriteBatch([]transport.Datagram{{Addr: b.LocalAddr(), Data: []byte("x")}})
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := b.Wait(ctx, time.Hour); err != nil { // still there
		t.Fatal(err)
	}
	cancel()
	if err := a.Wait(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestAllocatesNothing(t *testing.T) {
	nw := mem.NewNetwork()
	a, b := nw.Carrier(), nw.Carrier()
	out := []transport.Datagram{{Addr: b.LocalAddr(), Data: make([]byte, 1200)}, {Addr: b.LocalAddr(), Data: make([]byte, 10)}}
	in := make([]transport.Datagram, 4)
	if n := testing.AllocsPerRun(100, func() { a.WriteBatch(out); b.ReadBatch(in) }); n != 0 {
		t.Fatal(n)
	}
}

// Two carriers of one network in memory.
func Example() {
	nw := mem.NewNetwork()
	server, client := nw.Carrier(), nw.Carrier()
	client.WriteBatch([]transport.Datagram{{Addr: server.LocalAddr(), Data: []byte("hello")}})
	in := make([]transport.Datagram, 8)
	n, err := server.ReadBatch(in)
	fmt.Println(n, string(in[0].Data), err)
	// Output: 1 hello <nil>
}
