package server

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/detmath"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
)

func TestRulesAreChecked(t *testing.T) {
	require.NoError(t, Rules{}.Validate())
	require.ErrorContains(t, Rules{Bots: -1}.Validate(), "bots")
	require.ErrorContains(t, Rules{Rocks: MaxRocks + 1}.Validate(), "rocks")
	require.ErrorContains(t, Rules{Round: 1}.Validate(), "round")
	require.ErrorContains(t, Rules{Break: 601}.Validate(), "break")
	require.NoError(t, Rules{Break: -1, Respawn: -1, Rocks: -1}.Validate())
	require.Equal(t, Rules{Rocks: -1, Round: 20, Break: -1, Respawn: -1}, Rules{Round: 20}.Literal())
	require.ErrorContains(t, Rules{}.Literal().Validate(), "round is 0 seconds")
	require.ErrorContains(t, Rules{Respawn: float32(math.NaN())}.Validate(), "respawn")
	require.Panics(t, func() { With(Rules{Bots: -1}) })
}

func TestJoinFlyLeave(t *testing.T) {
	w := newWorld(t, 1, Rules{})
	w.door.joined = []input.PlayerID{4}
	w.step(1)
	p, ok := w.pilot(4)
	require.True(t, ok)
	require.Equal(t, "player 4", p.Name)
	ship, ok := w.ship(4)
	require.True(t, ok, "a ship in the tick of joining")
	require.Equal(t, replicate.Net{Owner: 4, Mode: replicate.ByOwner}, *at[replicate.Net](w, ship))
	require.InDelta(t, sim.FullHull, at[sim.Hull](w, ship).Points, 0)
	require.True(t, at[sim.Hull](w, ship).Safe(2), "shielded")

	w.door.left = []input.PlayerID{4}
	w.step(1)
	_, ok = w.pilot(4)
	require.False(t, ok)
	_, ok = w.ship(4)
	require.False(t, ok)
	w.step(600)
	_, ok = w.ship(4)
	require.False(t, ok, "who left does not come back")
}

func TestWreckCountsAndComesBack(t *testing.T) {
	w := newWorld(t, 1, Rules{Respawn: 2, Rocks: -1})
	w.door.joined = []input.PlayerID{1, 2}
	w.step(1)
	ship, _ := w.ship(1)
	*at[sim.Hull](w, ship) = sim.Hull{By: 2}
	wrecked := ecs.EventsOf[sim.Wreck](w.app.World())
	w.step(1)
	require.Equal(t, []sim.Wreck{{Victim: sim.Who{ID: 1, Name: "player 1"}, By: sim.Who{ID: 2, Name: "player 2", Hue: 158}}}, wrecked.Read())
	_, ok := w.ship(1)
	require.False(t, ok)
	victim, _ := w.pilot(1)
	require.EqualValues(t, 1, victim.Deaths)
	require.EqualValues(t, w.app.Tick()+120, victim.Back)
	killer, _ := w.pilot(2)
	require.EqualValues(t, 1, killer.Kills)
	require.Equal(t, sim.KillScore, killer.Score())

	w.step(119)
	_, ok = w.ship(1)
	require.False(t, ok)
	w.step(1)
	ship, ok = w.ship(1)
	require.True(t, ok)
	require.InDelta(t, sim.FullHull, at[sim.Hull](w, ship).Points, 0)

	*at[sim.Hull](w, ship) = sim.Hull{By: 1}
	w.step(1)
	victim, _ = w.pilot(1)
	require.EqualValues(t, 2, victim.Deaths)
	require.Zero(t, victim.Kills, "nobody earns by wrecking the own ship")
}

func TestNewShipsAppearAwayFromOthers(t *testing.T) {
	for seed := range uint64(3 * games) {
		w := newWorld(t, seed, Rules{Bots: 12, Respawn: 0.5})
		w.step(60 * 5)
		w.door.joined = []input.PlayerID{9}
		w.step(1)
		e, ok := w.ship(9)
		require.True(t, ok)
		me := *at[sim.Position](w, e)
		q := w.ships.Query()
		for q.Next() {
			if ship, p, _, _ := q.Get(); ship.Pilot != 9 {
				require.Greater(t, distance(me, *p), float32(300), "seed %d", seed)
			}
		}
		rocks := w.rocks.Query()
		for rocks.Next() {
			rock, p, _, _ := rocks.Get()
			require.Greater(t, distance(me, *p), sim.Rocks[rock.Size].Radius+sim.ShipRadius, "seed %d", seed)
		}
	}
}

