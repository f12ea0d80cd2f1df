package channel

import (
	"io"
	"testing"
	"time"
	"unsafe"
)

// steady is two Links joined by a perfect path, driven without allocating.
type steady struct {
	a, b   *Link
	now    time.Duration
	pn     [2]uint64
	buf    []byte
	one    Table
	failed error
}

func newSteady(tb testing.TB, kind Kind) *steady {
	s := &steady{buf: make([]byte, 0, 2048), one: Table{{Name: "x", Kind: kind}}}
	cfg := Config{Channels: s.one, Limits: Limits{MessagesPerSecond: 1 << 28}, Floor: 1 << 30}
	var err error
	if s.a, err = NewLink(cfg); err != nil {
		tb.Fatal(err)
	}
	if s.b, err = NewLink(cfg); err != nil {
		tb.Fatal(err)
	}
	return s
}

// move carries everything from one Link to the other.
func (s *steady) move(from, to *Link, i int) {
	for {
		b, ok := from.Build(s.now, s.pn[i], s.buf[:0], 1177)
		if !ok {
			return
		}
		if err := to.Handle(s.now, s.pn[i], b); err != nil {
			s.failed = err
		}
		s.pn[i]++
	}
}

// round sends n messages each way, moves everything and fetches all of it.
func (s *steady) round(n int, msg []byte, o SendOptions) {
	for range n {
		if err := s.a.Send(0, msg, o); err != nil {
			s.failed = err
		}
		if err := s.b.Send(0, msg, o); err != nil {
			s.failed = err
		}
	}
	s.now += 2 * time.Millisecond
	s.move(s.a, s.b, 0)
	s.now += 2 * time.Millisecond
	s.move(s.b, s.a, 1)
	for _, l := range []*Link{s.a, s.b} {
		for {
			if _, ok := l.Receive(); !ok {
				break
			}
		}
		for {
			if _, ok := l.Fate(); !ok {
				break
			}
		}
	}
}

// TestSteadyStateDoesNotAllocate: a message of any kind and size costs no allocation once
// queues have their size, also while they are checked for memory to give back.
func TestSteadyStateDoesNotAllocate(t *testing.T) {
	for _, kind := range []Kind{Unreliable, Sequenced, Reliable, Ordered, Latest} {
		for _, size := range []int{20, 100, 900, 5000} {
			s := newSteady(t, kind)
			msg := make([]byte, size)
			o := SendOptions{Token: 7}
			for range 1500 { // six seconds: memory that is not needed is given back
				s.round(4, msg, o)
			}
			if n := testing.AllocsPerRun(1500, func() { s.round(4, msg, o) }); n != 0 {
				t.Errorf("%v messages of %d bytes: %.1f allocations a round of 8", kind, size, n)
			}
			if s.failed != nil {
				t.Fatal(s.failed)
			}
		}
	}
}

// TestIdleLinkIsSmall: what a connected peer costs that has spoken and is silent now.
func TestIdleLinkIsSmall(t *testing.T) {
	table := Table{}
	for i := range 16 {
		table = append(table, Spec{Name: string(rune('a' + i)), Kind: Kind(i % int(kinds))})
	}
	q := newPair(t, 1, Config{Channels: table}, profile{delay: 10 * time.Millisecond})
	for i := range 100 {
		for ch := range table {
			if table[ch].Kind != Bulk {
				if err := q.link[0].Send(uint8(ch), make([]byte, 50*i), SendOptions{Token: 1}); err != nil {
					t.Fatal(err)
				}
			}
		}
		q.run(20 * time.Millisecond)
		for ok := true; ok; {
			_, ok = q.link[1].Receive()
		}
		for ok := true; ok; {
			_, ok = q.link[0].Fate()
		}
	}
	q.run(30 * time.Second)
	for i, l := range q.link {
		if n := l.Footprint(); n > 12<<10 {
			t.Errorf("side %d: an idle Link takes %d bytes", i, n)
		} else {
			t.Logf("side %d: %d bytes, of which Link %d, senders %d, receivers %d", i, n, unsafe.Sizeof(*l),
				len(l.out)*int(unsafe.Sizeof(sender{})), len(l.in)*int(unsafe.Sizeof(receiver{})))
		}
	}
}

