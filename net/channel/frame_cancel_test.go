package channel

import (
	"errors"
	"testing"
)

func TestCancelFrame(t *testing.T) {
	prefixes(t, vector(t, cancelFrame{6, 0x0102, true}.Append(nil), "0706020101"), func(b []byte) (int, error) {
		f, n, err := parseCancel(b)
		if err == nil && f != (cancelFrame{6, 0x0102, true}) {
			t.Errorf("%+v", f)
		}
		return n, err
	})
	if _, _, err := parseCancel([]byte{7, 6, 0, 0, 2}); !errors.Is(err, ErrMalformed) {
		t.Errorf("side 2: %v", err)
	}
}

func TestCancelOutOfTurn(t *testing.T) {
	for _, c := range []struct {
		f   cancelFrame
		err error
	}{
		{cancelFrame{chB + 1, 0, true}, ErrTransfer},
		{cancelFrame{chB + 1, 7, false}, ErrTransfer},
		{cancelFrame{chB + 1, 0, false}, nil}, // of a stream of which nothing else arrived yet
		{cancelFrame{chO + 1, 0, false}, ErrChannel},
		{cancelFrame{99, 0, true}, ErrChannel},
	} {
		l := newLink(t, Config{Channels: everyKind})
		if err := l.Handle(0, 0, c.f.Append(nil)); !errors.Is(err, c.err) {
			t.Errorf("%+v: %v, want %v", c.f, err, c.err)
		}
	}
}
