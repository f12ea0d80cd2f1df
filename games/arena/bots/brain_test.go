package bots

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/input"
)

const dt = 1. / 60

// A bullet fired at the point of intercept meets a target that keeps its course. The two ships part at most
// nearly as fast as a bullet flies: beyond that there is no such point, or one too far away for float32.
func TestIntercept(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		place, speed := rapid.Float32Range(-1000, 1000), rapid.Float32Range(-280, 280) // 560·√2 < 0.95·BulletSpeed
		draw := func(name string) (sim.Position, sim.Velocity) {
			return sim.Position{X: place.Draw(rt, name+".x"), Y: place.Draw(rt, name+".y")},
				sim.Velocity{X: speed.Draw(rt, name+".vx"), Y: speed.Draw(rt, name+".vy")}
		}
		p, v := draw("shooter")
		q, w := draw("target")
		if distance(p, q) < 1 {
			q.X += 2 // where the ships are in one place there is no angle
		}
		at := intercept(p, v, q, w)
		angle := math.Atan2(float64(at.Y-p.Y), float64(at.X-p.X))
		bx, by := float64(v.X)+sim.BulletSpeed*math.Cos(angle), float64(v.Y)+sim.BulletSpeed*math.Sin(angle)
		// The closest approach of bullet and target.
		dx, dy := float64(q.X-p.X), float64(q.Y-p.Y)
		rx, ry := float64(w.X)-bx, float64(w.Y)-by
		when := -(dx*rx + dy*ry) / (rx*rx + ry*ry)
		require.Positive(rt, when)
		require.Less(rt, math.Hypot(dx+rx*when, dy+ry*when), 1.0)
	})
	far := sim.Position{X: 100}
	require.Equal(t, far, intercept(sim.Position{}, sim.Velocity{}, far, sim.Velocity{X: 900}), "what outruns bullets is shot at where it is")
}

func fresh() Self { return Self{Pilot: 1, Hull: sim.Hull{Points: sim.FullHull}} }

func enemy(p sim.Position) *Senses {
	return &Senses{Ships: []Ship{{Pilot: 2, Position: p, Hull: sim.Hull{Points: sim.FullHull}}}}
}

func TestChasesWhatIsFarAway(t *testing.T) {
	self := fresh()
	self.Position = sim.Position{X: -1900, Y: -1900}
	self.Heading.Angle = math.Pi / 4
	b := Brain{Skill: 1}
	c := b.Think(engine.Tick{Number: 1, Dt: dt}, &self, enemy(sim.Position{X: 1900, Y: 1900}))
	require.Equal(t, sim.Controls{Thrust: true}, c, "across the whole arena, without wasting shots")
}

func TestLeavesTheShieldedAlone(t *testing.T) {
	self, seen := fresh(), enemy(sim.Position{X: 300})
	seen.Ships[0].Hull.SafeUntil = 100
	b := Brain{Skill: 1}
	require.False(t, b.Think(engine.Tick{Number: 1, Dt: dt}, &self, seen).Fire)
	b = Brain{Skill: 1}
	require.True(t, b.Think(engine.Tick{Number: 100, Dt: dt}, &self, seen).Fire)
}

func TestFleesWhenNearlyLost(t *testing.T) {
	self, seen := fresh(), enemy(sim.Position{X: 300})
	self.Hull.Points = weak - 1
	b := Brain{Skill: 1}
	c := b.Think(engine.Tick{Number: 1, Dt: dt}, &self, seen)
	require.EqualValues(t, sim.FullTurn, max(c.Turn, -c.Turn), "it turns away")

	seen.Crates = []Crate{{Kind: sim.RepairCrate, Position: sim.Position{Y: 500}}}
	self.Heading.Angle = math.Pi / 2
	c = b.Think(engine.Tick{Number: 2, Dt: dt}, &self, seen)
	require.Equal(t, sim.Controls{Thrust: true}, c, "a crate that mends is better still")

	self.Hull.Points = sim.FullHull
	c = b.Think(engine.Tick{Number: 3, Dt: dt}, &self, seen)
	require.NotZero(t, c.Turn, "a whole ship has no use for it")
}

func TestShootsRocksWhenAlone(t *testing.T) {
	self := fresh()
	b := Brain{Skill: 1}
	require.Equal(t, sim.Controls{}, b.Think(engine.Tick{Number: 1, Dt: dt}, &self, &Senses{}))
	seen := &Senses{Rocks: []Rock{{Position: sim.Position{X: 500}, Radius: 40}}}
	c := b.Think(engine.Tick{Number: 2, Dt: dt}, &self, seen)
	require.True(t, c.Fire)
	require.Zero(t, c.Turn)
}

// The way around an obstacle leads to the side on which it is passed anyway.
func TestMeet(t *testing.T) {
	self := fresh()
	self.Velocity = sim.Velocity{X: 300}
	for _, y := range []float32{-30, 30} {
		away, when := meet(&self, &Rock{Position: sim.Position{X: 300, Y: y}, Radius: 40})
		require.InDelta(t, 1, when, 0.01)
		require.Negative(t, away.Y*y, "rock at %v, way at %v", y, away)
	}
	for name, rock := range map[string]Rock{
		"behind":       {Position: sim.Position{X: -300}, Radius: 40},
		"beside":       {Position: sim.Position{X: 300, Y: 200}, Radius: 40},
		"as fast":      {Position: sim.Position{X: 300}, Velocity: sim.Velocity{X: 300}, Radius: 40},
		"flying away":  {Position: sim.Position{X: 300}, Velocity: sim.Velocity{X: 500}, Radius: 40},
		"crossing off": {Position: sim.Position{X: 300}, Velocity: sim.Velocity{Y: 300}, Radius: 40},
	} {
		_, when := meet(&self, &rock)
		require.Greater(t, when, float32(caution), name)
	}
}

func TestTurnsBackBeforeTheFence(t *testing.T) {
	self := fresh()
	self.Position, self.Velocity = sim.Position{X: sim.Half - 200}, sim.Velocity{X: 400}
	b := Brain{Skill: 1}
	c := b.Think(engine.Tick{Number: 1, Dt: dt}, &self, enemy(sim.Position{X: sim.Half - 20}))
	require.EqualValues(t, sim.FullTurn, max(c.Turn, -c.Turn))
	require.True(t, c.Thrust)
}

func TestNamesAreDifferent(t *testing.T) {
	seen := map[string]bool{}
	for i := range 200 {
		require.False(t, seen[Name(i)], Name(i))
		require.LessOrEqual(t, len(Name(i)), 32)
		seen[Name(i)] = true
		skill := Skill(sim.FirstBot + input.PlayerID(i))
		require.True(t, skill >= 0 && skill <= 1)
	}
	require.Equal(t, "Vega", Name(0))
	require.Equal(t, "Vega 2", Name(len(names)))
}
