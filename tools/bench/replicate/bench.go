package replicate

import (
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/tools/bench/internal/meter"
)

// bench is a server's app with its clients' lines, in virtual time.
type bench struct {
	o        options
	app      *engine.App
	moves    *movement
	server   *replicate.Server
	interest *replicate.Interest
	places   ecs.Map1[Position]
	movers   []ecs.Entity
	at       []Position // of the movers
	lines    []*line
	peers    []*replicate.Peer
	radius   float32

	measuring bool
	samples   []sample        // a snapshot
	ticks     []time.Duration // wall time of ticks with a snapshot
	aside     time.Duration   // wall time of the tick that went into measuring
	acks      time.Duration   // processor time
	mallocs   uint64
	memory    runtime.MemStats
}

func newBench(o options) (*bench, error) {
	app := engine.New(engine.Config{TickRate: tickRate, Seed: o.seed})
	app.Add(plugin)
	b := &bench{o: o, app: app, moves: newMovement(app, o.seed), places: ecs.NewMap1[Position](app.Sim())}
	app.Simulate(b.moves)
	b.movers = populate(app, o)
	b.at = make([]Position, len(b.movers))
	b.look()
	b.radius = sightOf(b.at, o)
	limitSight(app, b.radius)
	b.interest = replicate.InterestOf(app.World())
	b.server = replicate.NewServer(app, replicate.ServerConfig{
		Interval: o.interval(), Pieces: o.pieces,
		Channels: replicate.Channels{Structure: structureChannel, Values: valuesChannel},
	})
	app.Replicate(b)
	rng := rand.New(rand.NewPCG(o.seed, 3))
	for i := range o.clients {
		l := &line{rng: rand.New(rand.NewPCG(o.seed, uint64(4+i)))}
		l.rtt = uint32((0.020 + 0.130*rng.Float64()) * tickRate)
		if i < o.viewers {
			v, err := newViewer(input.PlayerID(i+1), o)
			if err != nil {
				return nil, err
			}
			l.viewer = v
		}
		b.lines, b.peers = append(b.lines, l), append(b.peers, b.server.Add(input.PlayerID(i+1), l))
	}
	return b, app.Start()
}

// eye is the mover from which a client looks.
func (b *bench) eye(client int) Position { return b.at[client%len(b.at)] }

// look reads where the movers are.
func (b *bench) look() {
	for i, e := range b.movers {
		b.at[i] = *b.places.Get(e)
	}
}

// pairs counts the movers in sight of all clients.
func (b *bench) pairs() (n int) {
	reach := b.radius * b.radius
	for i := range b.o.clients {
		at := b.eye(i)
		for _, p := range b.at {
			if dx, dy := p.X-at.X, p.Y-at.Y; dx*dx+dy*dy <= reach {
				n++
			}
		}
	}
	return n
}

// run steps the world, the lines and the real clients.
func (b *bench) run(ticks int) error {
	for range ticks {
		tick := b.app.Tick() + 1
		b.look()
		for i, l := range b.lines {
			l.now = tick
			p := b.eye(i)
			b.interest.Look(input.PlayerID(i+1), p.X, p.Y, b.radius)
		}
		acks := meter.Thread()
		for i, l := range b.lines {
			l.report(b.peers[i])
		}
		if b.measuring {
			b.acks += meter.Thread() - acks
		}
		b.aside = 0
		begun := time.Now()
		if err := b.app.Step(); err != nil {
			return err
		}
		if b.measuring && tick%b.o.interval() == 0 {
			b.ticks = append(b.ticks, time.Since(begun)-b.aside)
		}
		for _, l := range b.lines[:b.o.viewers] {
			if err := l.deliver(); err != nil {
				return err
			}
			if err := l.viewer.step(tick); err != nil {
				return err
			}
		}
	}
	return nil
}

// Update is the Replicate phase.
func (b *bench) Update(t engine.Tick) {
	if !b.measuring || t.Number%b.o.interval() != 0 {
		b.server.Update(t)
		return
	}
	wall := time.Now()
	runtime.ReadMemStats(&b.memory)
	before := b.memory.Mallocs
	begun, beganAt := meter.Thread(), time.Now()
	b.server.Update(t)
	cpu, took := meter.Thread()-begun, time.Since(beganAt)
	runtime.ReadMemStats(&b.memory)
	b.mallocs += b.memory.Mallocs - before
	b.look()
	b.samples = append(b.samples, sample{cpu: cpu, pairs: b.pairs()})
	b.aside = time.Since(wall) - took
}

// compare compares what the real clients have with what the server has.
func (b *bench) compare() (compared int, err error) {
	world := replicate.Describe(b.app)
	for i, l := range b.lines[:b.o.viewers] {
		at := b.eye(i)
		n, err := l.viewer.check(world, sightings(b.app, at.X, at.Y, b.radius))
		if err != nil {
			return 0, err
		}
		compared += n
	}
	return compared, nil
}
