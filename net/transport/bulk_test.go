package transport_test

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/transport"
)

// A stream beside live traffic, over a network that loses; the server's handler
// is there from the first packet on.
func TestBulk(t *testing.T) {
	var got bytes.Buffer
	w, n := tapWorld(t, func(c *transport.Config) {
		c.Channels = append(channel.Table{}, table...)
		c.Channels = append(c.Channels, channel.Spec{Name: "map", Kind: channel.Bulk})
		c.OnBulk = func(c *transport.Conn, ch uint8, p channel.Progress) io.Writer {
			if c == nil || ch != 3 || p.Size != []int64{300_000, -1}[p.Transfer] {
				t.Errorf("stream on %d with %+v", ch, p)
			}
			return &got
		}
	})
	rng := chacha(1)
	n.hook = func(d tapped) []tapped {
		if rng.Uint64()%50 == 0 {
			return nil
		}
		return []tapped{d}
	}
	want := make([]byte, 300_000)
	rng.Read(want)
	client := w.dial(nil)
	w.until(2*time.Second, func() bool { return client.State() == transport.Connected })
	if err := client.SendBulk(3, bytes.NewReader(want), int64(len(want)), 9); err != nil {
		t.Fatal(err)
	}
	var fate channel.Fate
	live := 0
	if !w.until(10*time.Second, func() (ok bool) {
		send(t, client, 0, "tick")
		for _, s := range w.accepted {
			live += len(drain(s))
		}
		fate, ok = client.Fate()
		return ok
	}) {
		p, _ := client.SendingBulk(3)
		t.Fatalf("%d bytes after ten seconds, %+v", got.Len(), p)
	}
	if fate != (channel.Fate{Token: 9, Acked: true}) || !bytes.Equal(got.Bytes(), want) || live == 0 {
		t.Fatalf("%+v, %d bytes, %d live messages", fate, got.Len(), live)
	}
	if e, ok := w.accepted[0].BulkEvent(); !ok || e.Err != nil || e.Bytes != 300_000 {
		t.Fatalf("%+v %v", e, ok)
	}
	// Cancelled by its sender.
	got.Reset()
	if err := client.SendBulk(3, endless{}, -1, 0); err != nil {
		t.Fatal(err)
	}
	w.run(50 * time.Millisecond)
	if !client.CancelBulk(3) {
		t.Fatal("no stream to cancel")
	}
	w.run(500 * time.Millisecond)
	if e, ok := w.accepted[0].BulkEvent(); !ok || e.Err == nil {
		t.Fatalf("%+v %v", e, ok)
	}
}

// endless is a stream without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
