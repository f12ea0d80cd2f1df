package channel

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"
)

// vector checks that a frame is exactly these bytes, and returns them.
func vector(t *testing.T, got []byte, want string) []byte {
	t.Helper()
	w, err := hex.DecodeString(want)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, w) {
		t.Fatalf("frame is %x, want %x", got, w)
	}
	return w
}

// prefixes checks that parse refuses everything that is cut short and takes what is whole, with
// other bytes behind it.
func prefixes(t *testing.T, b []byte, parse func([]byte) (int, error)) {
	t.Helper()
	for i := 1; i < len(b); i++ {
		if _, err := parse(b[:i:i]); !errors.Is(err, ErrMalformed) {
			t.Fatalf("%x cut to %d bytes: %v", b, i, err)
		}
	}
	n, err := parse(append(bytes.Clone(b), 1, 2, 3))
	if err != nil || n != len(b) {
		t.Fatalf("%x: took %d bytes of %d, %v", b, n, len(b), err)
	}
}

func TestUvarint(t *testing.T) {
	for _, c := range []struct {
		b string
		v uint64
		n int
	}{
		{"00", 0, 1},
		{"7f", 127, 1},
		{"8001", 128, 2},
		{"", 0, 0},
		{"80", 0, 0},
		{"ffffffffffffffffff01", 1<<64 - 1, 10},
		{"ffffffffffffffffff02", 0, 0},
		{"ffffffffffffffffffff01", 0, 0},
	} {
		b, _ := hex.DecodeString(c.b)
		if v, n := uvarint(b); n != c.n || n > 0 && v != c.v {
			t.Errorf("%s: %d in %d bytes, want %d in %d", c.b, v, n, c.v, c.n)
		}
		if c.n > 0 && uvarintLen(c.v) != c.n {
			t.Errorf("%d: length %d, want %d", c.v, uvarintLen(c.v), c.n)
		}
	}
}

func TestUnknownFrameClosesTheConnection(t *testing.T) {
	for _, b := range []byte{0x08, 0x0f, 0x19, 0x7f} {
		l := newLink(t, Config{})
		if err := l.Handle(0, 0, []byte{b}); !errors.Is(err, ErrProtocol) || !errors.Is(err, ErrUnknown) {
			t.Errorf("frame %#x: %v", b, err)
		}
	}
}

func newLink(t testing.TB, cfg Config) *Link {
	t.Helper()
	l, err := NewLink(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l
}
