package sim

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
)

func TestBulletHits(t *testing.T) {
	s := newStage(t)
	shooter := s.ship(1, Position{X: -200}, Velocity{}, 0)
	target := s.ship(2, Position{}, Velocity{}, 0)
	set(s, shooter, Controls{Fire: true})
	s.step(1)
	set(s, shooter, Controls{})
	s.step(20)
	hull := get[Hull](s, target)
	require.InDelta(t, FullHull-BulletDamage, hull.Points, 0)
	require.EqualValues(t, 1, hull.By)
	require.Positive(t, hull.Hurt)
	require.Positive(t, get[Velocity](s, target).X, "the hit pushes")
	require.InDelta(t, FullHull, get[Hull](s, shooter).Points, 0)
	bullets, _, _ := s.flying()
	require.Empty(t, bullets)
}

// Two rocks stand so close to the line of fire that one tick of a bullet's flight may touch both: the nearer one is hit.
func TestBulletHitsTheNearest(t *testing.T) {
	for i := range 20 {
		s := newStage(t)
		near, far := Position{Y: 21}, Position{X: 4, Y: -21}
		rocks := map[Position]ecs.Entity{}
		for _, p := range [][]Position{{near, far}, {far, near}}[i%2] {
			rocks[p] = s.rock(SmallRock, p, Velocity{})
		}
		shooter := s.ship(1, Position{X: -100 - float32(i)}, Velocity{}, 0)
		set(s, shooter, Controls{Fire: true})
		s.step(1)
		set(s, shooter, Controls{})
		s.step(20)
		require.Less(t, get[Hull](s, rocks[near]).Points, Rocks[SmallRock].Hull)
		require.InDelta(t, Rocks[SmallRock].Hull, get[Hull](s, rocks[far]).Points, 0)
	}
}

// Every bullet that passes through a rock hits it, whatever its phase: none jumps over.
func TestBulletsDoNotTunnel(t *testing.T) {
	for i := range 200 {
		s := newStage(t)
		r := engine.NewRandom(uint64(i))
		off := r.Range(-21, 21)
		rock := s.rock(SmallRock, Position{X: r.Range(100, 300)}, Velocity{})
		shooter := s.ship(1, Position{X: -300, Y: off}, Velocity{X: r.Range(0, 430)}, 0)
		set(s, shooter, Controls{Fire: true})
		s.step(1)
		set(s, shooter, Controls{})
		s.step(60)
		require.Less(t, get[Hull](s, rock).Points, Rocks[SmallRock].Hull, "seed %d: a bullet %v off the middle of a rock of radius %v missed", i, off, Rocks[SmallRock].Radius)
	}
}

func TestBulletGrazes(t *testing.T) {
	for _, c := range []struct {
		off float32
		hit bool
	}{{ShipRadius + BulletRadius - 0.1, true}, {ShipRadius + BulletRadius + 0.1, false}} {
		s := newStage(t)
		target := s.ship(2, Position{X: 200, Y: c.off}, Velocity{}, 0)
		shooter := s.ship(1, Position{}, Velocity{}, 0)
		set(s, shooter, Controls{Fire: true})
		s.step(1)
		set(s, shooter, Controls{})
		s.step(30)
		require.Equal(t, c.hit, get[Hull](s, target).Points < FullHull, "%v off", c.off)
	}
}

// Of two bullets that arrive in one tick the one with the lower ID comes first, whichever was made first.
func TestOrderOfBulletsIsThatOfTheirIDs(t *testing.T) {
	for _, order := range [][]input.PlayerID{{1, 2}, {2, 1}} {
		s := newStage(t)
		target := s.ship(3, Position{}, Velocity{}, 0)
		set(s, target, Hull{Points: 1})
		for _, pilot := range order {
			side := float32(3 - 2*int(pilot)) // 1 comes from the right, 2 from the left
			ship := s.ship(pilot, Position{X: 120 * side}, Velocity{}, math.Pi*float32(2-pilot))
			set(s, ship, Controls{Fire: true})
		}
		s.step(20)
		hull := get[Hull](s, target)
		require.Zero(t, hull.Points)
		require.EqualValues(t, 1, hull.By, "ships made in the order %v", order)
	}
}
