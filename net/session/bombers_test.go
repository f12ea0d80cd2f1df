package session_test

import (
	"math/rand/v2"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
)

// The smallest game with everything in it: players push themselves around and
// drop bombs that live for a second.
type (
	place struct {
		X, Y float32 `net:"min=-1000,max=1000,step=0.01"`
	}
	speed struct {
		X, Y float32 `net:"min=-100,max=100,step=0.01"`
	}
	push struct {
		X, Y int8 `net:"min=-1,max=1"`
		Drop input.Press
	}
	fuse  struct{ Until uint32 }
	tally struct{ Drops uint32 }
	tag   struct {
		Name string `net:"len=32"`
	}
)

const bomb = 1

func simPlugin(app *engine.App) {
	replicate.Component[place](app, replicate.Predict(), replicate.Interpolate(replicate.Lerp))
	replicate.Component[speed](app, replicate.Predict())
	replicate.Component[fuse](app, replicate.Predict())
	replicate.Component[tally](app, replicate.Predict())
	replicate.Component[tag](app)
	predict.Event[boom](app)
	input.Command[push](app)
	app.Simulate(&pushes{}, &moves{}, &fuses{})
}

type pushes struct {
	booms  *predict.Events[boom]
	log    *boomLog
	movers ecs.Filter5[replicate.Net, push, place, speed, tally]
	bombs  *ecs.Spawner4[replicate.Net, fuse, place, speed]
	keys   *predict.Keys
}

func (s *pushes) Init(sim *ecs.Sim) {
	s.movers = ecs.Query5[replicate.Net, push, place, speed, tally](sim)
	s.bombs = ecs.NewSpawner4[replicate.Net, fuse, place, speed](sim)
	s.keys = predict.NewKeys(sim)
	s.booms, s.log = predict.EventsOf[boom](sim), ecs.Resource[boomLog](sim.World())
}

func (s *pushes) Update(t engine.Tick) {
	q := s.movers.Query()
	for q.Next() {
		n, c, p, v, a := q.Get()
		v.X += float32(float32(c.X) * 0.5)
		v.Y += float32(float32(c.Y) * 0.5)
		v.X, v.Y = float32(v.X*0.98), float32(v.Y*0.98)
		if c.Drop.Pressed() {
			a.Drops += uint32(c.Drop.New)
			s.booms.Emit(t, n.ID, boom{p.X, p.Y})
			s.log.note(t, n.ID, 0)
			r := t.Random(uint64(n.ID), bomb)
			s.bombs.Spawn(s.keys.Next(t, n.Owner, bomb), fuse{t.Number + 60}, *p, speed{v.Y + r.Range(-5, 5), v.X})
		}
	}
}

type moves struct{ all ecs.Filter2[place, speed] }

func (s *moves) Init(sim *ecs.Sim) { s.all = ecs.Query2[place, speed](sim) }
func (s *moves) Update(t engine.Tick) {
	q := s.all.Query()
	for q.Next() {
		p, v := q.Get()
		p.X += float32(v.X * t.Dt)
		p.Y += float32(v.Y * t.Dt)
	}
}

// boom is shown where a bomb ends.
type boom struct {
	X, Y float32 `net:"min=-1000,max=1000,step=0.01"`
}

// boomLog, on a server, counts the booms by their keys.
type boomLog map[predict.EventKey]int

func (l *boomLog) note(t engine.Tick, source replicate.ID, ordinal uint8) {
	if l != nil {
		(*l)[predict.EventKey{Tick: t.Number, Source: source, Ordinal: ordinal}]++
	}
}

type fuses struct {
	booms *predict.Events[boom]
	log   *boomLog
	sim   *ecs.Sim
	all   ecs.Filter3[fuse, replicate.Net, place]
}

func (s *fuses) Init(sim *ecs.Sim) {
	s.sim, s.all = sim, ecs.Query3[fuse, replicate.Net, place](sim)
	s.booms, s.log = predict.EventsOf[boom](sim), ecs.Resource[boomLog](sim.World())
}

func (s *fuses) Update(t engine.Tick) {
	q := s.all.Query()
	for q.Next() {
		if f, n, p := q.Get(); f.Until <= t.Number {
			s.sim.Despawn(q.Entity())
			s.booms.Emit(t, n.ID, boom{p.X, p.Y})
			s.booms.Emit(t, n.ID, boom{p.Y, p.X})
			s.log.note(t, n.ID, 0)
			s.log.note(t, n.ID, 1)
		}
	}
}

func serverPlugin(app *engine.App) { app.Simulate(&lobby{}) }

type lobby struct {
	sim    *ecs.Sim
	joined *ecs.Events[session.Joined]
	left   *ecs.Events[session.Left]
	bodies ecs.Map6[replicate.Net, place, speed, push, tag, tally]
	all    ecs.Filter2[replicate.Net, push]
}

func (l *lobby) Init(s *ecs.Sim) {
	l.sim = s
	l.joined, l.left = ecs.EventsOf[session.Joined](s.World()), ecs.EventsOf[session.Left](s.World())
	l.bodies = ecs.NewMap6[replicate.Net, place, speed, push, tag, tally](s)
	l.all = ecs.Query2[replicate.Net, push](s)
}

func (l *lobby) Update(engine.Tick) {
	for _, j := range l.joined.Read() {
		l.bodies.NewEntity(replicate.Net{Owner: j.Player, Mode: replicate.ByOwner}, place{X: float32(j.Player)}, speed{}, push{}, tag{j.Name}, tally{})
	}
	for _, j := range l.left.Read() {
		q := l.all.Query()
		for q.Next() {
			if n, _ := q.Get(); n.Owner == j.Player {
				l.sim.Despawn(q.Entity())
			}
		}
	}
}

var bombers = session.Game{Name: "bombers", Version: 1, Sim: simPlugin, Server: serverPlugin}

// wander returns a client plugin that plays at random, until quiet.
func wander(seed uint64, quiet *bool) engine.Plugin { return wandering(seed, quiet, new(uint32)) }

// wandering counts the bombs that were asked for.
func wandering(seed uint64, quiet *bool, drops *uint32) engine.Plugin {
	return func(app *engine.App) {
		var now push
		input.Sample(app, func(t engine.Tick) push {
			if *quiet {
				return push{}
			}
			rng := rand.New(rand.NewPCG(seed, uint64(t.Number)))
			if rng.IntN(20) == 0 {
				now = push{X: int8(rng.IntN(3) - 1), Y: int8(rng.IntN(3) - 1)}
			}
			if now.Drop = (input.Press{}); rng.IntN(30) == 0 {
				now.Drop = input.Presses(1)
				*drops++
			}
			return now
		})
	}
}
