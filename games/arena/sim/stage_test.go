package sim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
)

// stage is an arena without server: what a test puts there and nothing else.
type stage struct {
	t       testing.TB
	app     *engine.App
	next    replicate.ID
	frame   ecs.Map6[replicate.Net, Position, Velocity, Heading, Body, Ship]
	parts   ecs.Map3[Hull, Gun, Controls]
	rocks   ecs.Map6[replicate.Net, Rock, Hull, Body, Position, Velocity]
	bullets ecs.Filter4[replicate.Net, Bullet, Position, Velocity]
	damage  *ecs.Events[Damage]
}

func newStage(t testing.TB, plugins ...engine.Plugin) *stage {
	t.Helper()
	app := engine.New(engine.Config{})
	app.Add(Plugin)
	app.Add(plugins...)
	require.NoError(t, app.Start())
	s := app.Sim()
	return &stage{
		t: t, app: app,
		frame:   ecs.NewMap6[replicate.Net, Position, Velocity, Heading, Body, Ship](s),
		parts:   ecs.NewMap3[Hull, Gun, Controls](s),
		rocks:   ecs.NewMap6[replicate.Net, Rock, Hull, Body, Position, Velocity](s),
		bullets: ecs.Query4[replicate.Net, Bullet, Position, Velocity](s),
		damage:  ecs.EventsOf[Damage](app.World()),
	}
}

// ship puts a ship there, fresh and unshielded.
func (s *stage) ship(pilot input.PlayerID, p Position, v Velocity, angle float32) ecs.Entity {
	s.next++
	e := s.frame.NewEntity(replicate.Net{ID: s.next, Owner: pilot, Mode: replicate.ByOwner}, p, v, Heading{angle},
		Body{Radius: ShipRadius, Mass: ShipMass, Bounce: ShipBounce}, Ship{Pilot: pilot})
	s.parts.Add(e, Hull{Points: FullHull}, Gun{Energy: FullEnergy}, Controls{})
	return e
}

func (s *stage) rock(size RockSize, p Position, v Velocity) ecs.Entity {
	s.next++
	kind := Rocks[size]
	return s.rocks.NewEntity(replicate.Net{ID: s.next}, Rock{Size: size}, Hull{Points: kind.Hull},
		Body{Radius: kind.Radius, Mass: kind.Mass, Bounce: 1}, p, v)
}

func (s *stage) step(ticks int) {
	s.t.Helper()
	for range ticks {
		require.NoError(s.t, s.app.Step())
	}
}

// get reads a component of any entity, also outside the scope.
func get[T any](s *stage, e ecs.Entity) T {
	s.t.Helper()
	m := ecs.NewReadMap1[T](s.app.Sim().All())
	v, ok := m.Get(e)
	require.True(s.t, ok, "%v has no %T", e, v)
	return v
}

// set writes a component of any entity.
func set[T any](s *stage, e ecs.Entity, v T) {
	s.t.Helper()
	p := (*T)(s.app.World().Pointer(e, ecs.ComponentID[T](s.app.World())))
	require.NotNil(s.t, p)
	*p = v
}

// flying returns the bullets in the scope.
func (s *stage) flying() (bullets []Bullet, at []Position, v []Velocity) {
	q := s.bullets.Query()
	for q.Next() {
		_, b, p, w := q.Get()
		bullets, at, v = append(bullets, *b), append(at, *p), append(v, *w)
	}
	return bullets, at, v
}
