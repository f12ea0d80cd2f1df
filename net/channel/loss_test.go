package channel

import (
	"encoding/binary"
	"testing"
	"time"
)

// carry sends messages one a packet, and hands the peer only those that pass.
func carry(t *testing.T, l, peer *Link, n int, pass func(pn uint64) bool, gap time.Duration) {
	t.Helper()
	for pn := range uint64(n) {
		if err := l.Send(chU, []byte("x"), SendOptions{Token: pn + 1}); err != nil {
			t.Fatal(err)
		}
		now := time.Duration(pn) * gap
		b, ok := l.Build(now, pn, nil, 1177)
		if !ok {
			t.Fatalf("packet %d was held back", pn)
		}
		if pass(pn) {
			if err := peer.Handle(now, pn, b); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// acknowledge brings the peer's ACK to l.
func acknowledge(t *testing.T, l, peer *Link, now time.Duration, pn uint64) {
	t.Helper()
	b, ok := peer.Build(now, pn, nil, 1177)
	if !ok {
		t.Fatal("no ACK")
	}
	if err := l.Handle(now, pn, b); err != nil {
		t.Fatal(err)
	}
}

func fates(l *Link) map[uint64]bool {
	m := map[uint64]bool{}
	for f, ok := l.Fate(); ok; f, ok = l.Fate() {
		m[f.Token] = f.Acked
	}
	return m
}

// TestLostByCount: three later packets acknowledged.
func TestLostByCount(t *testing.T) {
	l, peer := newLink(t, Config{Channels: everyKind}), newLink(t, Config{Channels: everyKind})
	carry(t, l, peer, 6, func(pn uint64) bool { return pn != 2 && pn != 3 }, time.Microsecond)
	acknowledge(t, l, peer, 40*time.Millisecond, 0)
	m := fates(l)
	// Tokens are numbers + 1. Packet 2 is three before 5; packet 3 is only two before it and
	// waits for its time.
	if len(m) != 5 || m[3] || !m[1] || !m[6] {
		t.Fatalf("%v", m)
	}
	if at := l.NextTimer(); at < 44*time.Millisecond || at > 46*time.Millisecond {
		t.Errorf("the timer is set to %v, 9/8 of the RTT of 40 ms after packet 3", at)
	}
	l.Build(46*time.Millisecond, 6, nil, 1177)
	if m := fates(l); len(m) != 1 || m[4] {
		t.Errorf("%v", m)
	}
}

// TestProbeTimeout: with nothing acknowledged the time to the next probe doubles, up to a second.
func TestProbeTimeout(t *testing.T) {
	l := newLink(t, Config{Channels: everyKind})
	if err := l.Send(chR, []byte("x"), SendOptions{}); err != nil {
		t.Fatal(err)
	}
	var at []time.Duration
	pn := uint64(0)
	for now := time.Duration(0); now < 8*time.Second; now = l.NextTimer() {
		for b, ok := l.Build(now, pn, nil, 1177); ok; b, ok = l.Build(now, pn, nil, 1177) {
			if f, _, err := parseData(b, Reliable); err != nil || string(f.Payload) != "x" {
				t.Fatalf("packet %d is %x", pn, b)
			}
			pn++
			at = append(at, now)
		}
	}
	if len(at) < 8 || at[1]-at[0] != initialRTT+2*initialRTT+maxAckDelay {
		t.Fatalf("probes at %v", at)
	}
	for i := 2; i < len(at); i++ {
		if want := min(2*(at[i-1]-at[i-2]), maxTimeout); at[i]-at[i-1] != want {
			t.Errorf("probe %d after %v, want %v", i, at[i]-at[i-1], want)
		}
	}
}

// TestBlackout: two seconds without a packet either way, and all goes on; the floor keeps
// datagrams going out meanwhile.
func TestBlackout(t *testing.T) {
	q := newPair(t, 1, Config{Channels: everyKind}, profile{delay: 30 * time.Millisecond})
	next, sent, during := uint32(0), uint32(0), 0
	lastSeen := time.Duration(0)
	longest := time.Duration(0)
	for q.now < 6*time.Second {
		b := make([]byte, 100)
		binary.LittleEndian.PutUint32(b, sent)
		sent++
		for _, ch := range []uint8{chO, chS} {
			if err := q.link[0].Send(ch, b, SendOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		dark := 0.0
		if q.now > 2*time.Second && q.now < 4*time.Second {
			dark = 1
		}
		q.way[0].loss, q.way[1].loss = dark, dark
		before := q.link[0].Stats().PacketsOut
		q.run(time.Second / 60)
		if dark > 0 {
			during += int(q.link[0].Stats().PacketsOut - before)
		}
		for m, ok := q.link[1].Receive(); ok; m, ok = q.link[1].Receive() {
			i := binary.LittleEndian.Uint32(m.Data)
			if m.Channel == chO {
				if i != next {
					t.Fatalf("ordered: %d instead of %d", i, next)
				}
				next++
				continue
			}
			longest = max(longest, q.now-lastSeen)
			lastSeen = q.now
		}
	}
	q.run(time.Second)
	for m, ok := q.link[1].Receive(); ok; m, ok = q.link[1].Receive() {
		if m.Channel == chO {
			next++
		}
	}
	if next != sent {
		t.Errorf("ordered: %d of %d", next, sent)
	}
	if during < 50 {
		t.Errorf("%d packets sent in two dark seconds", during)
	}
	if longest > 2200*time.Millisecond {
		t.Errorf("live traffic was back %v after it stopped, the path was dark for 2 s", longest)
	}
}

// TestClockSteps: a clock that steps back is ignored, one that leaps forward costs nothing but
// timers.
func TestClockSteps(t *testing.T) {
	q := newPair(t, 1, Config{Channels: everyKind}, profile{delay: 10 * time.Millisecond})
	got := 0
	for i := range 300 {
		if err := q.link[0].Send(chO, []byte{byte(i)}, SendOptions{}); err != nil {
			t.Fatal(err)
		}
		q.run(10 * time.Millisecond)
		switch i {
		case 100: // both clocks leap, what is in the air comes late
			q.now += 3 * time.Second
		case 200: // a call with an old time
			if _, ok := q.link[0].Build(q.now-5*time.Second, q.pn[0], nil, 1177); ok {
				t.Fatal("built something that flush had left")
			}
			if q.link[0].now < q.now {
				t.Fatal("the Link's time went back")
			}
		}
		for m, ok := q.link[1].Receive(); ok; m, ok = q.link[1].Receive() {
			if m.Data[0] != byte(got) {
				t.Fatalf("message %d instead of %d", m.Data[0], got)
			}
			got++
		}
	}
	q.run(time.Second)
	for _, ok := q.link[1].Receive(); ok; _, ok = q.link[1].Receive() {
		got++
	}
	if got != 300 {
		t.Errorf("%d of 300 messages", got)
	}
}

// TestIdsWrap: the 16 bits of a message id on the wire go round many times.
func TestIdsWrap(t *testing.T) {
	for _, ch := range []uint8{chR, chO, chL} {
		q := newPair(t, 1, Config{Channels: everyKind, Floor: 1 << 30, Limits: Limits{MessagesPerSecond: 1 << 30}},
			profile{delay: 2 * time.Millisecond, loss: 0.02, reorder: 0.01})
		n := uint32(200_000)
		if underRace {
			n = 80_000
		}
		sent, got := uint32(0), uint32(0)
		each := 60
		if ch == chL {
			each = 1
		}
		last := uint32(0)
		for q.now < 400*time.Second && last < n-1 {
			for range each {
				var b [4]byte
				binary.LittleEndian.PutUint32(b[:], sent)
				if sent < n && q.link[0].Send(ch, b[:], SendOptions{}) == nil {
					sent++
				}
			}
			q.run(time.Millisecond)
			for m, ok := q.link[1].Receive(); ok; m, ok = q.link[1].Receive() {
				i := binary.LittleEndian.Uint32(m.Data)
				if ch == chO && i != got || ch == chL && got > 0 && i <= last {
					t.Fatalf("channel %d: message %d after %d", ch, i, got)
				}
				last = max(last, i)
				got++
			}
		}
		q.run(2 * time.Second)
		for _, ok := q.link[1].Receive(); ok; _, ok = q.link[1].Receive() {
			got++
		}
		if ch == chL && last != n-1 || ch != chL && got != n {
			t.Errorf("channel %d: %d of %d messages, the last is %d", ch, got, n, last)
		}
	}
}
