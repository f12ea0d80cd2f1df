package channel

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
	"time"
)

// Bugs that other game network libraries had, see "Lessons from others' bugs" in the design.

// packetOf is the plaintext of a packet with one DATA frame.
func packetOf(kind Kind, f dataFrame, payload []byte) []byte {
	return append(f.appendHeader(nil, kind, len(payload)), payload...)
}

// mpgameserver took packets older than its bitfield as new.
func TestPacketsBehindTheHistoryAreNotNew(t *testing.T) {
	l := newLink(t, Config{Channels: everyKind})
	msg := packetOf(Unreliable, dataFrame{Channel: chU + 1}, []byte("hello"))
	count := func(pn uint64) int {
		if err := l.Handle(0, pn, msg); err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, ok := l.Receive(); ok; _, ok = l.Receive() {
			n++
		}
		return n
	}
	for _, c := range []struct {
		pn   uint64
		want int
	}{{1000, 1}, {1000, 0}, {999, 1}, {999, 0}, {744, 1}, {744, 0}, {743, 0}, {0, 0}, {1 << 40, 1}, {1000, 0}, {1<<40 - 256, 1}} {
		if n := count(c.pn); n != c.want {
			t.Fatalf("packet %d delivered %d messages, want %d", c.pn, n, c.want)
		}
	}
	if s := l.Stats(); s.OldPackets != 3 || s.DuplicatePackets != 3 {
		t.Errorf("%d old, %d duplicate", s.OldPackets, s.DuplicatePackets)
	}
}

// mpgameserver allocated 65,535 slots for nine hours because of one fragment of 7 bytes.
func TestOneFragmentTakesMemoryForOne(t *testing.T) {
	table := Table{{Name: "u", Kind: Unreliable, MaxMessage: MaxMessage}, {Name: "o", Kind: Ordered, MaxMessage: MaxMessage}}
	for ch, kind := range []Kind{Unreliable, Ordered} {
		l := newLink(t, Config{Channels: table})
		before := l.Footprint()
		f := dataFrame{Channel: uint8(ch + 1), F: true, Index: maxFragments - 1, Count: maxFragments}
		if err := l.Handle(0, 9, packetOf(kind, f, []byte("1234567"))); err != nil {
			t.Fatal(err)
		}
		if n := l.Footprint() - before; n > 1024 {
			t.Errorf("%v: a fragment of 7 bytes takes %d bytes", kind, n)
		}
		if kind != Unreliable {
			continue
		}
		for now := time.Duration(0); now < 10*time.Second; now += time.Second { // and not for hours
			l.Build(now, uint64(now/time.Second), nil, 1177)
		}
		if l.assemblies != 0 || l.rx.used != 0 {
			t.Errorf("%v: after ten silent seconds %d assemblies of %d bytes are left", kind, l.assemblies, l.rx.used)
		}
	}
}

// mpgameserver resent a lost fragment of a reliable message without its header.
func TestEveryLostFragmentIsResent(t *testing.T) {
	msg := make([]byte, 10*FragmentSize+5)
	for i := range msg {
		msg[i] = byte(i * 7)
	}
	for _, ch := range []uint8{chR, chO, chL} {
		for lose := range 10 { // the last two of 11 fragments share a packet
			q := newPair(t, 1, Config{Channels: everyKind}, profile{delay: 10 * time.Millisecond})
			if err := q.link[0].Send(ch, msg, SendOptions{Token: 1}); err != nil {
				t.Fatal(err)
			}
			n := 0
			q.tapes[0] = func(uint64, []byte) {
				q.way[0].loss = 0
				if n == lose {
					q.way[0].loss = 1
				}
				n++
			}
			q.run(2 * time.Second)
			if m, ok := q.link[1].Receive(); !ok || !bytes.Equal(m.Data, msg) {
				t.Fatalf("channel %d, fragment %d lost: the message did not come", ch, lose)
			}
			if f, ok := q.link[0].Fate(); !ok || !f.Acked {
				t.Fatalf("channel %d, fragment %d lost: %+v, %v", ch, lose, f, ok)
			}
			if q.link[0].Stats().Retransmits == 0 {
				t.Fatal("nothing was lost")
			}
		}
	}
}

