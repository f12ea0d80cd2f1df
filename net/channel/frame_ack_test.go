package channel

import (
	"errors"
	"testing"
	"time"
)

func TestAckFrame(t *testing.T) {
	all := ^uint32(0)
	for _, c := range []struct {
		f    ackFrame
		want string
	}{
		{ackFrame{Largest: 5}, "100500"},
		{ackFrame{Largest: 300, Delay: 25 * time.Millisecond, Words: 1, History: [8]uint32{all}}, "11ac02b51800"},
		{ackFrame{Largest: 300, Delay: 16 * time.Microsecond, Words: 3, History: [8]uint32{all, 0x01020304, all}}, "13ac02020204030201"},
		{ackFrame{Largest: 1 << 40, Words: 8, History: [8]uint32{0, all, all, all, all, all, all, 1}}, "18808080808020" + "00" + "81" + "00000000" + "01000000"},
	} {
		prefixes(t, vector(t, c.f.Append(nil), c.want), func(b []byte) (int, error) {
			f, n, err := parseAck(b)
			if err == nil && f != c.f {
				t.Errorf("%+v, want %+v", f, c.f)
			}
			return n, err
		})
	}
	if _, _, err := parseAck([]byte{0x12, 9, 0, 0x04, 1, 2, 3, 4}); !errors.Is(err, ErrMalformed) {
		t.Errorf("a mask beyond the words: %v", err)
	}
	f, _, err := parseAck([]byte{0x10, 9, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	if err != nil || f.Delay != maxDelay {
		t.Errorf("an absurd delay becomes %v, %v", f.Delay, err)
	}
}

// TestAckOfAHugeRange: RakNet spun over a range claimed by an acknowledgement. Here a frame
// names 257 packets at most, and those never sent close the connection at once.
func TestAckOfAHugeRange(t *testing.T) {
	l := newLink(t, Config{Channels: everyKind})
	ack := func(pn, largest uint64, words int) error {
		f := ackFrame{Largest: largest, Words: words}
		for i := range f.History {
			f.History[i] = ^uint32(0)
		}
		return l.Handle(time.Millisecond, pn, f.Append(nil))
	}
	if err := ack(0, 0, 0); !errors.Is(err, ErrAckUnsent) || !errors.Is(err, ErrProtocol) {
		t.Fatalf("an ACK before anything was sent: %v", err)
	}
	for pn := range uint64(10) {
		if err := l.Send(chR, []byte("x"), SendOptions{Token: pn + 1}); err != nil {
			t.Fatal(err)
		}
		if _, ok := l.Build(0, pn, nil, 1177); !ok {
			t.Fatal("nothing built")
		}
	}
	for _, largest := range []uint64{10, 1 << 20, 1<<64 - 1} {
		if err := ack(1, largest, 8); !errors.Is(err, ErrAckUnsent) {
			t.Fatalf("an ACK of %d after 10 packets: %v", largest, err)
		}
	}
	if _, ok := l.Fate(); ok {
		t.Fatal("a refused ACK settled a message")
	}
	if err := ack(2, 9, 8); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		if f, ok := l.Fate(); !ok || !f.Acked {
			t.Fatalf("fate %d: %+v, %v", i, f, ok)
		}
	}
}

// TestOneAckAPacket: a packet of hundreds of ACKs would cost the receiver a hundred thousand
// steps.
func TestOneAckAPacket(t *testing.T) {
	l := newLink(t, Config{})
	l.Build(0, 0, nil, 1177)
	if _, ok := l.Build(time.Second, 0, nil, 1177); !ok {
		t.Fatal("no PING")
	}
	f := ackFrame{}
	if err := l.Handle(time.Second, 0, f.Append(f.Append(nil))); !errors.Is(err, ErrSecondAck) {
		t.Errorf("two ACKs in a packet: %v", err)
	}
}
