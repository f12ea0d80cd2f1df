package replicate_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
)

// Components that refer to other entities.
type (
	aim struct {
		Shots  uint8
		Target replicate.ID
	}
	squad struct {
		Mates [2]replicate.ID
		Pad   struct{ Of replicate.ID }
	}
)

func referencePlugin(app *engine.App) {
	plugin(app)
	replicate.Component[aim](app, replicate.Interpolate(replicate.Lerp))
	replicate.Component[squad](app, replicate.OwnerOnly())
}

// web is a match in which everything refers to anything, also to what some
// clients cannot see, and to what is no more.
type web struct {
	*match
	ids      *replicate.Entities
	aims     ecs.Map1[aim]
	squads   ecs.Map1[squad]
	players  map[input.PlayerID]ecs.Entity
	everyone []replicate.ID // that ever was
}

func newWeb(t *testing.T, seed uint64) *web {
	m := newMatchOf(t, seed, referencePlugin)
	w := &web{
		match: m, ids: replicate.EntitiesOf(m.app.World()), players: map[input.PlayerID]ecs.Entity{},
		aims: ecs.NewMap1[aim](m.app.Sim()), squads: ecs.NewMap1[squad](m.app.Sim()),
	}
	if seed%2 == 0 {
		replicate.Sight(m.app, replicate.Area{
			Radius: sightRadius, Margin: sightMargin, World: physics.Box{MinX: -100, MinY: -100, MaxX: 100, MaxY: 100},
		}, func(p *position) (float32, float32) { return p.X, p.Y })
	}
	for p := input.PlayerID(1); p <= 3; p++ {
		w.players[p] = w.spawn(replicate.Net{Owner: p, Mode: replicate.ByOwner})
		m.joinAs(p, m.rng.Float64()*0.3)
	}
	return w
}

func (w *web) spawn(n replicate.Net) ecs.Entity {
	n.ID = w.ids.NewID()
	w.everyone = append(w.everyone, n.ID)
	e := w.bodies.NewEntity(n, position{X: w.rng.Float32()*160 - 80, Y: w.rng.Float32()*80 - 40}, heading{})
	w.aims.Add(e, aim{Target: w.anybody()})
	if w.rng.IntN(2) == 0 {
		w.squads.Add(e, squad{Mates: [2]replicate.ID{w.anybody(), w.anybody()}})
	}
	return e
}

// anybody is the ID of somebody, dead or alive, or of the one to be spawned next.
func (w *web) anybody() replicate.ID {
	if len(w.everyone) == 0 || w.rng.IntN(5) == 0 {
		return w.everyone[len(w.everyone)-1] + replicate.ID(w.rng.IntN(2))
	}
	return w.everyone[max(0, len(w.everyone)-1-w.rng.IntN(30))]
}

func (w *web) tangle() {
	if w.rng.IntN(3) == 0 && len(w.alive) < 60 {
		life := replicate.Life(w.rng.IntN(3))
		w.alive = append(w.alive, w.spawn(replicate.Net{Life: life, Owner: input.PlayerID(w.rng.IntN(4))}))
	}
	for i := 0; i < len(w.alive); i++ {
		e := w.alive[i]
		_, p, _ := w.bodies.Get(e)
		p.X = max(min(p.X+w.rng.Float32()*16-8, 100), -100)
		switch w.rng.IntN(160) {
		case 0:
			w.app.World().Despawn(e)
			w.alive[i] = w.alive[len(w.alive)-1]
			w.alive = w.alive[:len(w.alive)-1]
			i--
		case 1:
			w.aims.Add(e, aim{Target: w.anybody(), Shots: uint8(w.tick)})
		case 2:
			w.aims.Remove(e)
		case 3:
			w.squads.Add(e, squad{Pad: struct{ Of replicate.ID }{w.anybody()}})
		case 4:
			w.squads.Remove(e)
		case 5:
			if a := w.aims.Get(e); a != nil {
				a.Target = w.anybody()
			}
		}
	}
}

// place is a field that refers to an entity.
type place struct {
	of    replicate.ID
	field string
}

