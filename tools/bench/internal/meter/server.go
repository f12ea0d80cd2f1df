package meter

import (
	"context"
	"errors"
	"fmt"
	"runtime/metrics"
	"sync/atomic"
	"time"
)

const (
	// warmUp is how long after the first echo counting begins.
	warmUp = time.Second
	// look is how often the server's figures are read while it counts.
	look = 50 * time.Millisecond
	// patience is how long a server waits for its first client.
	patience = 2 * time.Minute
)

// ErrNoClient is why a server ends that nobody sent anything to.
var ErrNoClient = errors.New("meter: no message came within two minutes")

// Server counts echoed messages. The zero value is ready; Echoed may be called by
// several goroutines.
type Server struct {
	echoed atomic.Uint64
}

// Echoed counts n messages more.
func (s *Server) Echoed(n int) { s.echoed.Add(uint64(n)) }

// Total is how many messages were counted, warm-up included.
func (s *Server) Total() uint64 { return s.echoed.Load() }

// Report is what a server did while it was counted.
type Report struct {
	Echoed  uint64
	CPU     time.Duration // user and system time of the whole process
	Elapsed time.Duration
	Objects uint64 // allocated on the heap
}

// PerMessage is the CPU time of one message in microseconds.
func (r Report) PerMessage() float64 { return ratio(float64(r.CPU.Microseconds()), float64(r.Echoed)) }

// Rate is how many messages were echoed a second.
func (r Report) Rate() float64 { return ratio(float64(r.Echoed), r.Elapsed.Seconds()) }

// Allocations is how many objects were allocated for each message.
func (r Report) Allocations() float64 { return ratio(float64(r.Objects), float64(r.Echoed)) }

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// String is the line that a server prints, less its name.
func (r Report) String() string {
	return fmt.Sprintf("server echoed %d cpu %.3fs us/msg %.2f rate %.0f/s", r.Echoed, r.CPU.Seconds(), r.PerMessage(), r.Rate())
}

// Count waits for the first echo, lets a second pass, and counts until d has
// passed or nothing was echoed for a second, which is not counted.
func (s *Server) Count(ctx context.Context, d time.Duration) (Report, error) {
	if err := s.first(ctx); err != nil {
		return Report{}, err
	}
	if err := sleep(ctx, warmUp); err != nil {
		return Report{}, err
	}
	from := s.read()
	last := from
	for now := from; now.at-from.at < d && now.at-last.at < time.Second; {
		if err := sleep(ctx, look); err != nil {
			return Report{}, err
		}
		if now = s.read(); now.echoed != last.echoed {
			last = now
		}
	}
	return Report{
		Echoed: last.echoed - from.echoed, CPU: last.cpu - from.cpu,
		Elapsed: last.at - from.at, Objects: last.objects - from.objects,
	}, nil
}

func (s *Server) first(ctx context.Context) error {
	for began := time.Now(); s.echoed.Load() == 0; {
		if time.Since(began) > patience {
			return ErrNoClient
		}
		if err := sleep(ctx, look); err != nil {
			return err
		}
	}
	return nil
}

// reading is what is known of the server at a moment.
type reading struct {
	at      time.Duration
	cpu     time.Duration
	echoed  uint64
	objects uint64
}

var epoch = time.Now()

func (s *Server) read() reading {
	return reading{at: time.Since(epoch), cpu: Usage(), echoed: s.echoed.Load(), objects: Objects()}
}

// Objects is how many objects this process has allocated on its heap.
func Objects() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:objects"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
