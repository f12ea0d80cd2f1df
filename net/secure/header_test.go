package secure

import (
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestHeaderRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Uint32().Draw(t, "id")
		phase := rapid.Uint64Range(0, 9).Draw(t, "phase")
		pn := rapid.Uint64Range(0, maxPacketNumber).Draw(t, "pn")
		n := rapid.IntRange(2, 4).Draw(t, "bytes")
		unacked := rapid.Uint64Range(1, 1<<(8*n-1)-1).Draw(t, "unacked")
		p := AppendHeader(nil, id, uint8(phase), pn, n)
		h, err := ParseHeader(append(p, make([]byte, 1+TagSize)...))
		if err != nil || h.ID != id || h.Phase != uint8(phase&3) || h.Size() != len(p) || h.Size() != 5+n {
			t.Fatalf("got %+v, %v from % x", h, err, p)
		}
		// Any receiver that has seen a packet between the acknowledged one and this one restores it.
		acked := uint64(0)
		if pn >= unacked {
			acked = pn - unacked
		}
		seen := rapid.Uint64Range(acked, max(acked, pn)).Draw(t, "seen")
		if got := restore(seen+1, h.Truncated, h.PNBytes); got != pn {
			t.Fatalf("restored %d as %d after %d", pn, got, seen)
		}
	})
}

func TestHeaderRefuses(t *testing.T) {
	good := append(AppendHeader(nil, 7, 1, 9, 2), make([]byte, 1+TagSize)...)
	for _, c := range []struct {
		name string
		p    []byte
	}{
		{"empty", nil},
		{"too short", good[:len(good)-1]},
		{"handshake form", append([]byte{FormHandshake}, good[1:]...)},
		{"reserved bit", append([]byte{0x10}, good[1:]...)},
		{"5-byte packet number", append([]byte{0x03}, good[1:]...)},
		{"long number, short packet", append([]byte{0x02}, good[1:]...)},
	} {
		if _, err := ParseHeader(c.p); !errors.Is(err, ErrHeader) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func FuzzParseHeader(f *testing.F) {
	f.Add(append(AppendHeader(nil, 1, 0, 0, 2), make([]byte, 17)...), uint64(0))
	f.Add(append(AppendHeader(nil, 1<<31, 3, 1<<40, 4), make([]byte, 30)...), uint64(1<<40))
	f.Fuzz(func(t *testing.T, p []byte, expected uint64) {
		h, err := ParseHeader(p)
		if err != nil {
			return
		}
		expected &= maxPacketNumber
		pn := restore(expected, h.Truncated, h.PNBytes)
		again := AppendHeader(nil, h.ID, h.Phase, pn, int(h.PNBytes))
		if string(again) != string(p[:h.Size()]) {
			t.Fatalf("% x parsed to %+v and came back as % x", p, h, again)
		}
	})
}
