package transport

import "sync/atomic"

// writer is a goroutine that writes what a Group has sealed. To write is most of what a
// large room's connections cost, nearly all of it in the kernel, and the room's tick can
// go on meanwhile. Sealing stays with the owner: it is a hundredth of the tick, and packet
// numbers need one.
//
// Batches go round: full ones to the writer, empty ones back. To hand over never waits;
// where no empty one is left, the owner writes itself. To write may wait: a UDP socket
// takes one call at a time, so that who writes itself, an owner that is so far ahead or a
// small room on the same socket, waits for the call of a writer that is under way.
type writer struct {
	full, empty chan *batch
	pending     atomic.Int32 // handed over and not written yet

	// Below is the Group's.
	made  int
	ended chan struct{} // nil: the goroutine has not begun
}

// maxBatches is how many batches a writer may be behind: two thousand datagrams.
const maxBatches = 32

func newWriter() *writer {
	return &writer{full: make(chan *batch, maxBatches), empty: make(chan *batch, maxBatches)}
}

// take takes over an outbox's batch and gives an empty one for it, or nil if the owner
// is to write it: a batch that is not full is not worth a wake, unless others are before
// it.
func (w *writer) take(o *outbox) *batch {
	b := o.batch
	if !b.full() && w.pending.Load() == 0 {
		return nil
	}
	var next *batch
	select {
	case next = <-w.empty:
	default:
		if w.made == maxBatches {
			return nil
		}
		w.made++
		next = newBatch(cap(b.datagrams))
	}
	if w.ended == nil {
		w.ended = make(chan struct{})
		go w.run()
	}
	b.box = o
	w.pending.Add(1)
	w.full <- b // there is room for all that were made
	return next
}

// run writes until full is closed: the writer's goroutine.
func (w *writer) run() {
	defer close(w.ended)
	for b := range w.full {
		b.box.write(b)
		w.pending.Add(-1)
		w.empty <- b
	}
}

// stop waits until everything is written.
func (w *writer) stop() {
	close(w.full)
	if w.ended != nil {
		<-w.ended
	}
}

// StartWriter gives the Group a goroutine that writes what it seals, whenever one Flush
// has more than a batch of 64 datagrams; without it, and where there are fewer, Flush
// writes. StopWriter ends it. What the network is told, and when, then depends on how
// goroutines run: it is not for tests in virtual time. Only the Group's goroutine may
// call it.
func (g *Group) StartWriter() {
	if g.writer == nil {
		g.employ(newWriter())
	}
}

// StopWriter returns when everything that was flushed has been written. Flush writes
// from then on. Only the Group's goroutine may call it.
func (g *Group) StopWriter() {
	if g.writer != nil {
		g.writer.stop()
		g.employ(nil)
	}
}

func (g *Group) employ(w *writer) {
	g.writer = w
	for _, b := range g.boxes {
		b.writer = w
	}
}
