package netsim

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/tandem-engine/tandem/net/transport"
)

// Wrapped is a carrier behind a bad line: what it reads and what it writes passes a Pipe each. It implements transport.Carrier and
// transport.Waiter, and like any carrier is read by one goroutine and written by several.
type Wrapped struct {
	carrier transport.Carrier
	clock   func() time.Duration

	mu      sync.Mutex
	up      *Pipe // written
	down    *Pipe // read
	reading []transport.Datagram
	writing []transport.Datagram
}

var (
	_ transport.Carrier = (*Wrapped)(nil)
	_ transport.Waiter  = (*Wrapped)(nil)
)

const (
	wrapBatch  = 64 // datagrams that pass at once
	wrapRounds = 16 // batches that one ReadBatch takes from the carrier, so that a flood cannot hold it
)

// Wrap puts profile on both directions of a carrier. clock gives monotonic time since any origin; decisions are keyed by seed. It panics
// if the profile is not valid.
func Wrap(c transport.Carrier, seed uint64, profile Profile, clock func() time.Duration) *Wrapped {
	return &Wrapped{
		carrier: c,
		clock:   clock,
		up:      NewPipe(seed, 0, profile),
		down:    NewPipe(seed, 1, profile),
		reading: make([]transport.Datagram, wrapBatch),
		writing: make([]transport.Datagram, wrapBatch),
	}
}

// SetConditions changes both directions from now on; Up is what is written. It panics if a profile is not valid.
func (w *Wrapped) SetConditions(c Conditions) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.up.SetProfile(c.Up)
	w.down.SetProfile(c.Down)
}

// Blackout loses for the next d what is written and what is read.
func (w *Wrapped) Blackout(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	until := w.clock() + d
	w.up.Blackout(until)
	w.down.Blackout(until)
}

// Counters returns what happened so far to what was written and read.
func (w *Wrapped) Counters() (up, down Counters) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.up.Counters(), w.down.Counters()
}

// ReadBatch reads what waits at the carrier into the pipe, and takes what has arrived at its other end. It also writes what
// is due, so that a carrier which is only read sends on time.
func (w *Wrapped) ReadBatch(d []transport.Datagram) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.clock()
	for range wrapRounds {
		n, err := w.carrier.ReadBatch(w.reading)
		if err != nil {
			return 0, err
		}
		for i := range w.reading[:n] {
			w.down.Send(now, w.reading[i].Addr, w.reading[i].Data)
		}
		if n < len(w.reading) {
			break
		}
	}
	if err := w.flush(now); err != nil {
		return 0, err
	}
	return w.down.Receive(now, d), nil
}

// WriteBatch puts d into the pipe and writes what has arrived at its other end.
func (w *Wrapped) WriteBatch(d []transport.Datagram) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.clock()
	for i := range d {
		w.up.Send(now, d[i].Addr, d[i].Data)
	}
	return len(d), w.flush(now)
}

// flush writes what is due.
func (w *Wrapped) flush(now time.Duration) error {
	for {
		n := w.up.Receive(now, w.writing)
		if n == 0 {
			return nil
		}
		if _, err := w.carrier.WriteBatch(w.writing[:n]); err != nil {
			return err
		}
	}
}

// Wait returns when a datagram may be readable, when one is due to be written, after d, or when ctx ends.
func (w *Wrapped) Wait(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	now := w.clock()
	for _, p := range []*Pipe{w.up, w.down} {
		if at, ok := p.Next(); ok {
			d = min(d, max(0, at-now))
		}
	}
	w.mu.Unlock()
	if waiter, ok := w.carrier.(transport.Waiter); ok {
		return waiter.Wait(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// LocalAddr returns the address of the carrier.
func (w *Wrapped) LocalAddr() netip.AddrPort {
	return w.carrier.LocalAddr()
}

// Close closes the carrier. What is under way is lost.
func (w *Wrapped) Close() error {
	return w.carrier.Close()
}
