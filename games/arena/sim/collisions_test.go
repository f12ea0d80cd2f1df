package sim

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
)

func drawSolid(rt *rapid.T, name string, bounce float32) Solid {
	near := rapid.Float32Range(-40, 40)
	speed := rapid.Float32Range(-500, 500)
	return Solid{
		Position: Position{near.Draw(rt, name+".x"), near.Draw(rt, name+".y")},
		Velocity: Velocity{speed.Draw(rt, name+".vx"), speed.Draw(rt, name+".vy")},
		Body:     Body{Radius: rapid.Float32Range(5, 72).Draw(rt, name+".radius"), Mass: rapid.Float32Range(0.5, 30).Draw(rt, name+".mass"), Bounce: bounce},
	}
}

func momentum(s ...*Solid) (x, y, energy float64) {
	for _, s := range s {
		m, vx, vy := float64(s.Body.Mass), float64(s.Velocity.X), float64(s.Velocity.Y)
		x, y, energy = x+m*vx, y+m*vy, energy+m*(vx*vx+vy*vy)/2
	}
	return x, y, energy
}

// closing is the speed at which two bodies approach along the line between where they were.
func closing(was, other, a, b Solid) float64 {
	dx, dy := float64(other.Position.X-was.Position.X), float64(other.Position.Y-was.Position.Y)
	length := math.Hypot(dx, dy)
	return (float64(a.Velocity.X-b.Velocity.X)*dx + float64(a.Velocity.Y-b.Velocity.Y)*dy) / length
}

func TestCollisionKeepsMomentumAndEnergy(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		bounce := rapid.SampledFrom([]float32{0, 0.5, 1}).Draw(rt, "bounce")
		a, b := drawSolid(rt, "a", 1), drawSolid(rt, "b", bounce)
		x, y, energy := momentum(&a, &b)
		was := a
		other := b
		speed, touch := collide(&a, &b)
		if !touch {
			require.Equal(rt, was, a, "what does not touch does not change")
			return
		}
		if gap := was.Position != other.Position; gap && speed > 0 {
			require.InDelta(rt, float64(bounce*speed), -closing(was, other, a, b), 0.01+1e-4*float64(speed), "the softer one decides how fast they part")
		}
		x2, y2, energy2 := momentum(&a, &b)
		scale := float64(a.Body.Mass+b.Body.Mass) * 700
		require.InDelta(rt, x, x2, scale*1e-5, "momentum along x")
		require.InDelta(rt, y, y2, scale*1e-5, "momentum along y")
		require.LessOrEqual(rt, energy2, energy*(1+1e-5)+1, "a collision makes no energy")
		if bounce == 1 {
			require.InEpsilon(rt, energy+1, energy2+1, 1e-4, "an elastic one loses none")
		}
		gap := math.Hypot(float64(a.Position.X-b.Position.X), float64(a.Position.Y-b.Position.Y))
		require.InDelta(rt, float64(a.Body.Radius+b.Body.Radius), gap, 0.01, "they end up side by side")
		parting, _ := collide(&a, &b)
		require.LessOrEqual(rt, parting, float32(0.5), "and fly apart")
	})
}

func TestCollisionIsTheSameFromBothSides(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a, b := drawSolid(rt, "a", 1), drawSolid(rt, "b", 0.5)
		if a.Position == b.Position {
			return // two at one place are parted along X, whoever is first
		}
		c, d := a, b
		collide(&a, &b)
		collide(&d, &c)
		require.InDelta(rt, a.Velocity.X, c.Velocity.X, 1e-3)
		require.InDelta(rt, b.Velocity.Y, d.Velocity.Y, 1e-3)
		require.InDelta(rt, a.Position.X, c.Position.X, 1e-4)
	})
}

func TestRocksKeepTheirEnergyAmongThemselves(t *testing.T) {
	s := newStage(t)
	r := engine.NewRandom(5)
	var rocks []ecs.Entity
	for i := range 60 {
		rocks = append(rocks, s.rock(RockSize(i%3), Position{r.Range(-1900, 1900), r.Range(-1900, 1900)}, Velocity{r.Range(-150, 150), r.Range(-150, 150)}))
	}
	energy := func() (e float64) {
		for _, rock := range rocks {
			solid := Solid{Body: get[Body](s, rock), Velocity: get[Velocity](s, rock)}
			_, _, part := momentum(&solid)
			e += part
		}
		return e
	}
	first := energy()
	start := get[Velocity](s, rocks[0])
	s.step(60 * 60)
	require.InEpsilon(t, first, energy(), 1e-3, "a minute of collisions with rocks and fence")
	require.NotEqual(t, start, get[Velocity](s, rocks[0]))
}

func TestRammingHurtsTheLighterOneMore(t *testing.T) {
	s := newStage(t)
	ship := s.ship(1, Position{X: -100}, Velocity{X: 400}, 0)
	rock := s.rock(LargeRock, Position{}, Velocity{})
	s.step(6)
	hull, stone := get[Hull](s, ship), get[Hull](s, rock)
	require.InDelta(t, (400-CrashSpeed)*CrashDamage*22.5/23.5, FullHull-hull.Points, 3)
	require.Less(t, Rocks[LargeRock].Hull-stone.Points, FullHull-hull.Points)
	require.Less(t, stone.Points, Rocks[LargeRock].Hull)
	require.Equal(t, uint16(1), uint16(stone.By))
	require.Less(t, get[Velocity](s, ship).X, float32(-100), "thrown back")

	one := s.ship(3, Position{X: -300, Y: -500}, Velocity{X: 400}, 0)
	two := s.ship(4, Position{X: -200, Y: -500}, Velocity{X: -100}, 0)
	s.step(12)
	require.EqualValues(t, 4, get[Hull](s, one).By, "who is rammed knows by whom")
	require.EqualValues(t, 3, get[Hull](s, two).By)

	slow := s.ship(2, Position{X: 500, Y: 500}, Velocity{X: CrashSpeed - 20}, 0)
	s.rock(LargeRock, Position{X: 600, Y: 500}, Velocity{})
	s.step(30)
	require.InDelta(t, FullHull, get[Hull](s, slow).Points, 0, "a bump leaves no mark")
}