// mpgameserver acknowledged 33 of 100 packets, its bitfield being 32 bits long.
func TestAHundredPacketsAtOnceAreAllAcknowledged(t *testing.T) {
	for _, n := range []int{100, 250, 1000} {
		l, peer := newLink(t, Config{Channels: everyKind, Floor: 1 << 30}), newLink(t, Config{Channels: everyKind})
		for i := range n {
			if err := l.Send(chU, make([]byte, 900), SendOptions{Token: uint64(i) + 1}); err != nil {
				t.Fatal(err)
			}
			p, ok := l.Build(time.Duration(i)*10*time.Microsecond, uint64(i), nil, 1177)
			if !ok {
				t.Fatalf("packet %d was held back", i)
			}
			if err := peer.Handle(20*time.Millisecond, uint64(i), p); err != nil {
				t.Fatal(err)
			}
			if i%100 == 99 { // one flush for a hundred packets
				if p, ok := peer.Build(21*time.Millisecond, uint64(i), nil, 1177); ok {
					if err := l.Handle(22*time.Millisecond, uint64(i), p); err != nil {
						t.Fatal(err)
					}
				}
			}
			for _, ok := peer.Receive(); ok; _, ok = peer.Receive() {
			}
		}
		if p, ok := peer.Build(time.Second, 5000, nil, 1177); ok {
			if err := l.Handle(time.Second, 5000, p); err != nil {
				t.Fatal(err)
			}
		}
		acked := 0
		for f, ok := l.Fate(); ok; f, ok = l.Fate() {
			if f.Acked {
				acked++
			}
		}
		if acked != n {
			t.Errorf("%d of %d packets acknowledged", acked, n)
		}
	}
}

// TestThousandsBetweenTwoFlushes: a receiver that is polled once a tick acknowledges all that
// came in meanwhile, though an ACK holds 256.
func TestThousandsBetweenTwoFlushes(t *testing.T) {
	l, peer := newLink(t, Config{Channels: everyKind, Floor: 1 << 30}), newLink(t, Config{Channels: everyKind})
	back := uint64(0)
	acked := 0
	const rounds, n = 5, 2000
	for round := range rounds {
		now := time.Duration(round) * 16 * time.Millisecond
		for i := range n {
			pn := uint64(round*n + i)
			if err := l.Send(chU, []byte("x"), SendOptions{Token: pn + 1}); err != nil {
				t.Fatal(err)
			}
			p, ok := l.Build(now+time.Duration(i)*time.Microsecond, pn, nil, 1177)
			if !ok {
				t.Fatalf("packet %d was held back", pn)
			}
			if err := peer.Handle(now+8*time.Millisecond, pn, p); err != nil {
				t.Fatal(err)
			}
			for _, ok := peer.Receive(); ok; _, ok = peer.Receive() {
			}
		}
		for p, ok := peer.Build(now+9*time.Millisecond, back, nil, 1177); ok; p, ok = peer.Build(now+9*time.Millisecond, back, nil, 1177) {
			if err := l.Handle(now+10*time.Millisecond, back, p); err != nil {
				t.Fatal(err)
			}
			back++
		}
		for f, ok := l.Fate(); ok; f, ok = l.Fate() {
			if f.Acked {
				acked++
			}
		}
	}
	if acked != rounds*n {
		t.Errorf("%d of %d packets acknowledged, in %d ACKs", acked, rounds*n, back)
	}
	for pn := range uint64(100 * backlogAfter) { // a flood with no flush at all
		if err := peer.Handle(time.Second, 1<<20+pn, appendPing(nil)); err != nil {
			t.Fatal(err)
		}
	}
	if n := peer.backlog.len(); n != maxBacklog {
		t.Errorf("%d ACKs wait", n)
	}
}

