package session

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// RoomStats describes a room at one moment.
type RoomStats struct {
	Number   int
	Name     string
	Open     bool   // it takes players
	Players  int    // with those whose connection dropped a moment ago
	Seats    int    // players, and those on their way here
	Max      int    // players at most
	Tick     uint32 // newest tick simulated
	Ticks    uint64 // ticks run
	Dropped  uint64 // ticks lost because the machine was too slow
	Entities int    // networked entities
	BytesOut uint64 // sent to its players
	Missed   uint64 // packets that found the room's ring full: it was too slow to take them
	Stray    uint64 // messages that came for a room that their sender had left

	// Of [Server.Run]; 0 where the server is stepped.
	TickP50, TickP99, TickMax time.Duration // what ticks took, to three percent
}

// counts is what a room publishes for other goroutines.
type counts struct {
	players, entities atomic.Int64
	tick              atomic.Uint32
	ticks, dropped    atomic.Uint64
	out, stray        atomic.Uint64
	times             histogram
}

// publish brings the counts up to date, after a tick: what takes some work once
// a second.
func (r *Room) publish() {
	c := &r.counts
	c.players.Store(int64(len(r.players)))
	c.entities.Store(int64(r.replicas.Entities()))
	c.tick.Store(r.app.Tick())
	c.ticks.Store(r.loop.Stats().Ticks)
	c.dropped.Store(r.loop.Stats().Dropped)
	if r.app.Tick()%uint32(r.game.TickRate) == 0 || r.ended {
		r.sum()
	}
}

func (r *Room) sum() {
	out, stray := r.bytesLeft, r.strays
	for _, p := range r.players {
		if p.peer != nil {
			out += p.line.conn.Stats().BytesOut - p.base
			stray += p.line.stray
		}
	}
	r.counts.out.Store(out)
	r.counts.stray.Store(stray)
}

// Players is the number of players in the room, with those whose connection
// dropped a moment ago. Any goroutine may ask.
func (r *Room) Players() int { return int(r.counts.players.Load()) }

// ForgetTimes begins to measure anew what ticks take. Any goroutine may call it.
func (r *Room) ForgetTimes() { r.counts.times.reset() }

// Stats describes the room. Any goroutine may ask.
func (r *Room) Stats() RoomStats {
	c := &r.counts
	s := RoomStats{
		Number: r.number, Name: r.name, Open: r.phase.Load() == roomOpen,
		Players: int(c.players.Load()), Seats: int(r.seats.Load()), Max: r.max,
		Tick: c.tick.Load(), Ticks: c.ticks.Load(), Dropped: c.dropped.Load(),
		Entities: int(c.entities.Load()), BytesOut: c.out.Load(), Stray: c.stray.Load(),
		TickP50: c.times.quantile(0.5), TickP99: c.times.quantile(0.99), TickMax: c.times.quantile(1),
	}
	if g := r.ring.Load(); g != nil {
		s.Missed = g.Dropped()
	}
	return s
}

// histogram counts durations in parts of octaves: to three percent. One goroutine
// notes, any may read. The zero value is empty.
type histogram struct {
	counts [64 * octaveParts]atomic.Uint32
}

const (
	octaveBits  = 5
	octaveParts = 1 << octaveBits
)

func (h *histogram) note(d time.Duration) {
	h.counts[bucketOf(uint64(max(d, octaveParts)))].Add(1)
}

// bucketOf is the place of a number of octaveParts or more: its octave and the bits
// after the highest.
func bucketOf(n uint64) int {
	octave := bits.Len64(n) - 1
	return octave*octaveParts + int(n>>(octave-octaveBits)&(octaveParts-1))
}

// reset forgets all durations.
func (h *histogram) reset() {
	for i := range h.counts {
		h.counts[i].Store(0)
	}
}

// quantile is the upper end of the bucket below which a share of all durations
// lies; 0 without any.
func (h *histogram) quantile(share float64) time.Duration {
	all := uint64(0)
	for i := range h.counts {
		all += uint64(h.counts[i].Load())
	}
	if all == 0 {
		return 0
	}
	rank, seen := uint64(share*float64(all-1)), uint64(0)
	for i := range h.counts {
		if seen += uint64(h.counts[i].Load()); seen > rank {
			return time.Duration(uint64(octaveParts+i%octaveParts+1) << (i/octaveParts - octaveBits))
		}
	}
	return 0
}