// A ship keeps others farther off than a rock does: between the two, new ships appear nearer to the rock.
func TestBerthRespectsShips(t *testing.T) {
	solids := []sim.Solid{{Pilot: 1, Position: sim.Position{X: -500}}, {Position: sim.Position{X: 500}}}
	nearShip, nearRock := 0, 0
	for seed := range uint64(200) {
		r := engine.NewRandom(seed)
		p := berth(&r, solids, nil)
		if distance(p, solids[0].Position) < distance(p, solids[1].Position) {
			nearShip++
		} else {
			nearRock++
		}
	}
	require.Greater(t, nearRock, 3*nearShip)
}

func TestRockBreaksIntoPiecesThatKeepItsMomentum(t *testing.T) {
	w := newWorld(t, 1, Rules{Rocks: -1})
	w.door.joined = []input.PlayerID{1}
	w.step(1)
	kind := sim.Rocks[sim.LargeRock]
	w.rock(sim.LargeRock, sim.Hull{By: 1})
	w.step(1)
	var pieces int
	var x, y float32
	q := w.rocks.Query()
	for q.Next() {
		rock, p, hull, v := q.Get()
		require.Equal(t, sim.MiddleRock, rock.Size)
		require.InDelta(t, sim.Rocks[sim.MiddleRock].Hull, hull.Points, 0)
		require.Less(t, distance(*p, sim.Position{X: 1500}), kind.Radius)
		pieces, x, y = pieces+1, x+v.X, y+v.Y
	}
	require.Equal(t, kind.Pieces, pieces)
	require.InDelta(t, 45, x/float32(pieces), 0.5)
	require.InDelta(t, 0, y, 0.5)
	p, _ := w.pilot(1)
	require.EqualValues(t, 1, p.Rocks)
	require.Equal(t, sim.RockScore, p.Score())

	for size := range 2 { // what is left breaks down to nothing
		q := w.rocks.Query()
		for q.Next() {
			_, _, hull, _ := q.Get()
			hull.Points = 0
		}
		w.step(1)
		q = w.rocks.Query()
		require.Equal(t, []int{6, 0}[size], q.Count())
		q.Close()
	}
}

func TestFieldIsKeptUp(t *testing.T) {
	w := newWorld(t, 2, Rules{Rocks: 40})
	mass := func() (m float32) {
		q := w.rocks.Query()
		for q.Next() {
			rock, _, _, _ := q.Get()
			m += sim.Rocks[rock.Size].Mass
		}
		return m
	}
	w.step(2)
	full := mass()
	q := w.rocks.Query()
	require.Equal(t, 40, q.Count())
	for q.Next() {
		w.sim.Despawn(q.Entity())
	}
	w.sim.Flush()
	require.Zero(t, mass())
	w.step(61)
	require.Equal(t, full, mass(), "an empty field is filled anew")

	q = w.rocks.Query()
	for i := 0; q.Next(); i++ {
		if i%2 == 0 {
			w.sim.Despawn(q.Entity())
		}
	}
	w.sim.Flush()
	half := mass()
	w.step(60)
	require.InDelta(t, sim.Rocks[sim.LargeRock].Mass, mass()-half, 0.1, "one large rock a second")
	w.step(60 * 30)
	require.InDelta(t, full, mass(), float64(sim.Rocks[sim.LargeRock].Mass))
}

func TestRocksReturnToTheirDrift(t *testing.T) {
	w := newWorld(t, 2, Rules{Rocks: 1})
	w.step(1)
	q := w.rocks.Query()
	for q.Next() {
		_, _, _, v := q.Get()
		*v = sim.Velocity{X: 500}
	}
	w.step(60 * 20)
	q = w.rocks.Query()
	for q.Next() {
		rock, _, _, v := q.Get()
		require.InDelta(t, sim.Rocks[rock.Size].Drift, detmath.Length(v.X, v.Y), 3)
		*v = sim.Velocity{}
	}
	w.step(60 * 20)
	q = w.rocks.Query()
	for q.Next() {
		rock, _, _, v := q.Get()
		require.InDelta(t, sim.Rocks[rock.Size].Drift, detmath.Length(v.X, v.Y), 3, "also from rest")
	}
}

