package transport

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// sheet is a carrier on which stands what was written: a number a datagram.
type sheet struct {
	nowhere
	mu      sync.Mutex
	numbers []uint32
	calls   int
	gate    chan struct{} // the first call waits for it
}

func (s *sheet) WriteBatch(d []Datagram) (int, error) {
	s.mu.Lock()
	gate := s.gate
	s.gate = nil
	s.mu.Unlock()
	if gate != nil {
		<-gate
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	for _, x := range d {
		s.numbers = append(s.numbers, binary.LittleEndian.Uint32(x.Data))
	}
	return len(d), nil
}

func (s *sheet) written() []uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.numbers)
}

// scribe is a Group with a writer and small batches.
type scribe struct {
	*Group
	next uint32
}

func newScribe(s *sheet, size int) *scribe {
	g := &Group{boxes: []*outbox{newOutbox(s, size)}}
	g.StartWriter()
	return &scribe{Group: g}
}

// seal adds the next n numbers.
func (s *scribe) seal(n int) {
	for range n {
		o := s.boxes[0]
		o.add(netip.AddrPort{}, binary.LittleEndian.AppendUint32(o.buffer(), s.next))
		s.next++
	}
}

func upTo(n uint32) (all []uint32) {
	for i := range n {
		all = append(all, i)
	}
	return all
}

// What does not fill a batch is written by the owner, who so needs no goroutine; more
// is written while the owner goes on, in order.
func TestWriterWritesWhatFillsABatch(t *testing.T) {
	defer goleak.VerifyNone(t)
	paper := &sheet{}
	s := newScribe(paper, 4)
	s.seal(3)
	s.boxes[0].flush()
	if got := paper.written(); !slices.Equal(got, upTo(3)) || s.writer.ended != nil {
		t.Fatal(got, "after a flush of three")
	}
	gate := make(chan struct{})
	paper.gate = gate
	s.seal(10)
	s.boxes[0].flush()
	if got := paper.written(); !slices.Equal(got, upTo(3)) {
		t.Fatal(got, "while the writer cannot write")
	}
	close(gate)
	s.StopWriter()
	if got := paper.written(); !slices.Equal(got, upTo(13)) || paper.calls != 4 {
		t.Fatal(got, "in", paper.calls, "calls")
	}
	s.seal(4)
	if got := paper.written(); !slices.Equal(got, upTo(17)) {
		t.Fatal(got, "without a writer")
	}
	if o := s.boxes[0]; o.packets.Load() != 17 || o.bytes.Load() != 4*17 || o.lost.Load() != 0 {
		t.Fatal(o.packets.Load(), o.bytes.Load(), o.lost.Load())
	}
}

// A writer that is stuck holds a bounded number of batches; the owner writes the rest,
// and nothing is lost or written twice.
func TestWriterFallsBehind(t *testing.T) {
	defer goleak.VerifyNone(t)
	gate := make(chan struct{})
	paper := &sheet{gate: gate}
	s := newScribe(paper, 4)
	s.seal(4)
	for { // until the writer is at the gate, and not the owner
		paper.mu.Lock()
		stuck := paper.gate == nil
		paper.mu.Unlock()
		if stuck {
			break
		}
	}
	s.seal(4 * (maxBatches + 2))
	if got, want := paper.written(), upTo(s.next)[4*maxBatches:]; !slices.Equal(got, want) {
		t.Fatal(got, "instead of", want)
	}
	if s.writer.made != maxBatches {
		t.Fatal(s.writer.made, "batches")
	}
	close(gate)
	s.StopWriter()
	got := paper.written()
	slices.Sort(got)
	if !slices.Equal(got, upTo(s.next)) {
		t.Fatal(got)
	}
}

func TestWriterAllocatesNothing(t *testing.T) {
	paper := &sheet{numbers: make([]uint32, 0, 1<<20)}
	s := newScribe(paper, batchSize)
	defer s.StopWriter()
	flush := func() {
		s.seal(200)
		s.boxes[0].flush()
	}
	for range maxBatches {
		flush()
	}
	if n := testing.AllocsPerRun(500, flush); n != 0 {
		t.Fatal(n, "allocations a flush")
	}
}
