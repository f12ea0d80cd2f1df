package client

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/render/particle"
	"pgregory.net/rapid"
)

const dt = 1.0 / 60

// theatre is a scene that a test moves by hand.
type theatre struct {
	scene   scene
	effects effects
	watch   watch
}

func newTheatre() *theatre {
	th := &theatre{effects: newEffects(1), watch: newWatch()}
	th.scene.placeOfPilot = map[input.PlayerID]int{}
	th.scene.tick, th.scene.me = 1000, 1
	for i, name := range []string{"Ada", "Bob", "Cyd"} {
		th.pilot(input.PlayerID(i+1), name)
	}
	return th
}

func (th *theatre) pilot(id input.PlayerID, name string) {
	th.scene.placeOfPilot[id] = len(th.scene.pilots)
	th.scene.pilots = append(th.scene.pilots, pilot{Pilot: sim.Pilot{ID: id, Name: name}, own: id == th.scene.me})
}

func (th *theatre) ship(id input.PlayerID) ship {
	return ship{body: body{key: uint64(id), x: 100 * float32(id)}, pilot: id, hull: 100, own: id == th.scene.me}
}

// frame lets one frame pass.
func (th *theatre) frame() {
	th.scene.tick++
	th.watch.look(&th.scene, &th.effects, dt)
	th.effects.step(dt)
}

// has counts the live particles of a kind.
func (th *theatre) has(k *particle.Kind) int {
	n := 0
	for _, pool := range []*particle.Pool{th.effects.above, th.effects.below} {
		for i := range pool.All() {
			if pool.All()[i].Kind == k {
				n++
			}
		}
	}
	return n
}

func TestLostShipExplodes(t *testing.T) {
	th := newTheatre()
	th.scene.ships = []ship{th.ship(1), th.ship(2)}
	th.frame()
	require.Zero(t, th.has(&fireball), "what was there before is no event")
	th.scene.ships = th.scene.ships[:1]
	th.frame()
	require.Positive(t, th.has(&fireball))
	require.Positive(t, th.has(&shockRing))
	require.Positive(t, th.has(&wreckage))
	require.NotEmpty(t, th.effects.lights)
	for range 240 {
		th.frame()
	}
	require.Zero(t, th.effects.above.Len()+th.effects.below.Len()+len(th.effects.lights)+len(th.effects.blasts), "all of it ends")
}

func TestShipOfALeavingPilotDoesNotExplode(t *testing.T) {
	th := newTheatre()
	th.scene.ships = []ship{th.ship(2)}
	th.frame()
	th.scene.ships = nil
	delete(th.scene.placeOfPilot, 2)
	th.frame()
	require.Zero(t, th.has(&fireball))
	require.Positive(t, th.has(&warpRing))
}

func TestFreshShipArrives(t *testing.T) {
	th := newTheatre()
	old, fresh := th.ship(2), th.ship(3)
	fresh.safeUntil = th.scene.tick + 150
	th.scene.ships = []ship{old, fresh}
	th.frame()
	require.Equal(t, 1, th.has(&warpRing), "only the fresh one")
}

func TestWoundOfTheOwnShipShakes(t *testing.T) {
	th := newTheatre()
	th.scene.ships = []ship{th.ship(1)}
	th.frame()
	th.scene.ships[0].hull -= 11
	th.frame()
	require.InDelta(t, 11, th.watch.hurtOwn, 1e-4)
	th.frame()
	require.Zero(t, th.watch.hurtOwn, "once")
	th.scene.ships[0].hull += 20
	th.frame()
	require.Zero(t, th.watch.hurtOwn, "mending is no wound")
}

func TestOwnHitsOnOthersAreCounted(t *testing.T) {
	th := newTheatre()
	th.scene.ships = []ship{th.ship(1), th.ship(2)}
	th.frame()
	hit := func(by input.PlayerID) {
		th.scene.ships[1].hull -= 11
		th.scene.ships[1].by, th.scene.ships[1].hurt = by, th.scene.tick
		th.frame()
	}
	hit(3)
	require.Empty(t, th.effects.words)
	hit(1)
	require.Equal(t, "11", th.effects.words[0].text)
}

