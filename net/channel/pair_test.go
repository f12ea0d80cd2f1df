package channel

import (
	"container/heap"
	"math/rand/v2"
	"testing"
	"time"
)

// profile is what one direction of a test link does to packets.
type profile struct {
	loss, dup, reorder float64
	burst              float64 // losses come in runs of this mean length (Gilbert-Elliott); 0: one by one
	delay, jitter      time.Duration
	rate               int // bytes a second; 0: no limit
	queue              time.Duration
}

// flight is a packet on its way in a test link.
type flight struct {
	at   time.Duration
	seq  int
	to   int
	pn   uint64
	data []byte
}

type flights []flight

func (f flights) Len() int { return len(f) }
func (f flights) Less(i, j int) bool {
	return f[i].at < f[j].at || f[i].at == f[j].at && f[i].seq < f[j].seq
}
func (f flights) Swap(i, j int) { f[i], f[j] = f[j], f[i] }
func (f *flights) Push(x any)   { *f = append(*f, x.(flight)) }
func (f *flights) Pop() any {
	old := *f
	x := old[len(old)-1]
	*f = old[:len(old)-1]
	return x
}

// pair is two Links joined by a lossy link in virtual time. It does what a transport does:
// counts packet numbers and refuses replays.
type pair struct {
	t     testing.TB
	rng   *rand.Rand
	now   time.Duration
	link  [2]*Link
	pn    [2]uint64
	seen  [2]map[uint64]bool
	way   [2]profile // from side i
	busy  [2]time.Duration
	air   flights
	seq   int
	max   int
	tapes [2]func(pn uint64, p []byte) // sees every packet that side i sends
	lost  int
	bad   [2]bool // the path from side i is in a run of losses
}

func newPair(t testing.TB, seed uint64, cfg Config, p profile) *pair {
	t.Helper()
	q := &pair{t: t, rng: rand.New(rand.NewPCG(seed, 1)), max: 1177, way: [2]profile{p, p}}
	for i := range q.link {
		l, err := NewLink(cfg)
		if err != nil {
			t.Fatal(err)
		}
		q.link[i] = l
		q.seen[i] = map[uint64]bool{}
	}
	return q
}

// flush sends all that side i has to send now.
func (q *pair) flush(i int) {
	for {
		b, ok := q.link[i].Build(q.now, q.pn[i], nil, q.max)
		if !ok {
			return
		}
		if len(b) == 0 || len(b) > q.max {
			q.t.Fatalf("side %d built a packet of %d bytes, at most %d allowed", i, len(b), q.max)
		}
		q.put(i, b)
	}
}

// put sends a packet of side i.
func (q *pair) put(i int, b []byte) {
	pn := q.pn[i]
	q.pn[i]++
	if q.tapes[i] != nil {
		q.tapes[i](pn, b)
	}
	w := q.way[i]
	copies := 1
	if q.rng.Float64() < w.dup {
		copies = 2
	}
	if q.loses(i) {
		q.lost++
		return
	}
	depart := q.now
	if w.rate > 0 {
		depart = max(q.now, q.busy[i])
		if depart-q.now > w.queue {
			q.lost++
			return
		}
		depart += time.Duration(len(b)+51) * time.Second / time.Duration(w.rate)
		q.busy[i] = depart
	}
	for range copies {
		at := depart + w.delay
		if w.jitter > 0 {
			at += time.Duration(q.rng.Int64N(int64(w.jitter)))
		}
		if q.rng.Float64() < w.reorder {
			at += time.Duration(q.rng.Int64N(int64(20 * time.Millisecond)))
		}
		q.seq++
		heap.Push(&q.air, flight{at, q.seq, 1 - i, pn, b})
	}
}

// loses decides whether the path from side i loses the next packet.
func (q *pair) loses(i int) bool {
	w := q.way[i]
	if w.burst == 0 {
		return q.rng.Float64() < w.loss
	}
	change := w.loss / (w.burst * (1 - w.loss))
	if q.bad[i] {
		change = 1 / w.burst
	}
	if q.rng.Float64() < change {
		q.bad[i] = !q.bad[i]
	}
	return q.bad[i]
}

// next is the time of the next event.
func (q *pair) next() time.Duration {
	t := min(q.link[0].NextTimer(), q.link[1].NextTimer())
	if len(q.air) > 0 {
		t = min(t, q.air[0].at)
	}
	return t
}

// step goes on to the next event, at most to until.
func (q *pair) step(until time.Duration) {
	q.now = min(max(q.now, q.next()), until)
	q.deliver()
	q.flush(0)
	q.flush(1)
}

// deliver hands over what has arrived by now.
func (q *pair) deliver() {
	for len(q.air) > 0 && q.air[0].at <= q.now {
		f := heap.Pop(&q.air).(flight)
		if q.seen[f.to][f.pn] {
			continue
		}
		q.seen[f.to][f.pn] = true
		if err := q.link[f.to].Handle(q.now, f.pn, f.data); err != nil {
			q.t.Fatalf("at %v side %d refused packet %d: %v", q.now, f.to, f.pn, err)
		}
	}
}

// run lets time pass.
func (q *pair) run(d time.Duration) {
	end := q.now + d
	for steps := 0; q.now < end; steps++ {
		before := q.now
		q.step(end)
		if q.now == before {
			q.now = min(end, q.now+50*time.Microsecond)
		}
		if steps > 5_000_000 {
			q.t.Fatal("the pair does not come to rest")
		}
	}
}

var everyKind = Table{
	{Name: "u", Kind: Unreliable},
	{Name: "s", Kind: Sequenced},
	{Name: "r", Kind: Reliable},
	{Name: "o", Kind: Ordered},
	{Name: "l", Kind: Latest},
	{Name: "b", Kind: Bulk},
}

const (
	chU = iota
	chS
	chR
	chO
	chL
	chB
)
