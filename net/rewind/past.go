package rewind

import (
	"fmt"
	"math"
	"time"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
)

// DefaultMax is how far a view reaches back if [Config] does not say: 150 ms of
// round trip, a margin and 100 ms of interpolation are 275 ms already.
const DefaultMax = 400 * time.Millisecond

// Config configures [Record].
type Config struct {
	// World is where things usually are; required. What lies outside is found
	// too, only more slowly.
	World physics.Box
	// Cell is the width of the grid's cells in units: about that of the common
	// shapes and the way that they go between two snapshots; required.
	Cell float32
	// Max is how far a view reaches back at most. 0: DefaultMax.
	Max time.Duration
}

// Source says what can be hit. It may be an [engine.Initer]. On a client it
// reads interpolated entities too, through [ecs.Sim.All].
type Source interface {
	Shapes(r *Recorder)
}

// side is what this process records for.
type side uint8

const (
	alone   side = iota // everybody sees the present
	serving             // clients see the past
	showing             // this client sees what it shows
)

const (
	// replayTicks is how many ticks a client keeps: those that a rollback can
	// run again.
	replayTicks = 128
	// grids is how many moments are indexed at the same time.
	grids = 16
	// stillIntervals is the pause, in snapshots, after which a client takes a
	// value to have stood still: as in package replicate.
	stillIntervals = 4
)

// Past is the recorded past of one world: a resource. Its memory is bounded by
// [Config.Max] times the shapes of a moment.
type Past struct {
	app      *engine.App
	world    *ecs.World
	net      ecs.ID // of replicate.Net
	source   Source
	config   Config
	side     side
	interval uint32 // ticks between snapshots
	local    input.PlayerID
	reach    float64 // Config.Max in ticks

	ring     []frame // servers: of snapshots; clients: of ticks
	newest   *frame  // of the ring
	present  frame   // the beginning of the tick, or the newest tick
	recorder Recorder
	stamp    uint64

	sights []sight // by player
	spans  [grids]span
	now    span // of present
	near   []int32
}

// Record keeps what a source can see of the world, and makes the [Past] a
// resource. Plugins that both sides share call it, before the systems that use
// it.
func Record(app *engine.App, cfg Config, source Source) *Past {
	if cfg.Max == 0 {
		cfg.Max = DefaultMax
	}
	if cfg.Max < 0 || cfg.Max > 5*time.Second {
		panic(fmt.Sprintf("rewind: Config.Max is %v: choose 0 to 5 s", cfg.Max))
	}
	if ecs.Resource[Past](app.World()) != nil {
		panic("rewind: Record twice: let one source add all shapes")
	}
	p := &Past{app: app, world: app.World(), net: ecs.ComponentID[replicate.Net](app.World()), source: source, config: cfg, interval: 1}
	p.reach = cfg.Max.Seconds() * float64(app.TickRate())
	physics.NewGrid(cfg.World, cfg.Cell) // panics here rather than at the first shot
	ecs.SetResource(app.World(), p)
	app.Input(&begin{p})
	app.Replicate(&end{p})
	return p
}

// Of returns the world's past, nil if nothing is recorded.
func Of(w *ecs.World) *Past { return ecs.Resource[Past](w) }

// Serve makes the past that of a server that sends a snapshot at every tick
// that interval divides. Sessions call it.
func (p *Past) Serve(interval uint32) {
	p.side, p.interval = serving, max(interval, 1)
	// The moment asked for may lie just before a snapshot, which is then
	// needed too, and so is the one after the newest of a full reach.
	p.ring = make([]frame, int(math.Ceil(p.reach/float64(p.interval)))+3)
}

// Show makes the past that of a client, and forgets what it has recorded.
// Sessions call it, and again when the player is known or another world begins.
func (p *Past) Show(player input.PlayerID) {
	p.side, p.local, p.newest = showing, player, nil
	if p.ring == nil {
		p.ring = make([]frame, replayTicks)
	}
	for i := range p.ring {
		p.ring[i].reset(0)
		p.ring[i].valid = false
	}
}

// begin records what a client shows in the tick, or, without a session, the
// present.
type begin struct{ past *Past }

// Init implements engine.Initer.
func (b *begin) Init(s *ecs.Sim) {
	if in, ok := b.past.source.(engine.Initer); ok {
		in.Init(s)
	}
}

// Update implements engine.System.
func (b *begin) Update(t engine.Tick) {
	p := b.past
	switch p.side {
	case alone:
		p.take(&p.present, t.Number, nil)
	case showing:
		f := &p.ring[t.Number%replayTicks]
		p.take(f, t.Number, nil)
		p.newest = f
	}
}

// end records what a tick has left.
type end struct{ past *Past }

// Update implements engine.System.
func (e *end) Update(t engine.Tick) {
	p := e.past
	if p.side != serving {
		return
	}
	p.take(&p.present, t.Number, nil)
	if t.Number%p.interval != 0 {
		return
	}
	before := p.at(t.Number - p.interval)
	f := p.slot(t.Number)
	f.reset(t.Number)
	for i := range p.present.shapes {
		if p.present.shapes[i].Net.ID != 0 {
			f.shapes = append(f.shapes, p.present.shapes[i])
		}
	}
	p.finish(f, before)
	p.newest = f
}

// take records this moment into f.
func (p *Past) take(f *frame, tick uint32, before *frame) {
	f.reset(tick)
	p.recorder = Recorder{past: p, frame: f}
	p.source.Shapes(&p.recorder)
	p.finish(f, before)
}

// finish completes a frame and gives it a stamp that no other has had.
func (p *Past) finish(f, before *frame) {
	f.finish(before)
	p.stamp++
	f.stamp = p.stamp
}

// slot is where the ring keeps the frame of a snapshot's tick.
func (p *Past) slot(tick uint32) *frame {
	return &p.ring[tick/p.interval%uint32(len(p.ring))]
}

// at is the frame of a snapshot's tick, nil if it is not there.
func (p *Past) at(tick uint32) *frame {
	if f := p.slot(tick); f.valid && f.tick == tick {
		return f
	}
	return nil
}
