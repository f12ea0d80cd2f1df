package channel

import (
	"encoding/binary"
	"io"
	"slices"
	"testing"
	"time"
)

// endless is a stream without an end.
type endless struct{ n int64 }

func (e *endless) Read(p []byte) (int, error) {
	e.n += int64(len(p))
	return len(p), nil
}

// counter counts what is written to it.
type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

// trial is what a bulk stream and a 60 Hz sequenced channel beside it got.
type trial struct {
	mbit     float64
	p50, p99 time.Duration // one way, of the sequenced messages that arrived
	lost     float64       // share of the sequenced messages
}

// beside runs a stream (if bulk) and a live channel over a path for a time, polling both ends
// every tick (0: whenever a timer says so).
func beside(t *testing.T, p profile, bulk bool, tick, d time.Duration) trial {
	t.Helper()
	q := newPair(t, 11, Config{Channels: everyKind}, p)
	q.way[1].rate, q.way[1].queue = 0, 0
	got := &counter{}
	q.link[1].AcceptBulk(chB, func(Progress) io.Writer { return got })
	if bulk {
		if err := q.link[0].SendBulk(chB, &endless{}, -1, 0); err != nil {
			t.Fatal(err)
		}
	}
	var delays []time.Duration
	sent := 0
	warm := d / 4
	base := int64(0)
	msg := make([]byte, 100)
	for q.now < d {
		binary.LittleEndian.PutUint64(msg, uint64(q.now))
		if q.now >= warm {
			if sent == 0 {
				base = got.n
			}
			sent++
		}
		if err := q.link[0].Send(chS, msg, SendOptions{}); err != nil {
			t.Fatal(err)
		}
		for end := q.now + time.Second/60; q.now < end; {
			if tick > 0 {
				q.tick(tick)
			} else {
				before := q.now
				q.step(end)
				if q.now == before {
					q.now = min(end, q.now+20*time.Microsecond)
				}
			}
			for {
				m, ok := q.link[1].Receive()
				if !ok {
					break
				}
				at := time.Duration(binary.LittleEndian.Uint64(m.Data))
				if at >= warm {
					delays = append(delays, q.now-at)
				}
			}
		}
	}
	slices.Sort(delays)
	if len(delays) == 0 {
		t.Fatalf("nothing arrived: %+v %+v", q.link[0].cc, q.link[0].Stats())
	}
	r := trial{
		mbit: float64(got.n-base) * 8 / (d - warm).Seconds() / 1e6,
		p50:  delays[len(delays)/2], p99: delays[len(delays)*99/100],
		lost: 1 - float64(len(delays))/float64(sent),
	}
	cc := &q.link[0].cc
	t.Logf("%.1f Mbit/s, live p50 %v p99 %v lost %.3f; state %d best %.1f Mbit/s minRTT %v queue %v noise %v window %d loss %.3f",
		r.mbit, r.p50, r.p99, r.lost, cc.state, cc.best*8/1e6, cc.minRTT, cc.queue, cc.noise, cc.window(), q.link[0].Stats().Loss)
	return r
}

// tick lets both ends be polled once, a tick later.
func (q *pair) tick(d time.Duration) {
	q.now += d
	q.deliver()
	q.flush(0)
	q.flush(1)
}

func TestBulkBesideLive(t *testing.T) {
	const mbit = 1e6 / 8
	for _, c := range []struct {
		name   string
		p      profile
		tick   time.Duration
		least  float64 // Mbit/s of bulk
		excess time.Duration
	}{
		{"100 Mbit/s, 50 ms, 1 % loss", profile{delay: 25 * time.Millisecond, loss: 0.01, rate: 100 * mbit, queue: 200 * time.Millisecond}, 0, 60, 20 * time.Millisecond},
		{"100 Mbit/s, 50 ms, no loss, shallow", profile{delay: 25 * time.Millisecond, rate: 100 * mbit, queue: 15 * time.Millisecond}, 0, 60, 20 * time.Millisecond},
		{"20 Mbit/s, 20 ms, 3 % loss, deep", profile{delay: 10 * time.Millisecond, loss: 0.03, rate: 20 * mbit, queue: time.Second}, 0, 12, 20 * time.Millisecond},
		{"2 Mbit/s, 80 ms, deep", profile{delay: 40 * time.Millisecond, rate: 2 * mbit, queue: 2 * time.Second}, 0, 1.2, 50 * time.Millisecond},
		{"20 Mbit/s, 30 ms, jitter 10 ms", profile{delay: 15 * time.Millisecond, jitter: 10 * time.Millisecond, rate: 20 * mbit, queue: time.Second}, 0, 10, 30 * time.Millisecond},
		{"20 Mbit/s, 30 ms, polled at 60 Hz", profile{delay: 15 * time.Millisecond, rate: 20 * mbit, queue: time.Second}, time.Second / 60, 8, 40 * time.Millisecond},
		{"1 Gbit/s, 1 ms", profile{delay: time.Millisecond / 2, rate: 1000 * mbit, queue: 100 * time.Millisecond}, 0, 500, 20 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := 12 * time.Second
			if c.least > 200 {
				d = 2 * time.Second
			}
			quiet := beside(t, c.p, false, c.tick, d)
			busy := beside(t, c.p, true, c.tick, d)
			if busy.mbit < c.least {
				t.Errorf("%.1f Mbit/s, want %.1f", busy.mbit, c.least)
			}
			if busy.p99 > quiet.p99+c.excess {
				t.Errorf("p99 of live traffic grew from %v to %v, at most %v allowed", quiet.p99, busy.p99, c.excess)
			}
		})
	}
}
