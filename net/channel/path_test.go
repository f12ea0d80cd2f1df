package channel

import (
	"io"
	"testing"
	"time"
)

// movedPair streams for a while over a fast near path and then finds itself on a slow
// far one, with everything under way lost; moved says whether the sender is told.
func movedPair(t *testing.T, moved bool) (q *pair, got *counter) {
	t.Helper()
	const mbit = 1e6 / 8
	q = newPair(t, 5, Config{Channels: everyKind}, profile{delay: 2 * time.Millisecond, rate: 200 * mbit, queue: 50 * time.Millisecond})
	q.way[1].rate = 0
	got = &counter{}
	q.link[1].AcceptBulk(chB, func(Progress) io.Writer { return got })
	if err := q.link[0].SendBulk(chB, &endless{}, -1, 0); err != nil {
		t.Fatal(err)
	}
	q.run(2 * time.Second)
	q.air = nil
	for i := range q.way {
		q.way[i] = profile{delay: 60 * time.Millisecond}
	}
	q.way[0].rate, q.way[0].queue, q.busy[0] = 4*mbit, 2*time.Second, 0
	if moved {
		for i := range q.link {
			q.link[i].Moved(q.now)
		}
	}
	return q, got
}

func TestMovedForgetsThePath(t *testing.T) {
	q, _ := movedPair(t, true)
	l := q.link[0]
	s := l.Stats()
	fresh := newPair(t, 1, Config{Channels: everyKind}, profile{}).link[0].Stats()
	if s.RTT != 0 || s.MinRTT != 0 || s.Window != fresh.Window || s.PacingRate != fresh.PacingRate || s.InFlight != 0 {
		t.Fatalf("%+v; a new Link has %+v", s, fresh)
	}
	lost := l.stats.PacketsLost
	q.run(500 * time.Millisecond)
	if s = l.Stats(); s.MinRTT < 120*time.Millisecond || s.PacketsLost == lost {
		t.Fatalf("the old path still counts, or what was lost on it is not resent: %+v", s)
	}
	q.run(9 * time.Second)
	s = l.Stats()
	if rate := float64(s.PacingRate) * 8 / 1e6; rate > 6 || rate < 1 || s.RTT > 250*time.Millisecond {
		t.Fatalf("%.1f Mbit/s estimated of 4, RTT %v of 120 ms", rate, s.RTT)
	}
}

// TestMovedLosesNothing: a stream and ordered messages arrive whole although a path went
// away under them, and acknowledgements that come over the new one for packets of the old
// give no sample of the round trip.
func TestMovedLosesNothing(t *testing.T) {
	q, got := movedPair(t, true)
	for range 50 {
		if err := q.link[0].Send(chO, make([]byte, 3000), SendOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	before, n := got.n, 0
	q.run(time.Second)
	q.link[0].Moved(q.now) // with packets under way that do arrive
	if in := q.link[0].Stats().InFlight; in != 0 {
		t.Fatalf("%d bytes of the old path count against the new one", in)
	}
	q.run(60 * time.Millisecond) // their ACKs come in
	if s := q.link[0].Stats(); s.RTT != 0 {
		t.Fatalf("RTT %v from packets of the old path", s.RTT)
	}
	for range 40 {
		q.run(200 * time.Millisecond)
		for m, ok := q.link[1].Receive(); ok; m, ok = q.link[1].Receive() {
			if m.Channel == chO {
				n++
			}
		}
	}
	if n != 50 || got.n < before+2_000_000 {
		t.Fatalf("%d of 50 messages, %d bytes of the stream", n, got.n-before)
	}
}
