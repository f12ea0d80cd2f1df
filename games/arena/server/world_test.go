package server

import (
	"fmt"
	"hash"
	"hash/fnv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
)

// world is a server's arena without a network.
type world struct {
	t      testing.TB
	app    *engine.App
	sim    *ecs.Sim
	door   *door
	pilots ecs.Filter1[sim.Pilot]
	ships  ecs.Filter4[sim.Ship, sim.Position, sim.Hull, sim.Controls]
	rocks  ecs.Filter4[sim.Rock, sim.Position, sim.Hull, sim.Velocity]
}

// door lets players in and out as the session does, before the input phase.
type door struct {
	joined, left []input.PlayerID
	in           *ecs.Events[session.Joined]
	out          *ecs.Events[session.Left]
}

func (d *door) Init(s *ecs.Sim) {
	d.in = ecs.EventsOf[session.Joined](s.World())
	d.out = ecs.EventsOf[session.Left](s.World())
}

func (d *door) Update(engine.Tick) {
	for _, id := range d.joined {
		d.in.Emit(session.Joined{Player: id, Name: fmt.Sprint("player ", id)})
	}
	for _, id := range d.left {
		d.out.Emit(session.Left{Player: id})
	}
	d.joined, d.left = nil, nil
}

func newWorld(t testing.TB, seed uint64, rules Rules, plugins ...engine.Plugin) *world {
	t.Helper()
	app := engine.New(engine.Config{Seed: seed})
	w := &world{t: t, app: app, sim: app.Sim(), door: &door{}}
	app.Receive(w.door)
	app.Add(sim.Plugin, With(rules))
	app.Add(plugins...)
	require.NoError(t, app.Start())
	w.pilots = ecs.Query1[sim.Pilot](w.sim)
	w.ships = ecs.Query4[sim.Ship, sim.Position, sim.Hull, sim.Controls](w.sim)
	w.rocks = ecs.Query4[sim.Rock, sim.Position, sim.Hull, sim.Velocity](w.sim)
	return w
}

func (w *world) step(ticks int) {
	w.t.Helper()
	for range ticks {
		require.NoError(w.t, w.app.Step())
	}
}

// rock puts a rock into the right half of the arena, drifting to the right.
func (w *world) rock(size sim.RockSize, hull sim.Hull) {
	rocks := ecs.NewMap6[replicate.Net, sim.Rock, sim.Hull, sim.Body, sim.Position, sim.Velocity](w.sim)
	kind := sim.Rocks[size]
	rocks.NewEntity(replicate.Net{}, sim.Rock{Size: size}, hull,
		sim.Body{Radius: kind.Radius, Mass: kind.Mass, Bounce: 1}, sim.Position{X: 1500}, sim.Velocity{X: 45})
}

// ship finds a pilot's ship.
func (w *world) ship(id input.PlayerID) (e ecs.Entity, ok bool) {
	q := w.ships.Query()
	for q.Next() {
		if ship, _, _, _ := q.Get(); ship.Pilot == id {
			e, ok = q.Entity(), true
		}
	}
	return e, ok
}

// pilot finds a line of the scoreboard.
func (w *world) pilot(id input.PlayerID) (p sim.Pilot, ok bool) {
	q := w.pilots.Query()
	for q.Next() {
		if q.Get().ID == id {
			p, ok = *q.Get(), true
		}
	}
	return p, ok
}

// at returns an entity's component to be read or changed.
func at[T any](w *world, e ecs.Entity) *T {
	w.t.Helper()
	p := (*T)(w.app.World().Pointer(e, ecs.ComponentID[T](w.app.World())))
	require.NotNil(w.t, p)
	return p
}

// fingerprint is a hash of everything that is in the world.
func (w *world) fingerprint() uint64 {
	h := fnv.New64a()
	print1[replicate.Net](w, h)
	print1[sim.Position](w, h)
	print1[sim.Velocity](w, h)
	print1[sim.Heading](w, h)
	print1[sim.Body](w, h)
	print1[sim.Ship](w, h)
	print1[sim.Hull](w, h)
	print1[sim.Gun](w, h)
	print1[sim.Controls](w, h)
	print1[sim.Bullet](w, h)
	print1[sim.Rock](w, h)
	print1[sim.Crate](w, h)
	print1[sim.Pilot](w, h)
	print1[sim.Match](w, h)
	return h.Sum64()
}

func print1[T any](w *world, h hash.Hash64) {
	f := ecs.Query1[T](w.sim)
	q := f.Query()
	for q.Next() {
		fmt.Fprintf(h, "%d %v\n", q.Entity().ID(), *q.Get()) // the shortest text of a float is its own and no other's
	}
}