func TestShotsStrikeTheFenceOrFade(t *testing.T) {
	th := newTheatre()
	th.scene.shots = []shot{
		{body: body{key: 6, vx: 800}, pilot: 2, dies: th.scene.tick + 50},
		{body: body{key: 7, x: sim.Half - 5, vx: 800}, pilot: 2, dies: th.scene.tick + 50},
		{body: body{key: 8, vx: 800}, pilot: 2, dies: th.scene.tick + 4},
	}
	th.frame()
	th.scene.shots = th.scene.shots[1:]
	th.frame()
	require.Zero(t, th.has(&flash)+th.has(&puff), "whether one in the open has struck is an event")
	th.scene.shots = th.scene.shots[:1]
	th.frame()
	require.Zero(t, th.has(&flash), "one that has flown its way strikes nothing")
	require.Positive(t, th.has(&puff))
	th.scene.shots = nil
	th.frame()
	require.Positive(t, th.has(&flash), "the fence is struck")
}

func TestRocksChipAndShatter(t *testing.T) {
	th := newTheatre()
	th.scene.ships = []ship{th.ship(1)}
	th.scene.rocks = []rock{{body: body{key: 50, x: 300}, rock: sim.Rock{Size: sim.LargeRock}, hull: 100}}
	th.frame()
	th.scene.rocks[0].hull, th.scene.rocks[0].hurt, th.scene.rocks[0].by = 89, th.scene.tick, 1
	th.frame()
	require.Positive(t, th.has(&chip))
	for i := range th.effects.above.All() {
		if p := &th.effects.above.All()[i]; p.Kind == &chip {
			require.Less(t, p.X, float32(300), "chips fly off on the side of who fired")
		}
	}
	th.scene.rocks = nil
	th.frame()
	require.Positive(t, th.has(&rubble))
	require.Positive(t, th.has(&dust))
}

func TestCratesArePickedOrFade(t *testing.T) {
	th := newTheatre()
	th.scene.crates = []crate{
		{body: body{key: 60}, kind: sim.OverloadCrate, dies: th.scene.tick + 500},
		{body: body{key: 61}, kind: sim.RepairCrate, dies: th.scene.tick + 3},
	}
	th.frame()
	th.scene.crates = nil
	th.frame()
	require.Len(t, th.effects.words, 1)
	require.Equal(t, "OVERLOAD", th.effects.words[0].text)
}

func TestFenceShowsWhatItThrowsBack(t *testing.T) {
	th := newTheatre()
	s := th.ship(2)
	s.x, s.vx = sim.Half-sim.ShipRadius-4, 200
	th.scene.ships = []ship{s}
	th.frame()
	require.Empty(t, th.effects.waves)
	th.scene.ships[0].vx = -100
	th.frame()
	require.Len(t, th.effects.waves, 1)
	require.InDelta(t, sim.Half, th.effects.waves[0].x, 1)
	th.scene.ships[0].x, th.scene.ships[0].vx = 0, 100
	th.frame()
	require.Len(t, th.effects.waves, 1, "a turn in the open is none")
}

// A tracker says of each key exactly once that it came and once that it went.
func TestTracker(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		track := newTracker[int]()
		there := map[uint64]int{}
		for frame := range rapid.IntRange(1, 20).Draw(t, "frames") {
			now := rapid.SliceOfDistinct(rapid.Uint64Range(0, 9), func(v uint64) uint64 { return v }).Draw(t, "keys")
			track.begin()
			for _, key := range now {
				before, known := track.see(key, frame)
				was, had := there[key]
				require.Equal(t, had, known)
				if had {
					require.Equal(t, was, before)
				}
			}
			next := map[uint64]int{}
			for _, key := range now {
				next[key] = frame
			}
			gone := 0
			track.end(func(int) { gone++ })
			for key := range there {
				if _, still := next[key]; !still {
					gone--
				}
			}
			require.Zero(t, gone)
			there = next
		}
	})
}
