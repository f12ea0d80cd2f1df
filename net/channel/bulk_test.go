package channel

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
	"time"
)

// stream sends data on the bulk channel of a fresh pair and returns the pair and what arrives.
func stream(t *testing.T, r io.Reader, size int64) (*pair, *bytes.Buffer) {
	t.Helper()
	q := newPair(t, 5, Config{Channels: everyKind}, profile{delay: 20 * time.Millisecond, loss: 0.02, reorder: 0.02, dup: 0.02})
	got := &bytes.Buffer{}
	q.link[1].AcceptBulk(chB, func(Progress) io.Writer { return got })
	if err := q.link[0].SendBulk(chB, r, size, 77); err != nil {
		t.Fatal(err)
	}
	return q, got
}

func noise(n int) []byte {
	b := make([]byte, n)
	rng := rand.New(rand.NewPCG(uint64(n), 6))
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

// ended checks how both sides think that the stream ended.
func ended(t *testing.T, q *pair, acked bool, err error) {
	t.Helper()
	if f, ok := q.link[0].Fate(); !ok || f.Token != 77 || f.Acked != acked {
		t.Errorf("sender: %+v, %v", f, ok)
	}
	e, ok := q.link[1].BulkEvent()
	if !ok || !errors.Is(e.Err, err) || e.Channel != chB {
		t.Errorf("receiver: %+v, %v", e, ok)
	}
}

func TestBulkOfAnySize(t *testing.T) {
	for _, n := range []int{0, 1, segmentMax, segmentMax + 1, initialWindow, initialWindow + 1, 5 << 20} {
		for _, known := range []bool{true, false} {
			data, size := noise(n), int64(-1)
			if known {
				size = int64(n)
			}
			q, got := stream(t, bytes.NewReader(data), size)
			q.run(20 * time.Second)
			if !bytes.Equal(got.Bytes(), data) {
				t.Fatalf("%d bytes, known %v: %d arrived", n, known, got.Len())
			}
			ended(t, q, true, nil)
		}
	}
}

func TestBulkFromSlowReaders(t *testing.T) {
	data := noise(100_000)
	for name, r := range map[string]io.Reader{
		"one byte at a time": iotest.OneByteReader(bytes.NewReader(data[:3000])),
		"halves":             iotest.HalfReader(bytes.NewReader(data)),
		"error with data":    iotest.DataErrReader(bytes.NewReader(data)),
		"nothing at times":   &hesitant{r: bytes.NewReader(data)},
	} {
		q, got := stream(t, r, -1)
		q.run(30 * time.Second)
		if !bytes.Equal(got.Bytes(), data[:got.Len()]) || got.Len() != len(data) && got.Len() != 3000 {
			t.Errorf("%s: %d bytes", name, got.Len())
		}
		ended(t, q, true, nil)
	}
}

// hesitant gives 0 bytes and no error every other time.
type hesitant struct {
	r io.Reader
	n int
}

func (h *hesitant) Read(p []byte) (int, error) {
	if h.n++; h.n%2 == 0 {
		return 0, nil
	}
	return h.r.Read(p)
}

func TestBulkProgress(t *testing.T) {
	data := noise(2 << 20)
	q, got := stream(t, bytes.NewReader(data), int64(len(data)))
	var last [2]int64
	for q.now < 20*time.Second {
		q.run(50 * time.Millisecond)
		s, sending := q.link[0].SendingBulk(chB)
		r, receiving := q.link[1].ReceivingBulk(chB)
		if sending && (s.Size != int64(len(data)) || s.Bytes < last[0]) || receiving && (r.Size != s.Size && sending || r.Bytes < last[1]) {
			t.Fatalf("%+v, %+v after %v", s, r, last)
		}
		if receiving && r.Bytes != int64(got.Len()) {
			t.Fatalf("%d bytes written, %d said", got.Len(), r.Bytes)
		}
		last = [2]int64{max(last[0], s.Bytes), max(last[1], r.Bytes)}
	}
	if _, sending := q.link[0].SendingBulk(chB); sending || last[0] == 0 || last[1] == 0 {
		t.Errorf("still sending: %v; progress %v", sending, last)
	}
}

// broken fails after n bytes.
type broken struct{ n int }

var errBroken = errors.New("broken")

func (w *broken) Write(p []byte) (int, error) {
	if w.n -= len(p); w.n < 0 {
		return 0, errBroken
	}
	return len(p), nil
}

// TestBulkEndsEarly: whoever gives a stream up, both sides know, nothing is left behind and the
// next stream arrives.
func TestBulkEndsEarly(t *testing.T) {
	for name, c := range map[string]struct {
		data io.Reader
		size int64
		sink io.Writer
		stop func(q *pair)
		err  error // what the receiver is told
	}{
		"cancelled by the sender":   {data: &endless{}, size: -1, sink: io.Discard, stop: func(q *pair) { q.link[0].CancelBulk(chB) }, err: ErrCancelled},
		"cancelled by the receiver": {data: &endless{}, size: -1, sink: io.Discard, stop: func(q *pair) { q.link[1].RefuseBulk(chB) }, err: ErrCancelled},
		"cancelled by both": {data: &endless{}, size: -1, sink: io.Discard, stop: func(q *pair) {
			q.link[0].CancelBulk(chB)
			q.link[1].RefuseBulk(chB)
		}, err: ErrCancelled},
		"refused":           {data: bytes.NewReader(noise(100_000)), size: -1, err: ErrCancelled},
		"writer that fails": {data: &endless{}, size: -1, sink: &broken{50_000}, err: errBroken},
		"reader that fails": {data: iotest.ErrReader(errBroken), size: -1, sink: io.Discard, err: ErrCancelled},
		"shorter than said": {data: bytes.NewReader(noise(5000)), size: 6000, sink: io.Discard, err: ErrCancelled},
	} {
		t.Run(name, func(t *testing.T) {
			q, got := stream(t, c.data, c.size)
			q.link[1].AcceptBulk(chB, func(p Progress) io.Writer {
				if p.Transfer == 0 {
					return c.sink
				}
				return got
			})
			q.run(300 * time.Millisecond)
			if c.stop != nil {
				c.stop(q)
			}
			q.run(3 * time.Second)
			ended(t, q, false, c.err)
			next := noise(200_000)
			if err := q.link[0].SendBulk(chB, bytes.NewReader(next), -1, 77); err != nil {
				t.Fatal(err)
			}
			q.run(5 * time.Second)
			if !bytes.Equal(got.Bytes(), next) {
				t.Fatalf("%d bytes of the next stream", got.Len())
			}
			ended(t, q, true, nil)
			for i, l := range q.link {
				if l.owed != 0 || l.sent.eliciting != 0 || l.bufs.held != l.bufs.kept {
					t.Errorf("side %d: %d frames owed, %d packets under way, %d bytes in use", i, l.owed, l.sent.eliciting, l.bufs.held-l.bufs.kept)
				}
			}
		})
	}
}

func TestBulkQueue(t *testing.T) {
	q := newPair(t, 5, Config{Channels: everyKind}, profile{delay: 20 * time.Millisecond})
	var got []*bytes.Buffer
	q.link[1].AcceptBulk(chB, func(p Progress) io.Writer {
		if p.Transfer != uint64(len(got)) {
			t.Errorf("stream %d is called %d", len(got), p.Transfer)
		}
		got = append(got, &bytes.Buffer{})
		return got[len(got)-1]
	})
	n := 0
	for ; n < 100; n++ {
		if err := q.link[0].SendBulk(chB, bytes.NewReader(noise(n*100)), -1, 0); err != nil {
			if !errors.Is(err, ErrQueueFull) {
				t.Fatal(err)
			}
			break
		}
	}
	if n != maxTransfers+1 {
		t.Errorf("%d streams may wait", n-1)
	}
	q.run(10 * time.Second)
	if len(got) != n {
		t.Fatalf("%d streams of %d", len(got), n)
	}
	for i := range got {
		if !bytes.Equal(got[i].Bytes(), noise(i*100)) {
			t.Errorf("stream %d: %d bytes", i, got[i].Len())
		}
	}
}

// TestBulkEventsAreBounded: a peer that sends countless empty streams waits for whoever
// should fetch the events.
func TestBulkEventsAreBounded(t *testing.T) {
	l := newLink(t, Config{Channels: everyKind})
	l.AcceptBulk(chB, func(Progress) io.Writer { return io.Discard })
	for i := range uint64(1000) {
		if err := l.Handle(0, i, packetOf(Bulk, dataFrame{Channel: chB + 1, F: true, ID: uint16(min(i, maxBulkEvents))}, nil)); err != nil {
			t.Fatal(err)
		}
	}
	if l.events.len() != maxBulkEvents || l.Stats().RefusedStream != 1000-maxBulkEvents {
		t.Errorf("%d events, %d refused", l.events.len(), l.Stats().RefusedStream)
	}
}

func TestBulkLiesAboutItsLength(t *testing.T) {
	for name, frames := range map[string][]dataFrame{
		"ends before what it said": {{Size: 100, F: true, Payload: make([]byte, 50)}},
		"goes on after its end":    {{Offset: 10, F: true, Payload: make([]byte, 10)}, {Offset: 20, Payload: make([]byte, 10)}},
		"ends twice":               {{Offset: 10, F: true, Payload: make([]byte, 10)}, {Offset: 5, F: true, Payload: make([]byte, 10)}},
		"empty in the middle":      {{Payload: nil}},
	} {
		l := newLink(t, Config{Channels: everyKind})
		l.AcceptBulk(chB, func(Progress) io.Writer { return io.Discard })
		var err error
		for i, f := range frames {
			f.Channel = chB + 1
			if err == nil {
				err = l.Handle(0, uint64(i), packetOf(Bulk, f, f.Payload))
			}
		}
		if !errors.Is(err, ErrFragment) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRefusedStreamIsNotAcknowledged: all of a stream reaches a receiver that has refused it,
// and the sender must not take it for delivered.
func TestRefusedStreamIsNotAcknowledged(t *testing.T) {
	for seed := range uint64(50) {
		q := newPair(t, seed, Config{Channels: everyKind}, profile{delay: 20 * time.Millisecond})
		refused := &bytes.Buffer{}
		q.link[1].AcceptBulk(chB, func(Progress) io.Writer { return refused })
		if err := q.link[0].SendBulk(chB, bytes.NewReader(noise(8000)), 8000, 77); err != nil {
			t.Fatal(err)
		}
		q.tapes[0] = func(pn uint64, _ []byte) { q.way[0].delay = time.Duration(20+5*pn) * time.Millisecond }
		q.flush(0)
		q.run(22 * time.Millisecond)
		q.tapes[1] = func(pn uint64, p []byte) { // the CANCEL is late, every other ACK is not
			q.way[1].loss = 0
			if p[0] == frameCancel || bytes.Contains(p, cancelFrame{Channel: chB + 1, ByReceiver: true}.Append(nil)) {
				q.way[1].loss = 0.8
			}
		}
		if !q.link[1].RefuseBulk(chB) {
			t.Fatal("nothing to refuse")
		}
		q.run(time.Minute)
		ended(t, q, false, ErrCancelled)
		if refused.Len() >= 8000 {
			t.Fatal("all of it was written")
		}
	}
}

// TestBulkOverlap: segments of other lengths than were sent before do not disturb.
func TestBulkOverlap(t *testing.T) {
	l := newLink(t, Config{Channels: everyKind})
	got := &bytes.Buffer{}
	l.AcceptBulk(chB, func(Progress) io.Writer { return got })
	text := "abcdefghijklmnop"
	for i, s := range [][2]int{{6, 9}, {2, 4}, {0, 3}, {1, 7}, {8, 12}, {0, 16}} {
		f := dataFrame{Channel: chB + 1, Offset: uint64(s[0]), F: s[1] == len(text)}
		if err := l.Handle(0, uint64(i), packetOf(Bulk, f, []byte(text[s[0]:s[1]]))); err != nil {
			t.Fatal(err)
		}
	}
	if got.String() != text {
		t.Errorf("%q", got)
	}
	if l.in[chB+1].bulk.held != 0 {
		t.Errorf("%d bytes held", l.in[chB+1].bulk.held)
	}
}