func TestCrates(t *testing.T) {
	w := newWorld(t, 1, Rules{Rocks: -1})
	w.door.joined = []input.PlayerID{1, 2}
	w.step(1)
	one, _ := w.ship(1)
	two, _ := w.ship(2)
	*at[sim.Position](w, one) = sim.Position{}
	*at[sim.Position](w, two) = sim.Position{X: 1000}
	at[sim.Hull](w, one).Points = 20
	at[sim.Gun](w, two).Energy = 10
	crates := ecs.NewMap3[replicate.Net, sim.Crate, sim.Position](w.sim)
	due := w.app.Tick() + 10
	crates.NewEntity(replicate.Net{}, sim.Crate{Kind: sim.RepairCrate, Dies: due}, sim.Position{X: 30})
	crates.NewEntity(replicate.Net{}, sim.Crate{Kind: sim.OverloadCrate, Dies: due}, sim.Position{X: 1000, Y: -30})
	left := crates.NewEntity(replicate.Net{}, sim.Crate{Dies: due}, sim.Position{X: 500})
	w.step(1)
	require.InDelta(t, sim.FullHull, at[sim.Hull](w, one).Points, 0)
	require.Equal(t, w.app.Tick()+60*sim.OverloadTime, at[sim.Gun](w, two).Overload)
	require.InDelta(t, sim.FullEnergy, at[sim.Gun](w, two).Energy, 0)
	f := ecs.Query1[sim.Crate](w.sim)
	q := f.Query()
	require.Equal(t, 1, q.Count(), "the two are gone")
	q.Close()
	w.step(8)
	require.True(t, w.app.World().Alive(left))
	w.step(1)
	require.False(t, w.app.World().Alive(left), "it has faded")
}

func TestRounds(t *testing.T) {
	w := newWorld(t, 1, Rules{Round: 10, Break: 2, Rocks: -1})
	w.door.joined = []input.PlayerID{1, 2}
	w.step(1)
	matches := ecs.Query1[sim.Match](w.sim)
	match := func() sim.Match {
		q := matches.Query()
		require.Equal(t, 1, q.Count())
		q.Next()
		defer q.Close()
		return *q.Get()
	}
	shoot := func(victim, by input.PlayerID) {
		e, ok := w.ship(victim)
		require.True(t, ok)
		*at[sim.Hull](w, e) = sim.Hull{By: by}
		w.step(1)
	}
	require.Equal(t, sim.Match{Round: 1, Ends: 601, Next: 721}, match())
	shoot(1, 2)
	w.step(600 - 2)
	require.False(t, match().Over(w.app.Tick()))
	require.Zero(t, match().Winner)
	w.step(1)
	require.Equal(t, sim.Match{Round: 1, Ends: 601, Next: 721, Winner: 2}, match())
	require.True(t, match().Over(w.app.Tick()))
	shoot(2, 1)
	p, _ := w.pilot(1)
	require.Zero(t, p.Kills, "nothing counts between rounds")
	w.rock(sim.SmallRock, sim.Hull{By: 1})
	w.step(1)
	p, _ = w.pilot(1)
	require.Zero(t, p.Rocks)
	p, _ = w.pilot(2)
	require.EqualValues(t, 1, p.Kills)
	w.step(118)
	require.Equal(t, sim.Match{Round: 2, Ends: 721 + 600, Next: 721 + 720, Winner: 2}, match())
	for id := range input.PlayerID(2) {
		p, _ := w.pilot(id + 1)
		require.Zero(t, p.Score(), "the scoreboard is wiped")
		require.Zero(t, p.Deaths)
	}
}

func TestScoreboardOrder(t *testing.T) {
	r := engine.NewRandom(1)
	for range 1000 {
		draw := func() sim.Pilot {
			return sim.Pilot{ID: input.PlayerID(r.IntN(3)), Kills: uint16(r.IntN(3)), Deaths: uint16(r.IntN(3)), Rocks: uint16(r.IntN(3))}
		}
		a, b, c := draw(), draw(), draw()
		if a.ID != b.ID {
			require.NotEqual(t, a.Better(b), b.Better(a), "%v %v", a, b)
		}
		if a.Better(b) && b.Better(c) {
			require.True(t, a.Better(c))
		}
		if a.Better(b) {
			require.GreaterOrEqual(t, a.Score(), b.Score())
		}
	}
}
