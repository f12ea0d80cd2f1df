package channel

import (
	"bytes"
	"errors"
	"testing"
)

func TestDataFrame(t *testing.T) {
	x := []byte{0xaa, 0xbb}
	for _, c := range []struct {
		name string
		kind Kind
		f    dataFrame
		want string
	}{
		{"unreliable", Unreliable, dataFrame{Channel: 1}, "8102aabb"},
		{"unreliable to the end", Sequenced, dataFrame{Channel: 1, E: true}, "a1aabb"},
		{"high channel", Unreliable, dataFrame{Channel: 200}, "9fc802aabb"},
		{"datagram fragment", Unreliable, dataFrame{Channel: 1, F: true, Back: 1, Index: 1, Count: 2}, "c101010202aabb"},
		{"reliable", Reliable, dataFrame{Channel: 2, ID: 0x0102}, "82020102aabb"},
		{"reliable fragment", Ordered, dataFrame{Channel: 2, F: true, ID: 3, Index: 200, Count: 300}, "c20300c801ac0202aabb"},
		{"latest to the end", Latest, dataFrame{Channel: 30, E: true, ID: 0xffff}, "beffffaabb"},
		{"bulk, the beginning", Bulk, dataFrame{Channel: 6, ID: 1, Size: 1001}, "86010000e90702aabb"},
		{"bulk, the end", Bulk, dataFrame{Channel: 6, F: true, ID: 1, Offset: 1000}, "c60100e80702aabb"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := append(c.f.appendHeader(nil, c.kind, len(x)), x...)
			vector(t, b, c.want)
			if n := c.f.headerLen(c.kind, len(x)); n != len(b)-len(x) {
				t.Errorf("headerLen says %d, it is %d", n, len(b)-len(x))
			}
			parse := func(b []byte) (int, error) {
				f, n, err := parseData(b, c.kind)
				if err == nil {
					if !bytes.Equal(f.Payload, x) {
						t.Errorf("payload %x", f.Payload)
					}
					f.Payload = nil
					c.f.Payload = nil
					if f.Channel != c.f.Channel || f.ID != c.f.ID || f.Back != c.f.Back || f.Index != c.f.Index ||
						f.Count != c.f.Count || f.Offset != c.f.Offset || f.Size != c.f.Size || f.F != c.f.F || f.E != c.f.E {
						t.Errorf("%+v, want %+v", f, c.f)
					}
				}
				return n, err
			}
			if c.f.E {
				if n, err := parse(b); err != nil || n != len(b) {
					t.Errorf("%d bytes of %d, %v", n, len(b), err)
				}
				return
			}
			prefixes(t, b, parse)
		})
	}
	if _, _, err := parseData([]byte{0x9f, 3, 0}, Unreliable); !errors.Is(err, ErrMalformed) {
		t.Errorf("a low channel in two bytes: %v", err)
	}
	if _, _, err := parseData([]byte{0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, Unreliable); !errors.Is(err, ErrMalformed) {
		t.Errorf("an absurd length: %v", err)
	}
}

// TestFramingCost: 1 to 3 bytes for an unreliable message, 3 to 5 for a reliable one.
func TestFramingCost(t *testing.T) {
	for _, c := range []struct {
		ch          uint8
		alone, more int
	}{
		{chU, 1, 2}, {chS, 1, 2}, {chR, 3, 4}, {chO, 3, 4}, {chL, 3, 0},
	} {
		l := newLink(t, Config{Channels: everyKind})
		size := func(n, count int) int {
			for range count {
				if err := l.Send(c.ch, make([]byte, n), SendOptions{}); err != nil {
					t.Fatal(err)
				}
			}
			b, ok := l.Build(0, l.sent.next(), nil, 1177)
			if !ok {
				t.Fatal("nothing built")
			}
			return len(b) - n*count
		}
		if n := size(100, 1); n != c.alone {
			t.Errorf("channel %d: a message alone costs %d bytes, want %d", c.ch, n, c.alone)
		}
		if c.more > 0 {
			if n := size(100, 5); n != 4*c.more+c.alone {
				t.Errorf("channel %d: five messages cost %d bytes, want %d", c.ch, n, 4*c.more+c.alone)
			}
			if n := size(200, 2); n != c.more+1+c.alone {
				t.Errorf("channel %d: two long messages cost %d bytes, want %d", c.ch, n, c.more+1+c.alone)
			}
		}
	}
}
