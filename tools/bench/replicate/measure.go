package replicate

import (
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"time"
)

// Figures is what one run measures. An update is all that a datagram says of one
// entity: which it is, and its new position and velocity.
type Figures struct {
	NsPerEntityClient float64 `json:"ns_per_entity_client"` // processor time of the Replicate phase ÷ moving things in sight, of all clients
	BytesPerUpdate    float64 `json:"bytes_per_update"`     // all bytes of the datagrams that carry updates ÷ updates
	AllocsPerTick     float64 `json:"allocs_per_tick"`      // of the Replicate phase
	TickP50           float64 `json:"tick_p50_ms"`          // wall time of whole ticks with a snapshot
	TickP99           float64 `json:"tick_p99_ms"`
	NaiveRatio        float64 `json:"naive_ratio"` // the phase with every update made for each client anew ÷ shared, in turns in one run

	Clients        int     `json:"clients"`
	VisibleMoving  float64 `json:"visible_moving"`           // of a client, mean
	SightM         float64 `json:"sight_m"`                  // radius
	NsBest         float64 `json:"ns_best"`                  // ns_per_entity_client of the best second
	NsAcks         float64 `json:"ns_acks"`                  // of taking fates in, in the same unit; not in the above
	UsPerClient    float64 `json:"us_per_client"`            // processor time of a snapshot ÷ clients
	Updates        float64 `json:"updates_client_s"`         // of a client in a second
	RecordBytes    float64 `json:"record_bytes_client_s"`    // the datagrams with updates
	OwnBytes       float64 `json:"own_bytes_client_s"`       // status and what is predicted
	StructureBytes float64 `json:"structure_bytes_client_s"` // things that come into sight and go
	HeapMiB        float64 `json:"heap_mib"`                 // of everything: server, world, lines, real clients
	Compared       int     `json:"compared"`                 // entities of real clients, found equal in the end
}

const (
	warmUp = 15 // seconds before anything is measured
	quiet  = 3  // seconds after the world stopped
)

func measure(o options) (*Figures, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	b, err := newBench(o)
	if err != nil {
		return nil, err
	}
	if err := b.run(warmUp * tickRate); err != nil {
		return nil, err
	}
	f, err := b.measured()
	if err != nil {
		return nil, err
	}
	if f.NaiveRatio, err = b.compareNaive(); err != nil {
		return nil, err
	}
	f.Compared, err = b.verify()
	return f, err
}

// measured runs the time that is measured.
func (b *bench) measured() (*Figures, error) {
	if b.o.profile != "" {
		file, err := os.Create(b.o.profile)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		if err := pprof.StartCPUProfile(file); err != nil {
			return nil, err
		}
		defer pprof.StopCPUProfile()
	}
	runtime.GC()
	from := b.server.Counters()
	b.samples, b.ticks, b.acks, b.mallocs = b.samples[:0], b.ticks[:0], 0, 0
	b.measuring = true
	if err := b.run(b.o.seconds * tickRate); err != nil {
		return nil, err
	}
	b.measuring = false
	c := b.server.Counters().Since(from)
	all, best := sumOf(b.samples), 0.0
	for part := range slices.Chunk(b.samples, b.o.snapshots) {
		if ns := sumOf(part).ns(); best == 0 || ns < best {
			best = ns
		}
	}
	perClient := func(n uint64) float64 { return float64(n) / float64(b.o.clients*b.o.seconds) }
	slices.Sort(b.ticks)
	return &Figures{
		NsPerEntityClient: all.ns(), NsBest: best, NsAcks: float64(b.acks) / float64(all.pairs),
		BytesPerUpdate: float64(c.RecordBytes) / float64(c.Records),
		AllocsPerTick:  float64(b.mallocs) / float64(len(b.samples)),
		TickP50:        milliseconds(b.ticks[len(b.ticks)/2]), TickP99: milliseconds(b.ticks[len(b.ticks)*99/100]),
		Clients: b.o.clients, SightM: float64(b.radius),
		VisibleMoving: float64(all.pairs) / float64(len(b.samples)*b.o.clients),
		UsPerClient:   float64(all.cpu.Microseconds()) / float64(len(b.samples)*b.o.clients),
		Updates:       perClient(c.Records), RecordBytes: perClient(c.RecordBytes),
		OwnBytes: perClient(c.OwnBytes), StructureBytes: perClient(c.StructureBytes),
		HeapMiB: heap(),
	}, nil
}

// compareNaive runs snapshots with and without sharing in turns.
func (b *bench) compareNaive() (float64, error) {
	var sums [2]sample
	for i := range 2 * b.o.snapshots * min(b.o.seconds, 4) {
		b.samples, b.measuring = b.samples[:0], true
		b.server.Share(i%2 == 1)
		if err := b.run(int(b.o.interval())); err != nil {
			return 0, err
		}
		sums[i%2].add(sumOf(b.samples))
	}
	b.measuring = false
	return sums[0].ns() / sums[1].ns(), nil
}

// verify stops the world, lets everything arrive, and compares.
func (b *bench) verify() (compared int, err error) {
	b.moves.halted = true
	if err := b.run(quiet * tickRate); err != nil {
		return 0, err
	}
	if compared, err = b.compare(); err == nil && compared == 0 && b.o.viewers > 0 {
		err = fmt.Errorf("replicate: the real clients have nothing to compare")
	}
	return compared, err
}

// sample is one snapshot, or the sum of several.
type sample struct {
	cpu   time.Duration
	pairs int // moving things in sight, of all clients
}

func (s sample) ns() float64 { return float64(s.cpu) / float64(s.pairs) }

func (s *sample) add(o sample) { s.cpu, s.pairs = s.cpu+o.cpu, s.pairs+o.pairs }

func sumOf(all []sample) (sum sample) {
	for _, s := range all {
		sum.add(s)
	}
	return sum
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// heap is what is on the heap after a collection, in MiB.
func heap() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}
