package sim

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tandem-engine/tandem/ecs"
)

func TestBulletsDieOfAgeAndAtTheFence(t *testing.T) {
	s := newStage(t)
	ship := s.ship(1, Position{}, Velocity{}, 0)
	set(s, ship, Controls{Fire: true})
	s.step(1)
	set(s, ship, Controls{})
	bullets, at, _ := s.flying()
	life := int(bullets[0].Dies) - 1
	s.step(life - 1)
	bullets, last, _ := s.flying()
	require.Len(t, bullets, 1)
	require.InDelta(t, BulletSpeed*BulletTime, last[0].X-at[0].X+BulletSpeed/60, BulletSpeed/30)
	s.step(1)
	bullets, _, _ = s.flying()
	require.Empty(t, bullets)

	near := s.ship(2, Position{X: Half - 100}, Velocity{}, 0)
	set(s, near, Controls{Fire: true})
	s.step(5)
	bullets, _, _ = s.flying()
	require.Len(t, bullets, 1)
	s.step(3)
	bullets, _, _ = s.flying()
	require.Empty(t, bullets, "the fence swallows bullets")
}

func TestFenceThrowsBack(t *testing.T) {
	s := newStage(t)
	rock := s.rock(SmallRock, Position{X: Half - 21}, Velocity{X: 120, Y: 30})
	ship := s.ship(1, Position{Y: -Half + 17}, Velocity{Y: -100}, 0)
	s.step(2)
	require.Equal(t, Velocity{X: -120, Y: 30}, get[Velocity](s, rock), "a rock loses nothing")
	v := get[Velocity](s, ship)
	require.InDelta(t, 100*ShipBounce, v.Y, 2)

	set(s, rock, Position{X: Half + 50})
	set(s, rock, Velocity{X: -120})
	s.step(1)
	require.Equal(t, Velocity{X: -120}, get[Velocity](s, rock), "what was pushed outside and is on its way back flies on")
	require.InDelta(t, Half-Rocks[SmallRock].Radius, get[Position](s, rock).X, 0)
}

func TestNobodyLeavesTheArena(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := newStage(t)
		speed := rapid.Float32Range(-1400, 1400)
		place := rapid.Float32Range(-Half, Half)
		draw := func() (Position, Velocity) {
			return Position{place.Draw(rt, "x"), place.Draw(rt, "y")}, Velocity{speed.Draw(rt, "vx"), speed.Draw(rt, "vy")}
		}
		for i := range rapid.IntRange(1, 12).Draw(rt, "bodies") {
			p, v := draw()
			if i%3 == 0 {
				ship := s.ship(1, p, v, rapid.Float32Range(-3, 3).Draw(rt, "angle"))
				set(s, ship, Controls{Turn: int8(rapid.IntRange(-7, 7).Draw(rt, "turn")), Thrust: true, Fire: true})
				continue
			}
			s.rock(RockSize(i%3), p, v)
		}
		bodies := ecs.Query3[Position, Velocity, Body](s.app.Sim())
		for range 60 {
			s.step(1)
			q := bodies.Query()
			for q.Next() {
				p, _, b := q.Get()
				edge := Half - b.Radius
				if !(p.X <= edge && p.X >= -edge && p.Y <= edge && p.Y >= -edge) {
					rt.Fatalf("tick %d: a body of radius %v is at %v", s.app.Tick(), b.Radius, *p)
				}
			}
			_, at, _ := s.flying()
			for i := range at {
				if outside(&at[i]) {
					rt.Fatalf("tick %d: a bullet is at %v", s.app.Tick(), at[i])
				}
			}
		}
	})
}
