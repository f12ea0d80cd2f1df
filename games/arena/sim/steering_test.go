package sim

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/engine/detmath"
)

func TestTapTurnsFinelyAndFullTurnIsFast(t *testing.T) {
	s := newStage(t)
	ship := s.ship(1, Position{}, Velocity{}, 0)
	set(s, ship, Controls{Turn: FullTurn})
	s.step(1)
	tap := get[Heading](s, ship).Angle
	require.Positive(t, tap, "to the right is from +X to +Y")
	require.Less(t, tap, float32(1.0*math.Pi/180), "one tick of turning must not miss a ship far away")

	s.step(20)
	before := get[Heading](s, ship).Angle
	s.step(15)
	turned := detmath.WrapAngle(get[Heading](s, ship).Angle - before)
	require.InDelta(t, TurnRate/4, turned, 1e-3, "a quarter of a second at the full rate")

	set(s, ship, Controls{})
	at := get[Heading](s, ship).Angle
	s.step(1)
	require.Equal(t, at, get[Heading](s, ship).Angle, "a turn ends in the tick in which the key comes up")
}

func TestTurnIsInProportionAndBothWays(t *testing.T) {
	s := newStage(t)
	left, right := s.ship(1, Position{}, Velocity{}, 0), s.ship(2, Position{X: 500}, Velocity{}, 0)
	set(s, left, Controls{Turn: -FullTurn})
	set(s, right, Controls{Turn: 3})
	s.step(60)
	require.InDelta(t, -TurnRate, get[Ship](s, left).Spin, 1e-5)
	require.InDelta(t, TurnRate*3.0/FullTurn, get[Ship](s, right).Spin, 1e-5)

	set(s, left, Controls{Turn: FullTurn})
	s.step(1)
	require.Positive(t, get[Ship](s, left).Spin, "turning the other way needs no braking")
}

func TestHeadingStaysWithinATurn(t *testing.T) {
	s := newStage(t)
	ship := s.ship(1, Position{}, Velocity{}, 3)
	set(s, ship, Controls{Turn: FullTurn})
	for range 600 {
		s.step(1)
		require.LessOrEqual(t, math.Abs(float64(get[Heading](s, ship).Angle)), math.Pi+1e-6)
	}
}

func TestThrustReachesTopSpeedAndNoMore(t *testing.T) {
	s := newStage(t)
	ship := s.ship(1, Position{X: -Half + 100}, Velocity{}, 0)
	set(s, ship, Controls{Thrust: true})
	s.step(30)
	v := get[Velocity](s, ship)
	require.Greater(t, v.X, float32(0.6*TopSpeed), "half a second of thrust is felt")
	for range 300 {
		s.step(1)
		v = get[Velocity](s, ship)
		require.LessOrEqual(t, detmath.Length(v.X, v.Y), float32(TopSpeed+0.01))
		set(s, ship, Position{})
	}
	require.Greater(t, v.X, float32(0.97*TopSpeed))
	require.True(t, get[Ship](s, ship).Burning)
}

func TestThrustDoesNotBrakeAShipThatWasThrown(t *testing.T) {
	s := newStage(t)
	ship := s.ship(1, Position{}, Velocity{X: 900}, 0)
	set(s, ship, Controls{Thrust: true})
	s.step(1)
	require.Greater(t, get[Velocity](s, ship).X, float32(890))
	require.LessOrEqual(t, get[Velocity](s, ship).X, float32(900))
}

func TestShipCoastsAndSlowsDown(t *testing.T) {
	s := newStage(t)
	ship := s.ship(1, Position{X: -1000}, Velocity{X: 400}, 0)
	s.step(60)
	v := get[Velocity](s, ship).X
	require.InDelta(t, 400*math.Exp(-Drag), v, 2, "inertia: it keeps most of its speed for a second")
	require.False(t, get[Ship](s, ship).Burning)
	s.step(60 * 10)
	require.Less(t, get[Velocity](s, ship).X, float32(10))
}