// Ours must carry 2,000 datagrams a second a connection, each with its fate.
func TestTwoThousandDatagramsASecond(t *testing.T) {
	for _, c := range []struct {
		profile
		spurious int // taken for lost before the reordering of the path was known
	}{
		{profile{delay: 40 * time.Millisecond}, 0},
		{profile{delay: 40 * time.Millisecond, dup: 0.02}, 0},
		{profile{delay: 40 * time.Millisecond, jitter: 3 * time.Millisecond, dup: 0.02}, 100},
	} {
		p := c.profile
		q := newPair(t, 3, Config{Channels: everyKind}, p)
		sent, acked, got := uint64(0), 0, 0
		drain := func() {
			for f, ok := q.link[0].Fate(); ok; f, ok = q.link[0].Fate() {
				if f.Acked {
					acked++
				}
			}
			for _, ok := q.link[1].Receive(); ok; _, ok = q.link[1].Receive() {
				got++
			}
		}
		for q.now < 10*time.Second {
			sent++
			if err := q.link[0].Send(chU, make([]byte, 100), SendOptions{Token: sent}); err != nil {
				t.Fatal(err)
			}
			q.run(500 * time.Microsecond)
			drain()
		}
		q.run(time.Second)
		drain()
		if packets := q.link[0].Stats().PacketsOut; packets < 19_900 {
			t.Errorf("%d packets in 10 s", packets)
		}
		if acked < int(sent)-c.spurious || got != int(sent) {
			t.Errorf("%+v: %d datagrams, %d acknowledged, %d arrived; %+v", p, sent, acked, got, q.link[0].Stats())
		}
	}
}

// In mpgameserver the callback of a reliable message fired twice.
func TestFateComesOnce(t *testing.T) {
	q := newPair(t, 1, Config{Channels: everyKind}, profile{delay: 10 * time.Millisecond, dup: 1})
	if err := q.link[0].Send(chR, []byte("x"), SendOptions{Token: 5}); err != nil {
		t.Fatal(err)
	}
	q.flush(0)
	q.way[1].loss = 1 // the peer has it, its ACKs are lost, it is sent again and again
	q.run(3 * time.Second)
	q.way[1].loss = 0
	q.run(3 * time.Second)
	n := 0
	for f, ok := q.link[0].Fate(); ok; f, ok = q.link[0].Fate() {
		if !f.Acked || f.Token != 5 {
			t.Errorf("%+v", f)
		}
		n++
	}
	if n != 1 || q.link[0].Stats().Retransmits == 0 {
		t.Errorf("%d fates after %d resends", n, q.link[0].Stats().Retransmits)
	}
	if _, ok := q.link[1].Receive(); !ok {
		t.Error("the message did not come")
	}
	if _, ok := q.link[1].Receive(); ok {
		t.Error("the message came twice")
	}
}

// renet indexed by the fragment number of the packet and panicked.
func TestImpossibleFragments(t *testing.T) {
	whole := make([]byte, FragmentSize)
	for _, c := range []struct {
		name           string
		index, count   uint64
		payload        []byte
		index2, count2 uint64
		payload2       []byte
	}{
		{name: "index beyond", index: 2, count: 2, payload: whole[:5]},
		{name: "index far beyond", index: 1<<64 - 1, count: 2, payload: whole[:5]},
		{name: "count of one", index: 0, count: 1, payload: whole[:5]},
		{name: "count of none", index: 0, count: 0, payload: whole[:5]},
		{name: "count beyond the largest message", index: 0, count: 1 << 20, payload: whole},
		{name: "count beyond a word", index: 65535, count: 1<<64 - 1, payload: whole},
		{name: "short in the middle", index: 0, count: 3, payload: whole[:FragmentSize-1]},
		{name: "long at the end", index: 1, count: 2, payload: make([]byte, FragmentSize+1)},
		{name: "empty at the end", index: 1, count: 2},
		{name: "count that changes", index: 0, count: 3, payload: whole, index2: 1, count2: 4, payload2: whole},
	} {
		for ch, kind := range []Kind{Unreliable, Sequenced, Reliable, Ordered, Latest} {
			l := newLink(t, Config{Channels: everyKind})
			f := dataFrame{Channel: uint8(ch + 1), F: true, Index: c.index, Count: c.count}
			err := l.Handle(0, 0, packetOf(kind, f, c.payload))
			if c.payload2 != nil && err == nil {
				f := dataFrame{Channel: uint8(ch + 1), F: true, Back: 1, Index: c.index2, Count: c.count2}
				err = l.Handle(0, 1, packetOf(kind, f, c.payload2))
			}
			if !errors.Is(err, ErrProtocol) || !errors.Is(err, ErrFragment) {
				t.Errorf("%s on %v: %v", c.name, kind, err)
			}
		}
	}
}

