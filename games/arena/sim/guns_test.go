package sim

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
)

func TestShotLeavesTheBowWithTheShipsSpeed(t *testing.T) {
	s := newStage(t)
	ship := s.ship(1, Position{X: 100, Y: 50}, Velocity{Y: 60}, 0)
	set(s, ship, Controls{Fire: true})
	s.step(1)
	bullets, at, v := s.flying()
	require.Len(t, bullets, 1)
	require.Equal(t, Bullet{Pilot: 1, Dies: 1 + 63}, bullets[0])
	drift := float32(60 * (1 - Drag/60))
	require.InDelta(t, BulletSpeed, v[0].X, 1e-3)
	require.InDelta(t, drift, v[0].Y, 1e-3)
	require.InDelta(t, 100+ShipRadius+BulletSpeed/60, at[0].X, 1e-3, "it moves in the tick in which it is fired")
	require.InDelta(t, -Recoil, get[Velocity](s, ship).X, 1e-3)
}

func TestRateOfFire(t *testing.T) {
	s := newStage(t)
	ship := s.ship(1, Position{}, Velocity{}, 0)
	set(s, ship, Controls{Fire: true})
	shots := map[uint32]bool{}
	for range 600 {
		s.step(1)
		set(s, ship, Position{})
		bullets, _, _ := s.flying()
		for _, b := range bullets {
			shots[b.Dies] = true
		}
		energy := get[Gun](s, ship).Energy
		require.GreaterOrEqual(t, energy, float32(0))
		require.LessOrEqual(t, energy, float32(FullEnergy))
	}
	const possible = (FullEnergy + 10*EnergyRate) / ShotEnergy
	require.InDelta(t, possible, len(shots), 2, "energy limits a long burst")

	s = newStage(t)
	ship = s.ship(1, Position{}, Velocity{}, 0)
	set(s, ship, Controls{Fire: true})
	s.step(30)
	bullets, _, _ := s.flying()
	require.Len(t, bullets, 4, "the pause between shots limits a short one: ticks 1, 9, 17 and 25")
}

func TestGunRecharges(t *testing.T) {
	s := newStage(t)
	ship := s.ship(1, Position{}, Velocity{}, 0)
	set(s, ship, Gun{})
	s.step(60)
	require.InDelta(t, EnergyRate, get[Gun](s, ship).Energy, 0.01)
	s.step(600)
	require.InDelta(t, FullEnergy, get[Gun](s, ship).Energy, 0)
}

func TestOverloadedGunFiresAFan(t *testing.T) {
	s := newStage(t)
	ship := s.ship(1, Position{}, Velocity{}, 0)
	set(s, ship, Gun{Energy: FullEnergy, Overload: 2})
	set(s, ship, Controls{Fire: true})
	s.step(1)
	_, _, v := s.flying()
	require.Len(t, v, 3)
	require.InDelta(t, 0, v[0].Y, 1e-3)
	require.InDelta(t, -BulletSpeed*math.Sin(FanAngle), v[1].Y, 0.1)
	require.InDelta(t, BulletSpeed*math.Sin(FanAngle), v[2].Y, 0.1)
	require.InDelta(t, FullEnergy-ShotEnergy+EnergyRate/60.0, get[Gun](s, ship).Energy, 0.01, "a fan costs as much as a shot")

	s.step(8)
	bullets, _, _ := s.flying()
	require.Len(t, bullets, 4, "the overload is over")
}

func TestPredictedBulletsHaveDifferentIDs(t *testing.T) {
	s := newStage(t)
	for pilot := range 3 {
		ship := s.ship(1, Position{Y: float32(pilot) * 100}, Velocity{}, 0)
		set(s, ship, Gun{Energy: FullEnergy, Overload: 100})
		set(s, ship, Controls{Fire: true})
	}
	s.step(1)
	seen := map[replicate.ID]bool{}
	q := s.bullets.Query()
	for q.Next() {
		net, _, _, _ := q.Get()
		require.False(t, seen[net.ID], "ID %x twice", net.ID)
		require.True(t, net.ID.Predicted())
		require.Equal(t, replicate.ByOwner, net.Mode)
		seen[net.ID] = true
	}
	require.Len(t, seen, 9)
}

func TestFiringEndsTheShield(t *testing.T) {
	s := newStage(t)
	ship := s.ship(1, Position{}, Velocity{}, 0)
	set(s, ship, Hull{Points: 50, SafeUntil: 100})
	s.step(1)
	require.Equal(t, uint32(100), get[Hull](s, ship).SafeUntil)
	set(s, ship, Controls{Fire: true})
	s.step(1)
	h := get[Hull](s, ship)
	require.False(t, h.Safe(2))
}

// A tap counts for one tick, the trigger for as long as it is held.
func TestFiring(t *testing.T) {
	require.False(t, (&Controls{}).Firing())
	require.True(t, (&Controls{Fire: true}).Firing())
	require.True(t, (&Controls{Tap: input.Presses(1)}).Firing())
}
