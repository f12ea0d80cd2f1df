package channel

import (
	"testing"
	"time"
)

func TestPathFrames(t *testing.T) {
	data := [8]byte{1, 2, 3, 4, 5, 6, 7, 8}
	for _, c := range []struct {
		f    pathFrame
		want string
	}{
		{pathFrame{false, data}, "030102030405060708"},
		{pathFrame{true, data}, "040102030405060708"},
	} {
		prefixes(t, vector(t, c.f.Append(nil), c.want), func(b []byte) (int, error) {
			f, n, err := parsePath(b)
			if err == nil && f != c.f {
				t.Errorf("%+v", f)
			}
			return n, err
		})
	}
}

func TestPathValidation(t *testing.T) {
	a, b := newLink(t, Config{}), newLink(t, Config{})
	p := a.BuildChallenge(0, 0, nil, [8]byte{9}, 500)
	if len(p) != 500 {
		t.Fatalf("%d bytes", len(p))
	}
	if err := b.Handle(0, 0, p); err != nil {
		t.Fatal(err)
	}
	n, ok := b.Notice()
	if !ok || n.Kind != NoticeChallenge || n.Data != [8]byte{9} {
		t.Fatalf("%+v, %v", n, ok)
	}
	if err := a.Handle(time.Millisecond, 0, b.BuildResponse(time.Millisecond, 0, nil, n.Data, 20)); err != nil {
		t.Fatal(err)
	}
	if n, ok := a.Notice(); !ok || n.Kind != NoticeResponse || n.Data != [8]byte{9} {
		t.Fatalf("%+v, %v", n, ok)
	}
}

// TestChallengeFloodIsBounded: QUIC stacks have queued a response for each of a flood.
func TestChallengeFloodIsBounded(t *testing.T) {
	l := newLink(t, Config{})
	var p []byte
	for i := range 100 {
		p = pathFrame{Data: [8]byte{byte(i)}}.Append(p)
	}
	for pn := range uint64(1000) {
		if err := l.Handle(0, pn, p); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for _, ok := l.Notice(); ok; _, ok = l.Notice() {
		n++
	}
	if n != maxNotices || l.Stats().NoticesDropped != 100_000-maxNotices {
		t.Fatalf("%d notices wait, %d dropped", n, l.Stats().NoticesDropped)
	}
}
