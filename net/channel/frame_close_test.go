package channel

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestCloseFrame(t *testing.T) {
	b := vector(t, closeFrame{0x0102, []byte("bye")}.Append(nil), "02020103627965")
	prefixes(t, b, func(b []byte) (int, error) {
		f, n, err := parseClose(b)
		if err == nil && (f.Reason != 0x0102 || string(f.Text) != "bye") {
			t.Errorf("%+v", f)
		}
		return n, err
	})
	long := closeFrame{1, make([]byte, 1000)}.Append(nil)
	if f, _, err := parseClose(long); err != nil || len(f.Text) != maxCloseText {
		t.Errorf("a long text is cut to %d bytes, %v", len(f.Text), err)
	}
	if _, _, err := parseClose(append([]byte{2, 0, 0, 0x81, 0x02}, make([]byte, 300)...)); !errors.Is(err, ErrMalformed) {
		t.Errorf("a text of 257 bytes: %v", err)
	}
}

// TestCloseIsRepeated: five times over 200 ms, then silence.
func TestCloseIsRepeated(t *testing.T) {
	l := newLink(t, Config{Channels: everyKind})
	for ch := range uint8(chB) {
		if err := l.Send(ch, []byte("x"), SendOptions{Token: uint64(ch) + 1}); err != nil {
			t.Fatal(err)
		}
	}
	l.Build(0, 0, nil, 1177)
	if err := l.Send(chO, make([]byte, 5000), SendOptions{Token: 9}); err != nil {
		t.Fatal(err)
	}
	l.Close(time.Second, 3, "done")
	l.Close(time.Second, 4, "again")
	var at []time.Duration
	pn := uint64(1)
	for t0 := l.NextTimer(); t0 != Never; t0 = l.NextTimer() {
		b, ok := l.Build(t0, pn, nil, 1177)
		if !ok {
			t.Fatal("a timer without a packet")
		}
		vector(t, b, "02030004646f6e65")
		at = append(at, t0-time.Second)
		pn++
	}
	if len(at) != 5 || at[0] != 0 || at[4] != 200*time.Millisecond {
		t.Fatalf("sent at %v", at)
	}
	seen := map[uint64]bool{}
	for f, ok := l.Fate(); ok; f, ok = l.Fate() {
		if f.Acked || seen[f.Token] {
			t.Errorf("%+v", f)
		}
		seen[f.Token] = true
	}
	if len(seen) != 6 {
		t.Errorf("%d fates of 6", len(seen))
	}
	if err := l.Send(chU, nil, SendOptions{}); !errors.Is(err, ErrClosed) {
		t.Errorf("Send after Close: %v", err)
	}
	if c, ok := l.Closed(); !ok || c.Reason != 3 || c.Text != "done" || c.Remote {
		t.Errorf("%+v", c)
	}
}

func TestCloseByPeer(t *testing.T) {
	l := newLink(t, Config{Channels: everyKind})
	if err := l.Send(chR, []byte("x"), SendOptions{Token: 1}); err != nil {
		t.Fatal(err)
	}
	l.Build(0, 0, nil, 1177)
	p := closeFrame{7, []byte(strings.Repeat("z", 300))}.Append(nil)
	if err := l.Handle(1, 0, p); err != nil {
		t.Fatal(err)
	}
	if c, ok := l.Closed(); !ok || !c.Remote || c.Reason != 7 || len(c.Text) != 256 {
		t.Errorf("%+v", c)
	}
	if f, ok := l.Fate(); !ok || f.Acked {
		t.Errorf("%+v, %v", f, ok)
	}
	if _, ok := l.Build(time.Minute, 1, nil, 1177); ok || l.NextTimer() != Never {
		t.Error("a closed Link sends")
	}
}
