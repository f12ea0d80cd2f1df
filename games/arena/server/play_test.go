package server

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/input"
)

// A minute of eight bots is alive: ships are hunted down, asteroids break, crates lie about, and everything adds up.
func TestAMinuteIsAlive(t *testing.T) {
	for seed := range uint64(games) {
		w := newWorld(t, seed, Rules{Bots: 8})
		wrecked := ecs.EventsOf[sim.Wreck](w.app.World())
		var wrecks, kills, hurt int
		deaths := map[input.PlayerID]uint16{}
		smallest := 0
		for range 60 * 60 {
			w.step(1)
			for _, e := range wrecked.Read() {
				wrecks++
				deaths[e.Victim.ID]++
				if e.By.ID != 0 {
					kills++
				}
			}
			q := w.ships.Query()
			for q.Next() {
				_, _, hull, _ := q.Get()
				require.Greater(t, hull.Points, float32(0), "seed %d: wrecks are cleared away in their tick", seed)
				require.LessOrEqual(t, hull.Points, float32(sim.FullHull))
				if hull.Points < sim.FullHull {
					hurt++
				}
			}
		}
		require.GreaterOrEqual(t, kills, 6, "seed %d", seed)
		require.Positive(t, hurt)
		var sum sim.Pilot
		pilots := 0
		q := w.pilots.Query()
		for q.Next() {
			p := q.Get()
			pilots++
			sum.Kills += p.Kills
			sum.Deaths += p.Deaths
			sum.Rocks += p.Rocks
			require.Equal(t, deaths[p.ID], p.Deaths, "seed %d: deaths of %s", seed, p.Name)
			require.Equal(t, 100*int(p.Kills)+10*int(p.Rocks), p.Score())
		}
		require.Equal(t, 8, pilots)
		require.EqualValues(t, wrecks, sum.Deaths, "seed %d", seed)
		require.EqualValues(t, kills, sum.Kills, "seed %d", seed)
		require.GreaterOrEqual(t, sum.Rocks, uint16(5), "seed %d: asteroids are broken", seed)
		rocks := w.rocks.Query()
		for rocks.Next() {
			if rock, _, _, _ := rocks.Get(); rock.Size == sim.SmallRock {
				smallest++
			}
		}
		require.Positive(t, smallest, "seed %d", seed)
	}
}

// Better pilots win: over several games the skilled half of the bots shoots down more than the other.
func TestSkillPays(t *testing.T) {
	var good, bad int
	for seed := range uint64(games) {
		w := newWorld(t, 100+seed, Rules{Bots: 10})
		w.step(60 * 100)
		q := w.pilots.Query()
		for q.Next() {
			p := q.Get()
			switch p.ID % 5 {
			case 3, 4:
				good += int(p.Kills)
			case 0, 1:
				bad += int(p.Kills)
			}
		}
	}
	require.Greater(t, float64(good), 1.3*float64(bad), "kills of the two best against the two worst of each five")
}

// A single bot against one who sits still shoots it down soon.
func TestBotShootsDownASittingShip(t *testing.T) {
	for seed := range uint64(games) {
		w := newWorld(t, seed, Rules{Bots: 1, Rocks: -1})
		w.door.joined = []input.PlayerID{1}
		for second := 1; ; second++ {
			w.step(60)
			if victim, ok := w.pilot(1); ok && victim.Deaths > 0 {
				bot, _ := w.pilot(sim.FirstBot)
				require.EqualValues(t, 1, bot.Kills)
				break
			}
			require.Less(t, second, 30, "seed %d: it has had 30 seconds", seed)
		}
	}
}

func TestSameSeedAndCommandsGiveTheSameWorld(t *testing.T) {
	play := func(seed uint64) (prints []uint64) {
		w := newWorld(t, seed, Rules{Bots: 6})
		w.door.joined = []input.PlayerID{1, 2}
		for second := range 60 {
			for tick := range 60 {
				for id := range input.PlayerID(2) {
					if ship, ok := w.ship(id + 1); ok {
						*at[sim.Controls](w, ship) = sim.Controls{
							Turn: int8((second*7+tick/20+int(id))%15) - 7, Thrust: (second+int(id))%3 != 0, Fire: tick%4 == 0,
						}
					}
				}
				w.step(1)
			}
			prints = append(prints, w.fingerprint())
		}
		return prints
	}
	first := play(7)
	require.Equal(t, first, play(7))
	require.NotEqual(t, first[0], first[59])
	require.NotEqual(t, first, play(8), "another seed is another game")
	t.Logf("seed 7 after 60 s: %016x", first[59])
}
