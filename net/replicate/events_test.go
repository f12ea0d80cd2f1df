package replicate_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
)

// eyes follow one client's events.
type eyes struct {
	seen map[replicate.ID]ecs.Entity
	kept map[replicate.ID]bool // in the world, and out of sight

	spawned, came, despawned, went, froze int
}

// see follows the events of a tick, and checks them against the world.
func (y *eyes) see(t *testing.T, l *limited, v *viewer, born map[replicate.ID]uint32) {
	w := v.app.World()
	for _, gone := range ecs.EventsOf[replicate.Vanished](w).Read() {
		_, saw := y.seen[gone.ID]
		require.True(t, saw || gone.Despawned && y.kept[gone.ID], "tick %d: %+v was not there", l.tick, gone)
		require.Equal(t, gone.Kept, w.Alive(gone.Entity))
		delete(y.seen, gone.ID)
		delete(y.kept, gone.ID)
		_, lives := replicate.EntitiesOf(l.app.World()).Lookup(gone.ID)
		switch {
		case gone.Kept:
			y.kept[gone.ID] = true
			y.froze++
		case gone.Despawned:
			require.False(t, lives, "%+v lives", gone)
			y.despawned++
		default:
			y.went++
		}
	}
	for _, come := range ecs.EventsOf[replicate.Appeared](w).Read() {
		require.NotContains(t, y.seen, come.ID)
		require.True(t, w.Alive(come.Entity))
		delete(y.kept, come.ID)
		y.seen[come.ID] = come.Entity
		age := v.client.Playhead() - float64(born[come.ID])
		if come.Spawned {
			require.Less(t, age, 9.0, "tick %d: %+v is old", l.tick, come)
			y.spawned++
		} else {
			y.came++
		}
	}
	all := ecs.Query1[replicate.Net](ecs.NewSim(w))
	q := all.Query()
	require.Equal(t, len(y.seen)+len(y.kept), q.Count())
	for q.Next() {
		if id := q.Get().ID; !y.kept[id] {
			require.Equal(t, q.Entity(), y.seen[id])
		}
	}
}

// TestSightEvents: who counts what appears and vanishes always knows what is
// in sight, and why.
func TestSightEvents(t *testing.T) {
	total := eyes{}
	for seed := *firstSeed; seed < lastSeed(); seed++ {
		ok := t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			l, born := newLimited(t, seed), map[replicate.ID]uint32{}
			nets := ecs.Query1[replicate.Net](ecs.NewSim(l.app.World()))
			watching := make([]eyes, len(l.clients))
			for i := range watching {
				watching[i] = eyes{seen: map[replicate.ID]ecs.Entity{}, kept: map[replicate.ID]bool{}}
			}
			for tick := range 400 + quietTicks {
				if tick < 400 {
					l.comeAndGo()
				}
				l.step(false)
				q := nets.Query()
				for q.Next() {
					if id := q.Get().ID; born[id] == 0 {
						born[id] = l.tick
					}
				}
				for i, v := range l.clients {
					watching[i].see(t, l, v, born)
				}
			}
			for i, y := range watching {
				for id := range y.seen {
					require.True(t, l.server.Knows(input.PlayerID(i+1), id))
				}
				require.Len(t, l.server.Seen(nil, input.PlayerID(i+1)), len(y.seen), "what the server says of player %d", i+1)
				total.spawned, total.came = total.spawned+y.spawned, total.came+y.came
				total.despawned, total.went, total.froze = total.despawned+y.despawned, total.went+y.went, total.froze+y.froze
			}
		})
		if !ok {
			t.Fatalf("replay: go test ./net/replicate -run TestSightEvents -seed %d -seeds 1", seed)
		}
	}
	t.Logf("%d spawned, %d came, %d despawned, %d went, %d kept", total.spawned, total.came, total.despawned, total.went, total.froze)
	for _, n := range []int{total.spawned, total.came, total.despawned, total.went, total.froze} {
		require.NotZero(t, n)
	}
}

// comeAndGo mingles, with things of every life.
func (l *limited) comeAndGo() {
	before := len(l.alive)
	l.mingle()
	for i := before; i < len(l.alive); i++ {
		n, _, _ := l.bodies.Get(l.alive[i])
		n.Life = replicate.Life(l.rng.IntN(3))
	}
	for _, e := range l.alive {
		_, p, _ := l.bodies.Get(e)
		p.X = max(min(p.X+l.rng.Float32()*16-8, 100), -100)
	}
}

// TestJoinersSeeWhatWasThere: to one who joins, nothing is new.
func TestJoinersSeeWhatWasThere(t *testing.T) {
	m := newMatch(t, 1)
	for tick := range 103 {
		m.step(tick < 100)
	}
	m.join(0)
	v, old := m.clients[0], 0
	for range 60 {
		m.step(false)
		for _, a := range ecs.EventsOf[replicate.Appeared](v.app.World()).Read() {
			require.False(t, a.Spawned)
			old++
		}
	}
	require.Equal(t, m.server.Entities(), old)
	m.bodies.NewEntity(replicate.Net{}, position{}, heading{})
	fresh := 0
	for range 60 {
		m.step(false)
		for _, a := range ecs.EventsOf[replicate.Appeared](v.app.World()).Read() {
			require.True(t, a.Spawned)
			fresh++
		}
	}
	require.Equal(t, 1, fresh)
	require.Same(t, m.server, ecs.Resource[replicate.Server](m.app.World()))
}
