package session_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/replicate"
)

// lock is whom an entity has its eye on: simulated by both sides.
type lock struct{ Target replicate.ID }

// lockers lets every bomb lock on the player or bomb nearest to it that has a
// lock too, and every player on its newest bomb: predicted on predicted,
// predicted on interpolated, interpolated on either.
type lockers struct {
	all   ecs.Filter3[replicate.Net, place, lock]
	prey  ecs.Reader3[replicate.Net, place, lock]
	names *replicate.Entities
}

func (l *lockers) Init(s *ecs.Sim) {
	l.all = ecs.Query3[replicate.Net, place, lock](s)
	l.prey = ecs.Read3[replicate.Net, place, lock](s.All(), ecs.Without[replicate.Disabled]())
	l.names = replicate.EntitiesOf(s.World())
}

func (l *lockers) Update(engine.Tick) {
	q := l.all.Query()
	for q.Next() {
		n, p, k := q.Get()
		if _, ok := l.names.Lookup(k.Target); ok {
			continue
		}
		k.Target = 0
		near := float32(1e9)
		prey := l.prey.Query()
		for prey.Next() {
			m, at, _ := prey.Get()
			dx, dy := at.X-p.X, at.Y-p.Y
			if d := float32(dx*dx) + float32(dy*dy); m.ID != 0 && m.ID != n.ID && (d < near || d == near && m.ID < k.Target) {
				near, k.Target = d, m.ID
			}
		}
	}
}

// arms gives what has none a lock: bombs and players.
type arms struct {
	bare ecs.Filter1[place]
	add  *ecs.Adder1[lock]
}

func (a *arms) Init(s *ecs.Sim) {
	a.bare, a.add = ecs.Query1[place](s, ecs.Without[lock]()), ecs.NewAdder1[lock](s)
}

func (a *arms) Update(engine.Tick) {
	q := a.bare.Query()
	for q.Next() {
		a.add.Add(q.Entity(), lock{})
	}
}

func lockPlugin(app *engine.App) {
	simPlugin(app)
	replicate.Component[lock](app, replicate.Predict())
	app.Simulate(&arms{}, &lockers{})
}

// watcher fails when the simulation is about to begin with a reference to what
// the world does not have.
func watcher(t *testing.T, refs *int) engine.Plugin {
	return func(app *engine.App) {
		all := ecs.Read2[replicate.Net, lock](app.Sim().All())
		names := replicate.EntitiesOf(app.World())
		app.Input(systemFunc(func(tick engine.Tick) {
			q := all.Query()
			for q.Next() {
				n, k := q.Get()
				if k.Target == 0 {
					continue
				}
				*refs++
				if _, ok := names.Lookup(k.Target); !ok && !hidden(app, k.Target) {
					t.Errorf("tick %d: entity %d refers to %d, which is not there", tick.Number, n.ID, k.Target)
				}
			}
		}))
	}
}

// hidden reports whether an entity is there but despawned by prediction.
func hidden(app *engine.App, id replicate.ID) bool {
	all := ecs.Query1[replicate.Net](ecs.NewSim(app.World()), ecs.With[replicate.Disabled]())
	found := false
	q := all.Query()
	for q.Next() {
		found = found || q.Get().ID == id
	}
	return found
}

// TestPredictedReferences plays with references that are simulated on both
// sides, over a bad line.
func TestPredictedReferences(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64) {
		refs := 0
		game := bombers
		game.Sim, game.Client = lockPlugin, watcher(t, &refs)
		m := newMatchOf(t, game, seed, internet)
		for range 3 {
			m.join()
		}
		m.run(12 * time.Second)
		m.leaving = m.clients[2]
		m.leaving.Leave()
		m.run(5 * time.Second)
		m.quiet, m.clients = true, m.clients[:2]
		m.run(8 * time.Second)
		m.requireEqual()
		require.NotZero(t, refs)
		for _, c := range m.clients {
			p := c.Stats().Predict
			t.Logf("confirmed %d, mispredicted %d, last %+v", p.Confirmed, p.Mispredictions, p.Last)
			require.Less(t, p.Mispredictions, p.Confirmed/2)
		}
		want := 0
		for _, c := range m.clients {
			q := ecs.Query1[lock](ecs.NewSim(c.App().World()))
			k := q.Query()
			for k.Next() {
				if k.Get().Target != 0 {
					want++
				}
			}
		}
		require.Equal(t, 4, want, "each of two sees two that see each other")
	})
}
