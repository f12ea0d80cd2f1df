package channel

import (
	"encoding/binary"
	"io"
	"math/rand/v2"
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
		{"100 Mbit/s, 50 ms, 2 % lost in runs of 10", profile{delay: 25 * time.Millisecond, loss: 0.02, burst: 10, rate: 100 * mbit, queue: 200 * time.Millisecond}, 0, 60, 20 * time.Millisecond},
		{"10 Mbit/s, 40 ms, 3 % lost in runs of 5", profile{delay: 20 * time.Millisecond, loss: 0.03, burst: 5, rate: 10 * mbit, queue: 200 * time.Millisecond}, 0, 6, 25 * time.Millisecond},
		{"100 Mbit/s, 50 ms, no loss, shallow", profile{delay: 25 * time.Millisecond, rate: 100 * mbit, queue: 15 * time.Millisecond}, 0, 60, 20 * time.Millisecond},
		{"20 Mbit/s, 20 ms, 3 % loss, deep", profile{delay: 10 * time.Millisecond, loss: 0.03, rate: 20 * mbit, queue: time.Second}, 0, 12, 20 * time.Millisecond},
		{"2 Mbit/s, 80 ms, deep", profile{delay: 40 * time.Millisecond, rate: 2 * mbit, queue: 2 * time.Second}, 0, 1.2, 50 * time.Millisecond},
		{"20 Mbit/s, 30 ms, jitter 10 ms", profile{delay: 15 * time.Millisecond, jitter: 10 * time.Millisecond, rate: 20 * mbit, queue: time.Second}, 0, 10, 30 * time.Millisecond},
		{"20 Mbit/s, 30 ms, polled at 60 Hz", profile{delay: 15 * time.Millisecond, rate: 20 * mbit, queue: time.Second}, time.Second / 60, 8, 40 * time.Millisecond},
		{"500 Mbit/s, 10 ms, polled at 60 Hz", profile{delay: 5 * time.Millisecond, rate: 500 * mbit, queue: 100 * time.Millisecond}, time.Second / 60, 201, 40 * time.Millisecond},
		{"1 Gbit/s, 1 ms", profile{delay: time.Millisecond / 2, rate: 1000 * mbit, queue: 100 * time.Millisecond}, 0, 500, 20 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := 12 * time.Second
			if c.least > 200 {
				d = 2 * time.Second
				if underRace {
					t.Skip("a million packets: runs without the race detector")
				}
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

// TestFloor: however bad the path, the floor may be sent.
func TestFloor(t *testing.T) {
	const floor = 64 << 10
	for name, p := range map[string]profile{
		"half lost":     {delay: 50 * time.Millisecond, loss: 0.5},
		"a third lost":  {delay: 100 * time.Millisecond, loss: 0.33, jitter: 30 * time.Millisecond},
		"nothing comes": {delay: 50 * time.Millisecond, loss: 1},
	} {
		q := newPair(t, 3, Config{Channels: everyKind, Floor: floor}, p)
		before := uint64(0)
		for q.now < 10*time.Second {
			if err := q.link[0].Send(chU, make([]byte, 900), SendOptions{}); err != nil {
				t.Fatal(err)
			}
			q.run(10 * time.Millisecond) // 90 kB/s
			for _, ok := q.link[1].Receive(); ok; _, ok = q.link[1].Receive() {
			}
			if q.now <= 2*time.Second {
				before = q.link[0].Stats().BytesOut
			}
		}
		rate := float64(q.link[0].Stats().BytesOut-before) / 8
		t.Logf("%s: %.0f bytes a second, %+v", name, rate, q.link[0].Stats())
		if rate < 0.9*floor {
			t.Errorf("%s: %.0f bytes a second, the floor is %d", name, rate, floor)
		}
	}
}

// TestCeiling: and never more than the ceiling.
func TestCeiling(t *testing.T) {
	q := newPair(t, 3, Config{Channels: everyKind, Ceiling: 100_000}, profile{delay: 10 * time.Millisecond})
	q.link[1].AcceptBulk(chB, func(Progress) io.Writer { return io.Discard })
	if err := q.link[0].SendBulk(chB, &endless{}, -1, 0); err != nil {
		t.Fatal(err)
	}
	q.run(5 * time.Second)
	if n := q.link[0].Stats().BytesOut; n > 5*100_000+maxBurst+2*packetBytes || n < 400_000 {
		t.Errorf("%d bytes in 5 s at a ceiling of 100,000 a second", n)
	}
}

// TestPathChanges: the rate follows the path down and up again.
func TestPathChanges(t *testing.T) {
	const mbit = 1e6 / 8
	q := newPair(t, 3, Config{Channels: everyKind}, profile{delay: 20 * time.Millisecond, rate: 20 * mbit, queue: 300 * time.Millisecond})
	q.way[1].rate = 0
	got := &counter{}
	q.link[1].AcceptBulk(chB, func(Progress) io.Writer { return got })
	if err := q.link[0].SendBulk(chB, &endless{}, -1, 0); err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct{ rate, least float64 }{{20, 14}, {2, 1}, {20, 10}} {
		q.way[0].rate = int(c.rate * mbit)
		q.run(4 * time.Second) // to find out
		before := got.n
		q.run(6 * time.Second)
		rate := float64(got.n-before) * 8 / 6 / 1e6
		t.Logf("%d: %.1f Mbit/s of %.0f, RTT %v", i, rate, c.rate, q.link[0].Stats().RTT)
		if rate < c.least || rate > c.rate {
			t.Errorf("%d: %.1f Mbit/s, the path has %.0f", i, rate, c.rate)
		}
		if rtt := q.link[0].Stats().RTT; rtt > 150*time.Millisecond {
			t.Errorf("%d: the RTT has grown to %v", i, rtt)
		}
	}
}

// TestOverload: with more to send than the path takes, what arrives is fresh, the queue stays
// short, and its delay can be seen.
func TestOverload(t *testing.T) {
	q := newPair(t, 3, Config{Channels: everyKind, Ceiling: 50_000}, profile{delay: 20 * time.Millisecond})
	token, worst, got, shed := uint64(0), time.Duration(0), 0, 0
	for q.now < 5*time.Second {
		for range 4 { // 240 kB/s
			b := make([]byte, 1000)
			binary.LittleEndian.PutUint64(b, uint64(q.now))
			token++
			if err := q.link[0].Send(chU, b, SendOptions{Token: token}); err != nil {
				t.Fatal(err)
			}
		}
		q.run(time.Second / 60)
		for m, ok := q.link[1].Receive(); ok; m, ok = q.link[1].Receive() {
			worst = max(worst, q.now-time.Duration(binary.LittleEndian.Uint64(m.Data)))
			got++
		}
		for f, ok := q.link[0].Fate(); ok; f, ok = q.link[0].Fate() {
			if !f.Acked {
				shed++
			}
		}
	}
	s := q.link[0].Stats()
	if worst > defaultQueueDelay+50*time.Millisecond || s.QueueBytes > 240*1000 {
		t.Errorf("the oldest message to arrive was %v old, %d bytes wait", worst, s.QueueBytes)
	}
	if got < 200 || shed < 500 || s.QueueDelay < 100*time.Millisecond || s.Shed == 0 {
		t.Errorf("%d arrived, %d did not; %+v", got, shed, s)
	}
}

// TestBudget: whoever sends what Budget allows each tick fills the path and waits in no queue.
func TestBudget(t *testing.T) {
	const mbit = 1e6 / 8
	q := newPair(t, 3, Config{Channels: everyKind}, profile{delay: 30 * time.Millisecond, rate: 4 * mbit, queue: time.Second})
	q.way[1].rate = 0
	bytesIn, worst := 0, time.Duration(0)
	for q.now < 10*time.Second {
		for q.link[0].Budget(q.now) >= 1000 {
			b := make([]byte, 1000)
			binary.LittleEndian.PutUint64(b, uint64(q.now))
			if err := q.link[0].Send(chU, b, SendOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		q.flush(0)
		if q.link[0].queued > 4000 {
			t.Fatalf("%d bytes wait after a flush", q.link[0].queued)
		}
		for range 16 {
			q.run(time.Second / 960)
		}
		for m, ok := q.link[1].Receive(); ok; m, ok = q.link[1].Receive() {
			if q.now > 5*time.Second {
				bytesIn += len(m.Data)
				worst = max(worst, q.now-time.Duration(binary.LittleEndian.Uint64(m.Data)))
			}
		}
	}
	rate := float64(bytesIn) * 8 / 5 / 1e6
	t.Logf("%.2f Mbit/s, the oldest %v; %+v", rate, worst, q.link[0].Stats())
	if rate < 2.5 || worst > 150*time.Millisecond {
		t.Errorf("%.2f Mbit/s of 4, the oldest message %v", rate, worst)
	}
}

// TestNoiseIsNoSignal: what a path may lose before it is taken for congestion.
func TestNoiseIsNoSignal(t *testing.T) {
	for share, signal := range map[float64]bool{0.01: false, 0.05: false, 0.12: true, 0.3: true} {
		rng := rand.New(rand.NewPCG(1, 7))
		judged, taken := 0, 0
		for range 400 {
			c := congestion{best: 1000, round: roundTrip{rate: 100}}
			for n := 64 << rng.IntN(5); n > 0; n-- {
				if rng.Float64() < share {
					c.lost()
				} else {
					c.acks++
				}
			}
			judged++
			if c.judgeLoss(); c.best < 1000 {
				taken++
			}
		}
		if f := float64(taken) / float64(judged); signal && f < 0.5 || !signal && f > 0.02 {
			t.Errorf("%.0f %% lost: taken for congestion %d times of %d", 100*share, taken, judged)
		}
	}
}