// references are all that an app's entities refer to, by entity and field.
func references(app *engine.App, views bool) map[place]replicate.ID {
	s, out := ecs.NewSim(app.World()), map[place]replicate.ID{}
	aims, squads := ecs.Query2[replicate.Net, aim](s), ecs.Query2[replicate.Net, squad](s)
	qa := aims.Query()
	for qa.Next() {
		n, a := qa.Get()
		out[place{n.ID, "aim"}] = a.Target
	}
	qs := squads.Query()
	for qs.Next() {
		n, q := qs.Get()
		out[place{n.ID, "mate 0"}], out[place{n.ID, "mate 1"}], out[place{n.ID, "pad"}] = q.Mates[0], q.Mates[1], q.Pad.Of
	}
	if views {
		seen := ecs.Query2[replicate.Net, replicate.View[aim]](s)
		q := seen.Query()
		for q.Next() {
			n, v := q.Get()
			out[place{n.ID, "view"}] = v.Value.Target
		}
	}
	return out
}

// check holds at every moment: no client has a reference to what it has not.
func (w *web) check() {
	for i, v := range w.clients {
		require.NoError(w.t, v.app.Render(engine.Frame{}))
		ids := replicate.EntitiesOf(v.app.World())
		for where, id := range references(v.app, true) {
			e, ok := ids.Lookup(id)
			require.True(w.t, id == 0 || ok && v.app.World().Alive(e), "tick %d, client %d: %v refers to %d, which is not there", w.tick, i, where, id)
		}
	}
}

// TestReferences plays games of references over bad lines. After quiet every
// client has the server's references, as far as it knows their targets.
func TestReferences(t *testing.T) {
	for seed := *firstSeed; seed < lastSeed(); seed++ {
		ok := t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			w := newWeb(t, seed)
			for range 300 {
				w.tangle()
				w.step(false)
				w.check()
			}
			for range quietTicks {
				w.step(false)
			}
			w.check()
			truth, pointed := references(w.app, false), 0
			for i, v := range w.clients {
				ids := replicate.EntitiesOf(v.app.World())
				for where, id := range references(v.app, false) {
					if !w.server.Knows(input.PlayerID(i+1), where.of) {
						continue // as it was last seen
					}
					want := truth[where]
					if _, ok := ids.Lookup(want); !ok {
						want = 0
					}
					require.Equal(t, want, id, "client %d: %v", i, where)
					if id != 0 {
						pointed++
					}
				}
			}
			require.NotZero(t, pointed)
		})
		if !ok {
			t.Fatalf("replay: go test ./net/replicate -run 'TestReferences$' -seed %d -seeds 1", seed)
		}
	}
}

// TestReferencesWithinASpawn: two that refer to each other and to themselves,
// spawned in one tick, are whole when they appear.
func TestReferencesWithinASpawn(t *testing.T) {
	w := newWeb(t, 1)
	for range 40 {
		w.step(false)
	}
	a, b := w.ids.NewID(), w.ids.NewID()
	for id, to := range map[replicate.ID]replicate.ID{a: b, b: a} {
		e := w.bodies.NewEntity(replicate.Net{ID: id}, position{}, heading{})
		w.aims.Add(e, aim{Target: to})
	}
	found, ok := w.ids.Lookup(b)
	require.True(t, ok, "the server finds it at once")
	require.Equal(t, a, w.aims.Get(found).Target)
	v := w.clients[0]
	for range 60 {
		w.step(false)
		refs := references(v.app, false)
		if id, ok := refs[place{a, "aim"}]; ok {
			require.Equal(t, b, id)
			require.Equal(t, a, refs[place{b, "aim"}])
		}
	}
	_, ok = replicate.EntitiesOf(v.app.World()).Lookup(a)
	require.True(t, ok)
	w.app.World().Despawn(found)
	for range 60 {
		w.step(false)
	}
	require.Zero(t, references(v.app, false)[place{a, "aim"}])
	_, ok = replicate.EntitiesOf(v.app.World()).Lookup(b)
	require.False(t, ok)
}

func TestReferenceOfAnotherType(t *testing.T) {
	type foreign struct {
		Of ecs.Entity `net:"entity"`
	}
	require.PanicsWithValue(t, "replicate: replicate_test.foreign.Of refers to an entity with a ecs.Entity: make it a replicate.ID, which is the same everywhere",
		func() { replicate.Component[foreign](engine.New(engine.Config{})) })
}
