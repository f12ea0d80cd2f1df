package rollback

import (
	"time"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/net/channel"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/rewind"
)

// scene is a server and one client of an arena full of things that all clients
// predict. They are stepped by hand; what the server sends arrives at once.
type scene struct {
	server, client *engine.App
	predictor      *predict.Predictor
	replicas       *replicate.Client
	line           *line
	depth          uint32
	timed          timed
	began          time.Time // the systems of the tick in progress
	confirmed      uint64    // snapshots
	victims        ecs.Filter2[replicate.Net, sim.Velocity]
}

// timed is what a round took, without its parts that are not of interest.
type timed struct {
	rollback, confirm, present time.Duration
	systems, save              time.Duration // of all ticks of the round
	replayed                   time.Duration // systems within the rollback
	allocs                     uint64        // of the rollback
}

// phase is a system made of a function.
type phase func(engine.Tick)

func (f phase) Update(t engine.Tick) { f(t) }

// line carries the server's messages to the client.
type line struct {
	to   *replicate.Client
	took time.Duration // to read values
	err  error
}

func (l *line) Send(ch uint8, p []byte, _ channel.SendOptions) error {
	if l.err != nil {
		return nil
	}
	if ch == channels.Structure {
		l.err = l.to.Structure(p)
		return nil
	}
	start := time.Now()
	l.err = l.to.Values(p)
	l.took += time.Since(start)
	return nil
}

var channels = replicate.Channels{Structure: 0, Values: 1}

// me is the number of the client's player. It steers nothing.
const me = 1

func newScene(entities int, depth uint32) (*scene, error) {
	s := &scene{server: engine.New(engine.Config{}), client: engine.New(engine.Config{}), depth: depth, line: &line{}}
	s.server.Add(sim.Plugin)
	replication := replicate.NewServer(s.server, replicate.ServerConfig{Interval: depth, Channels: channels})
	rewind.Of(s.server.World()).Serve(depth)
	replication.Add(me, s.line)
	s.server.Replicate(replication)
	if err := s.server.Start(); err != nil {
		return nil, err
	}
	fill(s.server.Sim(), entities)

	predict.Limit(s.client)
	s.client.Receive(phase(s.reconcile))
	s.client.Simulate(phase(func(engine.Tick) { s.began = time.Now() }))
	s.client.Add(sim.Plugin)
	s.client.Simulate(phase(s.end))
	s.predictor = predict.New(s.client)
	s.predictor.SetPlayer(me)
	s.replicas = replicate.NewClient(s.client, replicate.ClientConfig{Predictor: s.predictor, TickRate: 60, Interval: depth})
	s.replicas.SetPlayer(me, 0)
	rewind.Of(s.client.World()).Show(me)
	s.client.Present(s)
	s.client.Replicate(phase(s.save))
	s.line.to = s.replicas
	s.victims = ecs.Query2[replicate.Net, sim.Velocity](s.client.Sim())
	return s, s.begin()
}

// begin lets the client learn of everything, and run ahead.
func (s *scene) begin() error {
	for range s.depth {
		if err := s.server.Step(); err != nil {
			return err
		}
	}
	s.client.SetTick(s.server.Tick() + 1) // so that a snapshot finds it depth ticks ahead
	for range s.depth {
		if err := s.client.Step(); err != nil {
			return err
		}
	}
	s.predictor.Invalidate() // of its first ticks it knows nothing
	return s.line.err
}

// round plays until the next snapshot arrives, and lets the client answer it.
func (s *scene) round() error {
	s.line.took = 0
	for range s.depth {
		if err := s.server.Step(); err != nil {
			return err
		}
		if err := s.client.Step(); err != nil {
			return err
		}
	}
	if s.line.err != nil {
		return s.line.err
	}
	s.timed.confirm = s.line.took
	return s.client.Render(engine.Frame{Dt: 1.0 / 60, Alpha: 0.5})
}

// save is the client's Replicate phase.
func (s *scene) save(t engine.Tick) {
	start := time.Now()
	s.predictor.Save(t)
	s.timed.save += time.Since(start)
}

// reconcile is the client's Receive phase. The snapshot was read when the server
// sent it.
func (s *scene) reconcile(t engine.Tick) {
	before, start := mallocs(), time.Now()
	s.predictor.Reconcile(t)
	took, after := time.Since(start), mallocs()
	if n := s.predictor.Stats().Confirmed; n > s.confirmed {
		s.confirmed, s.timed.rollback, s.timed.allocs = n, took, after-before
	}
}

// end comes after the systems of a tick, and makes the client wrong about the
// last entity.
func (s *scene) end(t engine.Tick) {
	if d := time.Since(s.began); t.Replay {
		s.timed.replayed += d
	} else {
		s.timed.systems += d
	}
	q := s.victims.Query()
	last, v := replicate.ID(0), (*sim.Velocity)(nil)
	for q.Next() {
		if n, w := q.Get(); n.ID > last {
			last, v = n.ID, w
		}
	}
	if v != nil {
		v.X++
	}
}

// Present implements engine.Presenter.
func (s *scene) Present(f engine.Frame) {
	start := time.Now()
	s.predictor.Present(f)
	s.timed.present = time.Since(start)
}

// components is how many values a frame keeps.
func (s *scene) components() int {
	n, w, table := 0, s.client.World(), s.replicas.Table()
	q := s.victims.Query()
	for q.Next() {
		for _, typ := range table.Types {
			if typ.Predict && w.Has(q.Entity(), typ.Component.ID) {
				n++
			}
		}
	}
	return n
}

// ships is how many of the entities are ships: one in so many.
const ships = 10

// fill puts ships and small rocks into the arena, at rest enough to stay apart
// for the most part.
func fill(s *ecs.Sim, entities int) {
	bodies := ecs.NewMap4[replicate.Net, sim.Position, sim.Velocity, sim.Body](s)
	rocks := ecs.NewMap2[sim.Rock, sim.Hull](s)
	crews := ecs.NewMap5[sim.Heading, sim.Ship, sim.Hull, sim.Gun, sim.Controls](s)
	side := 1
	for side*side < entities {
		side++
	}
	r := engine.NewRandom(1)
	for i := range entities {
		at := sim.Position{X: place(i%side, side), Y: place(i/side, side)}
		drift := sim.Velocity{X: r.Range(-20, 20), Y: r.Range(-20, 20)}
		if i%ships == 0 {
			e := bodies.NewEntity(replicate.Net{Mode: replicate.ByAll}, at, drift, sim.Body{Radius: sim.ShipRadius, Mass: sim.ShipMass, Bounce: sim.ShipBounce})
			crews.Add(e, sim.Heading{}, sim.Ship{Pilot: sim.FirstBot}, sim.Hull{Points: sim.FullHull}, sim.Gun{}, sim.Controls{})
			continue
		}
		kind := sim.Rocks[sim.SmallRock]
		e := bodies.NewEntity(replicate.Net{Mode: replicate.ByAll}, at, drift, sim.Body{Radius: kind.Radius, Mass: kind.Mass, Bounce: 1})
		rocks.Add(e, sim.Rock{}, sim.Hull{Points: kind.Hull})
	}
}

// place is the i-th of n places along a side of the arena.
func place(i, n int) float32 {
	return sim.Side*(float32(i)+0.5)/float32(n) - sim.Half
}