// GameNetworkingSockets took segments at absurd offsets.
func TestAbsurdOffsets(t *testing.T) {
	for _, c := range []struct {
		kind Kind
		f    dataFrame
	}{
		{Reliable, dataFrame{Channel: chR + 1, ID: window}},
		{Reliable, dataFrame{Channel: chR + 1, ID: 0x8000}},
		{Ordered, dataFrame{Channel: chO + 1, ID: window}},
		{Ordered, dataFrame{Channel: chO + 1, ID: 0xffff}},
		{Bulk, dataFrame{Channel: chB + 1, Offset: initialWindow}},
		{Bulk, dataFrame{Channel: chB + 1, Offset: 1 << 62}},
		{Bulk, dataFrame{Channel: chB + 1, Offset: 1<<64 - 1}},
		{Bulk, dataFrame{Channel: chB + 1, Offset: 1<<64 - 4}},
	} {
		l := newLink(t, Config{Channels: everyKind})
		if err := l.Handle(0, 0, packetOf(c.kind, c.f, []byte("abcdef"))); !errors.Is(err, ErrWindow) {
			t.Errorf("%v %+v: %v", c.kind, c.f, err)
		}
	}
	l := newLink(t, Config{Channels: everyKind})
	f := dataFrame{Channel: chU + 1, F: true, Back: 6, Count: 2}
	if err := l.Handle(0, 5, packetOf(Unreliable, f, make([]byte, FragmentSize))); !errors.Is(err, ErrFragment) {
		t.Errorf("a fragment of a message from before the first packet: %v", err)
	}
}

// In GameNetworkingSockets fragments over budget closed the connection. Here the packet is as
// good as lost, and all arrives when there is room again.
func TestOverBudgetIsBackpressure(t *testing.T) {
	q := newPair(t, 1, Config{Channels: everyKind}, profile{delay: 5 * time.Millisecond})
	const n, size = 60, 30_000 // far more than the receiver may hold
	next, got := uint32(0), uint32(0)
	peak := 0
	for q.now < 60*time.Second && got < n {
		if next < n {
			b := make([]byte, size)
			binary.LittleEndian.PutUint32(b, next)
			if err := q.link[0].Send(chO, b, SendOptions{}); err == nil {
				next++
			}
		}
		q.run(20 * time.Millisecond)
		peak = max(peak, q.link[1].rx.used)
		if q.now < 3*time.Second {
			continue // nothing is fetched
		}
		for m, ok := q.link[1].Receive(); ok; m, ok = q.link[1].Receive() {
			if i := binary.LittleEndian.Uint32(m.Data); i != got || len(m.Data) != size {
				t.Fatalf("message %d of %d bytes instead of %d", i, len(m.Data), got)
			}
			got++
		}
	}
	if got != n {
		t.Fatalf("%d of %d messages came", got, n)
	}
	if q.link[1].Stats().RefusedMemory == 0 {
		t.Error("the limit was never reached")
	}
	if limit := q.link[1].limits.ReceiveBytes; peak > limit {
		t.Errorf("%d bytes held, limit %d", peak, limit)
	}
}
