package load

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/tools/bench/internal/meter"
)

// Figures is what one run measures.
type Figures struct {
	ServerCPU float64 `json:"server_cpu_s_per_client_minute"` // of the whole process
	Down      float64 `json:"down_bytes_per_client_s"`        // UDP payload
	Up        float64 `json:"up_bytes_per_client_s"`
	TickP50   float64 `json:"tick_p50_ms"` // of the server, to three percent
	TickP99   float64 `json:"tick_p99_ms"`
	RTTP50    float64 `json:"rtt_p50_ms"` // smoothed, of all clients once a second; with waiting for the frame, 8 ms in the mean
	RTTP99    float64 `json:"rtt_p99_ms"`
	RSS       float64 `json:"rss_mib"` // of the server, the most it had
	Dropped   int     `json:"dropped"` // clients

	Clients      int     `json:"clients"`
	SnapshotsMin float64 `json:"snapshots_s_min"` // of the client with the fewest
	SnapshotsP50 float64 `json:"snapshots_s_p50"`
	LongestS     float64 `json:"longest_wait_s"` // for a snapshot, of any client
	LateShare    float64 `json:"late_share"`     // of ticks for which the server had no command
	TicksDropped uint64  `json:"ticks_dropped"`  // by the server
	TickMax      float64 `json:"tick_max_ms"`
	ServerCores  float64 `json:"server_cores"` // processor time ÷ time
	ClientCores  float64 `json:"client_cores"` // of all clients together
	Allocations  float64 `json:"allocs_tick"`  // of the whole server process
	Missed       uint64  `json:"missed"`       // packets for which the server had no room
	Entities     int     `json:"entities"`     // on the server
	Compared     int     `json:"compared"`     // entities of whole clients, found equal
	SightM       float64 `json:"sight_m"`      // radius
}

const (
	settle = 3 * time.Second // after everybody has joined
	quiet  = 3 * time.Second // after the world stopped
)

// enough is the share of the snapshots a second that every client must be told.
const enough = 0.9

func measure(ctx context.Context, o options, s *remote) (f *Figures, err error) {
	c, err := newClients(o, s)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.leave()) }()
	if err := c.join(); err != nil {
		return nil, err
	}
	c.run(settle)
	if f, err = c.measured(ctx, s); err != nil {
		return nil, err
	}
	if f.starved(o) || f.Dropped > 0 {
		return f, nil // nothing settles where nobody is served
	}
	f.Compared, err = c.verify(s)
	return f, err
}

// measured is the time that counts.
func (c *clients) measured(ctx context.Context, s *remote) (*Figures, error) {
	late, in, out := uint32(0), uint64(0), uint64(0)
	for _, x := range c.extras {
		n := x.Stats()
		late, in, out = late-n.Late, in-n.BytesIn, out-n.BytesOut
		x.Restart()
	}
	if err := s.ask("begin", &struct{}{}); err != nil {
		return nil, err
	}
	began, cpu := c.clock.Now(), meter.Usage()
	var rtts []float64
	for range c.o.seconds {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c.run(time.Second)
		for _, x := range c.extras {
			rtts = append(rtts, x.Stats().RTT.Seconds()*1000)
		}
	}
	var r report
	if err := s.ask("end", &r); err != nil {
		return nil, err
	}
	passed := (c.clock.Now() - began).Seconds()
	clientCPU := (meter.Usage() - cpu).Seconds()
	f := &Figures{Clients: len(c.all), Dropped: len(c.all) - c.playing(), SightM: float64(sight(c.o))}
	var rates []float64
	for _, x := range c.extras {
		n := x.Stats()
		late, in, out = late+n.Late, in+n.BytesIn, out+n.BytesOut
		rates = append(rates, float64(n.Snapshots)/passed)
		f.LongestS = max(f.LongestS, n.LongestS)
	}
	f.take(r, passed, clientCPU)
	f.Down, f.Up = float64(in)/passed/float64(len(c.extras)), float64(out)/passed/float64(len(c.extras))
	f.LateShare = float64(late) / float64(r.Ticks) / float64(len(c.extras))
	f.RTTP50, f.RTTP99 = percentile(rtts, 50), percentile(rtts, 99)
	f.SnapshotsMin, f.SnapshotsP50 = percentile(rates, 0), percentile(rates, 50)
	return f, nil
}

// take takes over what the server says of itself.
func (f *Figures) take(r report, passed, clientCPU float64) {
	f.ServerCPU = r.CPU / passed * 60 / float64(f.Clients)
	f.TickP50, f.TickP99, f.TickMax, f.RSS = r.TickP50, r.TickP99, r.TickMax, r.RSS
	f.TicksDropped, f.Missed, f.Entities = r.Dropped, r.Missed, r.Entities
	f.ServerCores, f.ClientCores = r.CPU/passed, clientCPU/passed
	f.Allocations = float64(r.Objects) / float64(max(r.Ticks, 1))
}

// verify stops the world, lets everything arrive, and compares.
func (c *clients) verify(s *remote) (int, error) {
	c.letGo.Store(true)
	c.run(time.Second)
	if err := s.ask("halt", &struct{}{}); err != nil {
		return 0, err
	}
	c.run(quiet)
	world := map[replicate.ID]string{}
	if err := s.ask("world", &world); err != nil {
		return 0, err
	}
	return c.compare(world)
}

// wrong says what a run shows that must not be.
func (f *Figures) wrong(o options) error {
	switch {
	case f.Dropped > 0:
		return fmt.Errorf("load: %d of %d clients were dropped", f.Dropped, f.Clients)
	case f.starved(o):
		return fmt.Errorf("load: a client was told of %.1f snapshots a second, %d were to be", f.SnapshotsMin, o.snapshots)
	case f.Compared == 0 && o.whole > 0:
		return errors.New("load: the whole clients have nothing to compare")
	}
	return nil
}

// starved reports whether a client was not told of enough snapshots.
func (f *Figures) starved(o options) bool {
	return f.Clients > o.whole && f.SnapshotsMin < enough*float64(o.snapshots)
}

// percentile sorts and takes one; 0 of nothing.
func percentile(all []float64, p int) float64 {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[(len(all)-1)*p/100]
}
