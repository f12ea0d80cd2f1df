package channel

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"
)

// TestSmallLimits: however little room a packet has, it is never empty, never too long, and
// Build comes to an end; what needs more waits.
func TestSmallLimits(t *testing.T) {
	for limit := range MinPacket + 20 {
		l := newLink(t, Config{Channels: everyKind})
		for ch := range uint8(chB) {
			for _, n := range []int{0, 10, 3000} {
				if err := l.Send(ch, make([]byte, n), SendOptions{}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := l.SendBulk(chB, bytes.NewReader(make([]byte, 5000)), -1, 0); err != nil {
			t.Fatal(err)
		}
		if err := l.Handle(0, 300, appendPing(nil)); err != nil {
			t.Fatal(err)
		}
		pn := uint64(0)
		for now := time.Duration(0); now < 5*time.Second; now += 40 * time.Millisecond {
			for range 100 {
				b, ok := l.Build(now, pn, []byte("kept"), limit)
				if !ok {
					break
				}
				if len(b) <= 4 || len(b) > 4+limit || string(b[:4]) != "kept" {
					t.Fatalf("limit %d: a packet of %d bytes", limit, len(b)-4)
				}
				pn++
			}
		}
		if limit >= MinPacket && l.queued != 0 {
			t.Fatalf("limit %d: %d bytes never left", limit, l.queued)
		}
		if limit > 0 && pn == 0 {
			t.Fatalf("limit %d: nothing left", limit)
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	for _, c := range []Config{
		{Floor: -1},
		{Ceiling: -1},
		{Limits: Limits{SendBytes: -1}},
		{Limits: Limits{QueueDelay: -1}},
		{Limits: Limits{BulkWindow: 1000}},
		{Limits: Limits{ReceiveBytes: 1}},
	} {
		if _, err := NewLink(c); !errors.Is(err, ErrConfig) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestReleaseEndsIt: nothing can be sent afterwards, all memory is back, every fate is known.
func TestReleaseEndsIt(t *testing.T) {
	shared := NewBudget(10 << 20)
	for _, close := range []bool{false, true} {
		q := newPair(t, 1, Config{Channels: everyKind, Memory: shared}, profile{delay: 10 * time.Millisecond, loss: 0.3})
		q.link[1].AcceptBulk(chB, func(Progress) io.Writer { return io.Discard })
		if err := q.link[0].SendBulk(chB, &endless{}, -1, 9999); err != nil {
			t.Fatal(err)
		}
		for i := range 50 {
			for ch := range uint8(chB) {
				if err := q.link[0].Send(ch, make([]byte, 100*i), SendOptions{Token: uint64(i*chB) + uint64(ch) + 1}); err != nil {
					t.Fatal(err)
				}
			}
			q.run(time.Millisecond)
		}
		for _, l := range q.link {
			if close {
				l.Close(q.now, 1, "")
			}
			l.Release()
			if _, ok := l.Receive(); ok {
				t.Error("a released Link receives")
			}
			if err := l.SendControl(nil); !errors.Is(err, ErrClosed) {
				t.Errorf("%v", err)
			}
			if _, ok := l.Build(q.now, 1<<20, nil, 1177); ok || l.NextTimer() != Never {
				t.Error("a released Link sends")
			}
			if err := l.Handle(q.now, 1<<20, appendPing(nil)); err != nil {
				t.Error(err)
			}
			if n := l.Footprint(); n > 16<<10 {
				t.Errorf("a released Link takes %d bytes", n)
			}
		}
		if m, _ := allFates(t, q.link[0]); len(m) != 50*chB+1 {
			t.Errorf("%d fates", len(m))
		}
		if shared.Used() != 0 {
			t.Errorf("%d bytes not given back", shared.Used())
		}
	}
}
