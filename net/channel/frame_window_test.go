package channel

import (
	"errors"
	"testing"
)

func TestWindowFrame(t *testing.T) {
	prefixes(t, vector(t, windowFrame{6, 0x0102, 300}.Append(nil), "06060201ac02"), func(b []byte) (int, error) {
		f, n, err := parseWindow(b)
		if err == nil && f != (windowFrame{6, 0x0102, 300}) {
			t.Errorf("%+v", f)
		}
		return n, err
	})
}

func TestWindowOutOfTurn(t *testing.T) {
	for _, c := range []struct {
		f   windowFrame
		err error
	}{
		{windowFrame{chB + 1, 0, 1000}, ErrTransfer}, // nothing was ever sent
		{windowFrame{chO + 1, 0, 1000}, ErrChannel},
		{windowFrame{200, 0, 1000}, ErrChannel},
	} {
		l := newLink(t, Config{Channels: everyKind})
		if err := l.Handle(0, 0, c.f.Append(nil)); !errors.Is(err, c.err) {
			t.Errorf("%+v: %v, want %v", c.f, err, c.err)
		}
	}
}