// TestBusyLinkSettles: a peer that joined with a large stream and then plays on does not keep
// the stream's memory.
func TestBusyLinkSettles(t *testing.T) {
	q := newPair(t, 1, Config{Channels: everyKind}, profile{delay: 20 * time.Millisecond, loss: 0.01})
	q.link[1].AcceptBulk(chB, func(Progress) io.Writer { return io.Discard })
	if err := q.link[0].SendBulk(chB, io.LimitReader(&endless{}, 8<<20), -1, 0); err != nil {
		t.Fatal(err)
	}
	peak := 0
	for q.now < 40*time.Second {
		for i := range q.link {
			if err := q.link[i].Send(chS, make([]byte, 200), SendOptions{Token: 1}); err != nil {
				t.Fatal(err)
			}
		}
		q.run(time.Second / 60)
		for i := range q.link {
			for _, ok := q.link[i].Receive(); ok; _, ok = q.link[i].Receive() {
			}
			for _, ok := q.link[i].Fate(); ok; _, ok = q.link[i].Fate() {
			}
			peak = max(peak, q.link[i].Footprint())
		}
	}
	for i, l := range q.link {
		if n := l.Footprint(); n > 24<<10 || peak < 100<<10 {
			t.Errorf("side %d: %d bytes, at most %d during the stream", i, n, peak)
		} else {
			t.Logf("side %d: %d bytes, at most %d during the stream", i, n, peak)
		}
	}
}

func benchmarkRound(b *testing.B, kind Kind, size, n int, o SendOptions) {
	s := newSteady(b, kind)
	msg := make([]byte, size)
	for range 100 {
		s.round(n, msg, o)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i += 2 * n {
		s.round(n, msg, o)
	}
	if s.failed != nil {
		b.Fatal(s.failed)
	}
}

// The time is that of one message from Send to Receive, packets and acknowledgements
// included.
func BenchmarkMessage(b *testing.B) {
	for _, kind := range []Kind{Unreliable, Sequenced, Reliable, Ordered, Latest} {
		b.Run(kind.String()+"/one", func(b *testing.B) { benchmarkRound(b, kind, 100, 1, SendOptions{}) })
		if kind != Latest {
			b.Run(kind.String()+"/ten", func(b *testing.B) { benchmarkRound(b, kind, 100, 10, SendOptions{}) })
		}
		b.Run(kind.String()+"/token", func(b *testing.B) { benchmarkRound(b, kind, 100, 1, SendOptions{Token: 1}) })
		b.Run(kind.String()+"/8KiB", func(b *testing.B) { benchmarkRound(b, kind, 8<<10, 1, SendOptions{}) })
	}
}

// BenchmarkBulk is a stream over a perfect path, both ends; an operation is a packet.
func BenchmarkBulk(b *testing.B) {
	s := newSteady(b, Bulk)
	s.b.AcceptBulk(0, func(Progress) io.Writer { return io.Discard })
	if err := s.a.SendBulk(0, &endless{}, -1, 0); err != nil {
		b.Fatal(err)
	}
	step := func() {
		s.now += 200 * time.Microsecond
		s.move(s.a, s.b, 0)
		s.now += 200 * time.Microsecond
		s.move(s.b, s.a, 1)
	}
	for range 1000 {
		step()
	}
	b.ReportAllocs()
	b.SetBytes(segmentMax)
	b.ResetTimer()
	for end := s.pn[0] + uint64(b.N); s.pn[0] < end; {
		step()
	}
	if s.failed != nil {
		b.Fatal(s.failed)
	}
}
