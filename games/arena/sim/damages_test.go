package sim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
)

// blows emits damage in the simulate phase, where the game does.
type blows struct {
	due    []Damage
	events *ecs.Events[Damage]
	damage Damages
}

func (b *blows) Init(s *ecs.Sim) {
	b.events = ecs.EventsOf[Damage](s.World())
	b.damage.Init(s)
}

func (b *blows) Update(t engine.Tick) {
	for _, d := range b.due {
		b.events.Emit(d)
	}
	if len(b.due) > 0 {
		b.damage.Update(t) // those of the game have run already
	}
	b.due = b.due[:0]
}

func (b *blows) deal(target ecs.Entity, by input.PlayerID, amount float32) {
	b.due = append(b.due, Damage{Target: target, Source: by, Amount: amount})
}

func TestDamage(t *testing.T) {
	b := &blows{}
	s := newStage(t, func(app *engine.App) { app.Simulate(b) })
	ship := s.ship(1, Position{}, Velocity{}, 0)

	b.deal(ship, 2, 30)
	b.deal(ship, 0, 10)
	s.step(1)
	require.Equal(t, Hull{Points: 60, Hurt: 1, By: 2}, get[Hull](s, ship), "a rock does not take the credit of who shot just before")

	s.step(60 * CreditTime)
	set(s, ship, Hull{Points: 60, Hurt: 1, By: 2})
	b.deal(ship, 0, 10)
	s.step(1)
	require.Zero(t, get[Hull](s, ship).By, "but a wound is not the cause for ever")

	b.deal(ship, 3, 500)
	b.deal(ship, 4, 500)
	s.step(1)
	hull := get[Hull](s, ship)
	require.Zero(t, hull.Points)
	require.EqualValues(t, 3, hull.By, "the blow that finished it counts")

	set(s, ship, Hull{Points: 50, Hurt: s.app.Tick(), SafeUntil: s.app.Tick() + 2})
	b.deal(ship, 3, 20)
	s.step(1)
	require.InDelta(t, 50, get[Hull](s, ship).Points, 0, "the shield holds")
	b.deal(ship, 3, 20)
	s.step(1)
	require.InDelta(t, 30, get[Hull](s, ship).Points, 0, "until its tick")

	b.deal(ship, 3, -20)
	s.step(1)
	require.InDelta(t, 30, get[Hull](s, ship).Points, 0)
	b.deal(ecs.Entity{}, 3, 20)
	s.step(1) // nobody is hurt and nothing breaks
}

func TestHullMendsAfterAWhile(t *testing.T) {
	s := newStage(t)
	ship := s.ship(1, Position{}, Velocity{}, 0)
	rock := s.rock(LargeRock, Position{X: 500}, Velocity{})
	set(s, ship, Hull{Points: 40, Hurt: 1})
	set(s, rock, Hull{Points: 40, Hurt: 1})
	s.step(60 * RepairWait)
	require.InDelta(t, 40, get[Hull](s, ship).Points, 0)
	s.step(61)
	require.InDelta(t, 40+RepairRate, get[Hull](s, ship).Points, 0.2)
	s.step(60 * 60)
	require.InDelta(t, FullHull, get[Hull](s, ship).Points, 0)
	require.InDelta(t, 40, get[Hull](s, rock).Points, 0, "rocks do not mend")

	set(s, ship, Hull{})
	s.step(60 * 10)
	require.Zero(t, get[Hull](s, ship).Points, "a wreck does not mend")
}
