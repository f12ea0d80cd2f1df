package replicate_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
)

func familyPlugin(app *engine.App) {
	plugin(app)
	replicate.Component[replicate.Parent](app)
}

// clan is a match of families, whose children are anywhere.
type clan struct {
	*match
	ids     *replicate.Entities
	parents ecs.Map1[replicate.Parent]
	nets    ecs.Map1[replicate.Net]
	bound   map[replicate.ID]replicate.ID // of children that keep their parent
}

func newClan(t *testing.T, seed uint64) *clan {
	m := newMatchOf(t, seed, familyPlugin)
	c := &clan{
		match: m, ids: replicate.EntitiesOf(m.app.World()), bound: map[replicate.ID]replicate.ID{},
		parents: ecs.NewMap1[replicate.Parent](m.app.Sim()), nets: ecs.NewMap1[replicate.Net](m.app.Sim()),
	}
	if seed%3 != 0 {
		replicate.Sight(m.app, replicate.Area{
			Radius: sightRadius, Margin: sightMargin, World: physics.Box{MinX: -100, MinY: -100, MaxX: 100, MaxY: 100},
		}, func(p *position) (float32, float32) { return p.X, p.Y })
	}
	for p := input.PlayerID(1); p <= 3; p++ {
		m.bodies.NewEntity(replicate.Net{Owner: p, Mode: replicate.ByOwner}, position{X: float32(p) * 20}, heading{})
		m.joinAs(p, m.rng.Float64()*0.3)
	}
	return c
}

// id is the ID of an entity that has one.
func (c *clan) id(e ecs.Entity) replicate.ID { return c.nets.Get(e).ID }

func (c *clan) spawn(parent replicate.ID) {
	n := replicate.Net{
		ID: c.ids.NewID(), Owner: input.PlayerID(c.rng.IntN(4)),
		Life: replicate.Life(c.rng.IntN(3)), Mode: replicate.Mode(c.rng.IntN(2)),
	}
	e := c.bodies.NewEntity(n, position{X: c.rng.Float32()*200 - 100, Y: c.rng.Float32()*80 - 40}, heading{})
	c.alive = append(c.alive, e)
	if parent != 0 {
		c.parents.Add(e, replicate.Parent{ID: parent})
		if c.rng.IntN(3) > 0 {
			c.bound[n.ID] = parent
		}
	}
}

// live lets families come, go, move and mix.
func (c *clan) live() {
	c.alive = slices.DeleteFunc(c.alive, func(e ecs.Entity) bool { return !c.app.World().Alive(e) })
	if c.rng.IntN(4) == 0 && len(c.alive) < 60 {
		parent := replicate.ID(0)
		if len(c.alive) > 0 && c.rng.IntN(4) > 0 {
			parent = c.id(c.alive[c.rng.IntN(len(c.alive))])
		}
		c.spawn(parent)
	}
	for i := range c.alive {
		e := c.alive[i]
		if !c.app.World().Alive(e) {
			continue
		}
		_, p, _ := c.bodies.Get(e)
		p.X = max(min(p.X+c.rng.Float32()*16-8, 100), -100)
		switch c.rng.IntN(200) {
		case 0:
			c.app.World().Despawn(e)
		case 1:
			if older := c.alive[c.rng.IntN(i+1)]; c.parents.Has(e) && c.bound[c.id(e)] == 0 && c.app.World().Alive(older) && c.id(older) < c.id(e) {
				c.parents.Get(e).ID = c.id(older) * replicate.ID(c.rng.IntN(2)) // an older one, so that there are no circles
			}
		}
	}
}

// check holds at every moment: children are there only with their parents. And
// after quiet, parents only with their children.
func (c *clan) check(quiet bool) {
	for i, v := range c.clients {
		there := map[replicate.ID]bool{}
		parents := map[replicate.ID]replicate.ID{}
		s := ecs.NewSim(v.app.World())
		nets, children := ecs.Query1[replicate.Net](s), ecs.Query2[replicate.Net, replicate.Parent](s)
		q := nets.Query()
		for q.Next() {
			there[q.Get().ID] = true
		}
		k := children.Query()
		for k.Next() {
			n, p := k.Get()
			parents[n.ID] = p.ID
			require.True(c.t, p.ID == 0 || there[p.ID], "tick %d, client %d: %d without its parent %d", c.tick, i, n.ID, p.ID)
		}
		for child, parent := range c.bound {
			if there[child] {
				require.Equal(c.t, parent, parents[child], "tick %d, client %d: child %d", c.tick, i, child)
			}
			_, lives := c.ids.Lookup(child)
			asLastSeen := there[parent] && !c.server.Knows(input.PlayerID(i+1), parent)

			require.True(c.t, !quiet || !lives || asLastSeen || there[parent] == there[child], "client %d: child %d, parent %d", i, child, parent)
		}
	}
}

// TestFamilies plays games of families over bad lines.
func TestFamilies(t *testing.T) {
	for seed := *firstSeed; seed < lastSeed(); seed++ {
		ok := t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			c := newClan(t, seed)
			for range 400 {
				c.live()
				c.step(false)
				c.check(false)
			}
			for range quietTicks {
				c.step(false)
			}
			c.check(true)
			truth := replicate.Describe(c.app)
			for i, v := range c.clients {
				known := replicate.Describe(v.app)
				for id, text := range known {
					if c.server.Knows(input.PlayerID(i+1), id) {
						require.Equal(t, truth[id], text, "client %d, entity %d", i, id)
					}
				}
				if seed%3 == 0 {
					require.Len(t, known, len(truth))
				}
			}
		})
		if !ok {
			t.Fatalf("replay: go test ./net/replicate -run TestFamilies -seed %d -seeds 1", seed)
		}
	}
}

// TestParentEnds: with the parent go its children and theirs, in its tick.
func TestParentEnds(t *testing.T) {
	c := newClan(t, 3)
	ids := []replicate.ID{}
	for parent := replicate.ID(0); len(ids) < 4; parent = ids[len(ids)-1] {
		c.spawn(parent)
		ids = append(ids, c.id(c.alive[len(c.alive)-1]))
	}
	c.spawn(ids[0])
	for range 3 {
		c.step(false)
	}
	require.Len(t, c.ids.Children(nil, ids[0]), 2)
	tank, _ := c.ids.Lookup(ids[0])
	c.app.World().Despawn(tank)
	c.step(false)
	require.Len(t, replicate.Describe(c.app), 3, "the players")
}

func TestOwnAncestor(t *testing.T) {
	c := newClan(t, 3)
	a, b := c.ids.NewID(), c.ids.NewID()
	for child, parent := range map[replicate.ID]replicate.ID{a: b, b: a} {
		e := c.bodies.NewEntity(replicate.Net{ID: child}, position{}, heading{})
		c.parents.Add(e, replicate.Parent{ID: parent})
	}
	err := error(nil)
	for range 3 {
		err = c.app.Step()
	}
	require.ErrorContains(t, err, "is its own ancestor")
}
