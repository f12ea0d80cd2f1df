package channel

import (
	"testing"
	"time"
)

func TestPingIsAcknowledged(t *testing.T) {
	l := newLink(t, Config{})
	if err := l.Handle(0, 5, vector(t, appendPad(appendPing(nil), 3), "01000000")); err != nil {
		t.Fatal(err)
	}
	if _, ok := l.Build(24*time.Millisecond, 0, nil, 1177); ok {
		t.Fatal("acknowledged before the ack delay was over")
	}
	b, ok := l.Build(25*time.Millisecond, 0, nil, 1177)
	if !ok {
		t.Fatal("not acknowledged")
	}
	// 25 ms are 3125 units of 8 µs; 254 of the numbers before 5 did not exist, and numbers
	// 0 to 4 did not arrive.
	vector(t, b, "1805b51801e0ffffff")
}

func TestPadIsNotAcknowledged(t *testing.T) {
	l := newLink(t, Config{})
	if err := l.Handle(0, 5, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	if b, ok := l.Build(500*time.Millisecond, 0, nil, 1177); ok {
		t.Fatalf("sent %x", b)
	}
	if n := parsePad([]byte{0, 0, 0, 1, 0}); n != 3 {
		t.Fatalf("%d bytes of padding, want 3", n)
	}
}
