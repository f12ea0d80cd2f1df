package replicate

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/net/channel"
)

type (
	starvePlace struct {
		X, Y float32 `net:"min=-512,max=512,step=0.01"`
	}
	starveMood struct{ Value uint16 }
)

// ackLine is a connection on which everything arrives, with the next tick.
type ackLine struct {
	bytes int
	most  int // of one message
	fates []channel.Fate
}

func (l *ackLine) Send(ch uint8, p []byte, o channel.SendOptions) error {
	if ch == 1 && o.Token != 0 {
		l.bytes += len(p)
		l.most = max(l.most, len(p))
		l.fates = append(l.fates, channel.Fate{Token: o.Token, Acked: true})
	}
	return nil
}

// bothWays are what Pieces is in a room that is always told range-coded, and in one
// that is always told in pieces.
var bothWays = []int{-1, 1}

// crush is a world in which more moves than fits a peer's budget.
type crush struct {
	app    *engine.App
	server *Server
	peer   *Peer
	line   *ackLine
	rng    *rand.Rand
	places ecs.Map1[starvePlace]
	moods  ecs.Map1[starveMood]
	all    []ecs.Entity
}

func newCrush(seed uint64, things int, importance float32, pieces int) *crush {
	app := engine.New(engine.Config{})
	Component[starvePlace](app)
	Component[starveMood](app, Importance(importance), Predict())
	c := &crush{app: app, line: &ackLine{}, rng: rand.New(rand.NewPCG(seed, 1)), places: ecs.NewMap1[starvePlace](app.Sim()), moods: ecs.NewMap1[starveMood](app.Sim())}
	spawn := ecs.NewMap2[Net, starvePlace](app.Sim())
	for range things {
		c.all = append(c.all, spawn.NewEntity(Net{}, starvePlace{c.rng.Float32()*200 - 100, c.rng.Float32()*200 - 100}))
	}
	Sight(app, Area{Radius: 160, World: physics.Box{MinX: -200, MinY: -200, MaxX: 200, MaxY: 200}}, func(p *starvePlace) (x, y float32) { return p.X, p.Y })
	InterestOf(app.World()).Look(1, 0, 0, 160)
	c.server = NewServer(app, ServerConfig{Pieces: pieces, Channels: Channels{Structure: 0, Values: 1}})
	c.peer = c.server.Add(1, c.line)
	app.Replicate(c.server)
	return c
}

// step moves everything by noise, which takes many bits, and runs a tick.
func (c *crush) step(t require.TestingT) {
	for _, f := range c.line.fates {
		c.peer.Fate(f)
	}
	c.line.fates, c.line.bytes = c.line.fates[:0], 0
	for _, e := range c.all {
		p := c.places.Get(e)
		p.X, p.Y = p.X+c.rng.Float32()-0.5, p.Y+c.rng.Float32()-0.5
	}
	require.NoError(t, c.app.Step())
}

// waits is how many ticks each thing's place was not told of.
func (c *crush) waits() (longest uint32) {
	for i := range c.peer.known.list {
		longest = max(longest, c.app.Tick()-c.peer.known.list[i].first.sent)
	}
	return longest
}

// TestNothingStarves: whatever the budget, no moving thing in sight waits longer
// than the bound that Peer.urgency states, and the budget is kept and used.
func TestNothingStarves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		things := rapid.IntRange(300, 1500).Draw(t, "things")
		budget := rapid.IntRange(1, 3000).Draw(t, "budget")
		heavy := float32(rapid.IntRange(1, 4).Draw(t, "weight of one in ten"))
		c := newCrush(rapid.Uint64().Draw(t, "seed"), things, 1, rapid.SampledFrom(bothWays).Draw(t, "pieces"))
		weights := ecs.NewMap1[Weight](c.app.Sim())
		for i := 0; i < things; i += 10 {
			weights.Add(c.all[i], Weight{heavy})
		}
		c.peer.Budget = budget
		for range 40 {
			c.step(t)
		}
		told, spent, longest := uint64(0), 0, uint32(0)
		const ticks = 60
		for range ticks {
			before := c.server.Counters().Records
			c.step(t)
			told += c.server.Counters().Records - before
			spent += c.line.bytes
			longest = max(longest, c.waits())
		}
		perTick := float64(told) / ticks
		ratio := 4 * float64(heavy)
		require.LessOrEqual(t, float64(longest), ratio*float64(things)/perTick+2, "%.1f told a tick", perTick)
		require.LessOrEqual(t, float64(spent)/ticks, 1.1*float64(max(budget, valuesMessage)))
	})
}

// TestABudgetIsKeptAndUsed: records fill the budget, not a guess of the worst case.
func TestABudgetIsKeptAndUsed(t *testing.T) {
	for _, pieces := range bothWays {
		c := newCrush(1, 1500, 1, pieces)
		for _, budget := range []int{1200, 1800, 2600} {
			c.peer.Budget = budget
			for range 60 {
				c.step(t)
			}
			spent := 0
			for range 60 {
				c.step(t)
				spent += c.line.bytes
			}
			require.InDelta(t, float64(budget), float64(spent)/60, 0.2*float64(budget))
		}
	}
}

// sooner is how much longer the others of a crush wait than the important ones,
// each of which each touches before each step.
func (c *crush) sooner(t *testing.T, important map[ID]bool, each func()) float64 {
	c.peer.Budget = 1100
	var sums, counts [2]float64
	for tick := range 120 {
		each()
		c.step(t)
		if tick < 60 {
			continue
		}
		for i := range c.peer.known.list {
			k := &c.peer.known.list[i]
			at := 0
			if important[k.id] {
				at = 1
			}
			sums[at] += float64(c.app.Tick() - k.first.sent)
			counts[at]++
		}
	}
	return (sums[0]/counts[0] + 0.5) / (sums[1]/counts[1] + 0.5)
}

// tenth is every tenth thing, and their IDs.
func (c *crush) tenth() (things []ecs.Entity, ids map[ID]bool) {
	ids = map[ID]bool{}
	nets := ecs.NewMap1[Net](c.app.Sim())
	for i := 0; i < len(c.all); i += 10 {
		things = append(things, c.all[i])
		ids[nets.Get(c.all[i]).ID] = true
	}
	return things, ids
}

// TestImportanceComesSooner: twice the importance, half the wait. That of an
// entity is its Weight, that of a component its option.
func TestImportanceComesSooner(t *testing.T) {
	for _, pieces := range bothWays {
		importanceComesSooner(t, pieces)
	}
}

func importanceComesSooner(t *testing.T, pieces int) {
	c := newCrush(1, 1200, 1, pieces)
	c.step(t)
	things, ids := c.tenth()
	weights := ecs.NewMap1[Weight](c.app.Sim())
	for _, e := range things {
		weights.Add(e, Weight{4})
	}
	require.InDelta(t, 4, c.sooner(t, ids, func() {}), 1.2)

	for _, importance := range []float32{0.25, 1, 4} {
		c := newCrush(1, 1200, importance, pieces)
		c.step(t)
		things, ids := c.tenth()
		for _, e := range things {
			c.moods.Add(e, starveMood{})
		}
		c.step(t)
		ratio := c.sooner(t, ids, func() {
			for _, e := range things {
				c.moods.Get(e).Value += 7777
			}
		})
		want := float64(max(importance, 1)) // where the place of a thing is more urgent, its mood goes with it
		require.InDelta(t, want, ratio, 0.3*want, "importance %v", importance)
	}
}
