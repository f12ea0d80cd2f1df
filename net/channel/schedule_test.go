package channel

import (
	"math"
	"testing"
	"time"
)

// served sends n messages on each channel and returns the order in which they leave, one a
// packet, as the first byte of each.
func served(t *testing.T, l *Link, rounds int) []byte {
	t.Helper()
	var order []byte
	for pn := range uint64(rounds) {
		b, ok := l.Build(time.Duration(pn)*10*time.Millisecond, pn, nil, MinPacket)
		if !ok {
			break
		}
		f, _, err := parseData(b, Unreliable)
		if err != nil {
			t.Fatal(err)
		}
		order = append(order, f.Payload[0])
	}
	return order
}

// big is a message that has a packet for itself.
func big(b byte) []byte {
	m := make([]byte, FragmentSize)
	m[0] = b
	return m
}

func TestHigherPriorityGoesFirst(t *testing.T) {
	l := newLink(t, Config{Floor: 1 << 30, Channels: Table{{Name: "low", Priority: 1}, {Name: "mid"}, {Name: "high", Priority: 200}}})
	for range 3 {
		for ch, c := range []byte("lmh") {
			if err := l.Send(uint8(ch), big(c), SendOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := string(served(t, l, 20)); got != "hhhmmmlll" {
		t.Errorf("served %s", got)
	}
}

func TestEqualPrioritySharesByWeight(t *testing.T) {
	l := newLink(t, Config{Floor: 1 << 30, Channels: Table{{Name: "one"}, {Name: "three", Weight: 3}, {Name: "small", Weight: 1}}})
	for range 200 {
		for ch, c := range []byte("ab") {
			if err := l.Send(uint8(ch), big(c), SendOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	n := map[byte]int{}
	for _, c := range served(t, l, 20) {
		n[c]++
	}
	if n['a'] != 5 || n['b'] != 15 {
		t.Errorf("of 20 packets %d and %d, want 5 and 15", n['a'], n['b'])
	}
	// One that was idle gets its share from now on, and no credit for the past.
	for range 20 {
		if err := l.Send(2, big('c'), SendOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	clear(n)
	for pn := range uint64(20) {
		b, ok := l.Build(time.Second/4, 20+pn, nil, MinPacket)
		if !ok {
			t.Fatal("nothing built")
		}
		f, _, _ := parseData(b, Unreliable)
		n[f.Payload[0]]++
	}
	if math.Abs(float64(n['c']-4)) > 1 || math.Abs(float64(n['b']-12)) > 1 {
		t.Errorf("of 20 packets %v, want 4 a, 12 b, 4 c", n)
	}
}

func TestMessagePriority(t *testing.T) {
	l := newLink(t, Config{Floor: 1 << 30, Channels: Table{{Name: "x"}, {Name: "y"}}})
	for i, p := range []uint8{0, 0, 200, 1, 200} {
		if err := l.Send(0, big(byte('0'+i)), SendOptions{Priority: p}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Send(1, big('y'), SendOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := string(served(t, l, 20)); got != "2401y3" && got != "240y13" && got != "24y013" {
		t.Errorf("served %s", got)
	}
	// Where order matters, an urgent message lifts those before it, and nothing after it.
	l = newLink(t, Config{Floor: 1 << 30, Channels: Table{{Name: "s", Kind: Sequenced, Priority: 10}, {Name: "y"}}})
	for _, c := range []byte("yY") {
		if err := l.Send(1, big(c), SendOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for i, p := range []uint8{0, 0, 200, 0} {
		if err := l.Send(0, big(byte('0'+i)), SendOptions{Priority: p}); err != nil {
			t.Fatal(err)
		}
	}
	if got := string(served(t, l, 20)); got != "012yY3" {
		t.Errorf("served %s", got)
	}
}

func TestDeadline(t *testing.T) {
	for _, kind := range []Kind{Unreliable, Sequenced, Reliable, Ordered, Latest} {
		l := newLink(t, Config{Channels: Table{{Name: "x", Kind: kind}}})
		l.Hold(true)
		l.Build(0, 0, nil, 1177)
		if err := l.Send(0, []byte("x"), SendOptions{Token: 1, Deadline: 100 * time.Millisecond}); err != nil {
			t.Fatal(err)
		}
		l.Build(100*time.Millisecond, 0, nil, 1177)
		if _, ok := l.Fate(); ok {
			t.Fatalf("%v: dropped before its deadline", kind)
		}
		l.Hold(false)
		if b, ok := l.Build(101*time.Millisecond, 0, nil, 1177); ok {
			t.Fatalf("%v: sent %x after its deadline", kind, b)
		}
		if f, ok := l.Fate(); !ok || f.Acked || l.Stats().Expired != 1 {
			t.Errorf("%v: %+v, %v", kind, f, ok)
		}
	}
}

func TestLatestReplacesWhatWasNotSent(t *testing.T) {
	q := newPair(t, 1, Config{Channels: everyKind}, profile{delay: 10 * time.Millisecond})
	for i := range byte(5) {
		if err := q.link[0].Send(chL, []byte{i}, SendOptions{Token: uint64(i) + 1}); err != nil {
			t.Fatal(err)
		}
	}
	q.run(time.Second)
	if m, ok := q.link[1].Receive(); !ok || m.Data[0] != 4 {
		t.Errorf("%v, %v", m, ok)
	}
	if m, ok := q.link[1].Receive(); ok {
		t.Errorf("a replaced value came: %v", m)
	}
	for want := uint64(1); want <= 5; want++ {
		if f, ok := q.link[0].Fate(); !ok || f.Token != want || f.Acked != (want == 5) {
			t.Errorf("%+v, %v", f, ok)
		}
	}
}

func TestHoldAndControl(t *testing.T) {
	q := newPair(t, 1, Config{Channels: everyKind}, profile{delay: 10 * time.Millisecond})
	q.link[0].Hold(true)
	if err := q.link[0].Send(chO, []byte("app"), SendOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := q.link[0].SendControl([]byte("key")); err != nil {
		t.Fatal(err)
	}
	q.run(500 * time.Millisecond)
	if b, ok := q.link[1].ReceiveControl(); !ok || string(b) != "key" {
		t.Fatalf("%q, %v", b, ok)
	}
	if m, ok := q.link[1].Receive(); ok {
		t.Fatalf("%q left while held", m.Data)
	}
	q.link[0].Hold(false)
	q.run(500 * time.Millisecond)
	if m, ok := q.link[1].Receive(); !ok || string(m.Data) != "app" || m.Channel != chO {
		t.Fatalf("%+v, %v", m, ok)
	}
}

func TestCallerMistakes(t *testing.T) {
	l := newLink(t, Config{Channels: everyKind})
	for name, f := range map[string]func(){
		"unknown channel":   func() { _ = l.Send(99, nil, SendOptions{}) },
		"message on bulk":   func() { _ = l.Send(chB, nil, SendOptions{}) },
		"stream on ordered": func() { _ = l.SendBulk(chO, nil, 0, 0) },
		"number that falls back": func() {
			l.Build(0, 5, nil, 1177)
			_ = l.Send(0, nil, SendOptions{})
			l.Build(0, 5, nil, 1177)
			l.Build(0, 4, nil, 1177)
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
			_ = l.Send(0, nil, SendOptions{})
			l.Build(time.Second, 3, nil, 1177)
		}()
	}
}

// TestMessagesThatBeginInAPacket: at most 64 of a channel, which keeps 16-bit ids unambiguous.
func TestMessagesThatBeginInAPacket(t *testing.T) {
	l := newLink(t, Config{Channels: everyKind})
	for range 200 {
		for _, ch := range []uint8{chR, chO} {
			if err := l.Send(ch, nil, SendOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	b, ok := l.Build(0, 0, nil, 1177)
	if !ok {
		t.Fatal("nothing built")
	}
	n := map[uint8]int{}
	for len(b) > 0 {
		f, k, err := parseData(b, Ordered)
		if err != nil {
			t.Fatal(err)
		}
		n[f.Channel]++
		b = b[k:]
	}
	if n[chR+1] != maxPerPacket || n[chO+1] != maxPerPacket {
		t.Errorf("%v messages began in a packet, at most %d of a channel may", n, maxPerPacket)
	}
}

// TestLatestIsNeverRefusedForItsPredecessor: where there was room for a value, there is room
// for the next.
func TestLatestIsNeverRefusedForItsPredecessor(t *testing.T) {
	l := newLink(t, Config{Channels: everyKind, Limits: Limits{SendBytes: 3000, SendMessages: 1}})
	for i := range 100 {
		if err := l.Send(chL, make([]byte, 2000), SendOptions{Token: uint64(i) + 1}); err != nil {
			t.Fatalf("value %d: %v", i, err)
		}
	}
	if n := len(fates(l)); n != 99 || l.tx.used > 3000 {
		t.Errorf("%d values replaced, %d bytes", n, l.tx.used)
	}
}
