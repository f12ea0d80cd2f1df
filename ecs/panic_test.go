package ecs_test

import (
	"maps"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
)

// mistake is something that a caller can do wrong, and what it must be told.
type mistake struct {
	text  string
	cause func(w *ecs.World, s *ecs.Sim)
}

// TestPanicsSayTheFix makes every mistake and reads the panic.
func TestPanicsSayTheFix(t *testing.T) {
	all := maps.Clone(mistakesWithEntities)
	maps.Copy(all, mistakesWithTypes)
	for name, m := range all {
		t.Run(name, func(t *testing.T) {
			w := ecs.NewWorld(0)
			require.PanicsWithValue(t, m.text, func() { m.cause(w, ecs.NewSim(w)) })
		})
	}
}

var mistakesWithEntities = map[string]mistake{
	"despawn in a query": {
		"ecs: Despawn while a query is open: use Sim.Despawn, which waits until the system is done, or Close the query before it",
		func(w *ecs.World, s *ecs.Sim) { w.Despawn(openQuery(s)) },
	},
	"new entity in a query": {
		"ecs: NewEntity while a query is open: use a Spawner, which waits until the system is done, or Close the query before it",
		func(w *ecs.World, s *ecs.Sim) {
			positions := ecs.NewMap1[position](s)
			openQuery(s)
			positions.NewEntity(position{})
		},
	},
	"add in a query": {
		"ecs: adding or removing components while a query is open: use an Adder, which waits until the system is done, " +
			"or Close the query before it",
		func(w *ecs.World, s *ecs.Sim) {
			velocities := ecs.NewMap1[velocity](s)
			velocities.Add(openQuery(s), velocity{})
		},
	},
	"a query left open": {
		"ecs: a query is still open at the end of the system: a loop over it was left early; Close it there",
		func(w *ecs.World, s *ecs.Sim) { openQuery(s); s.Flush() },
	},
	"a filter never made": {
		"ecs: Query on a filter that was never made: make it in the system's Init, by ecs.Query2 or the like",
		func(w *ecs.World, s *ecs.Sim) { new(ecs.Filter1[position]).Query() },
	},
	"a type first used in a query": {
		"ecs: component ecs_test.velocity is used for the first time while a query is open: " +
			"make filters, maps and spawners in Init",
		func(w *ecs.World, s *ecs.Sim) { openQuery(s); ecs.ComponentID[velocity](w) },
	},
	"despawn of the dead": {
		"ecs: Despawn: entity 1.0 is dead: ask Alive first",
		func(w *ecs.World, s *ecs.Sim) {
			e := w.NewEntity()
			w.Despawn(e)
			w.Despawn(e)
		},
	},
	"limit after queries": {
		"ecs: Sim.Limit after queries were made from it: limit the Sim in a plugin, before systems are initialised",
		func(w *ecs.World, s *ecs.Sim) { ecs.Query1[position](s); s.Limit(nil, nil) },
	},
}

var mistakesWithTypes = map[string]mistake{
	"no such resource": {
		"ecs: the world has no resource of type ecs_test.pair[int,int]: add the plugin that provides it, or call SetResource[ecs_test.pair[int,int]]",
		func(w *ecs.World, s *ecs.Sim) { ecs.MustResource[pair[int, int]](w) },
	},
	"name taken": {
		`ecs: component name "a" is taken by ecs_test.position: give ecs_test.velocity another`,
		func(w *ecs.World, s *ecs.Sim) { ecs.Register[position](w, "a"); ecs.Register[velocity](w, "a") },
	},
	"type taken": {
		`ecs: ecs_test.position is registered as "a" already: use that name instead of "b"`,
		func(w *ecs.World, s *ecs.Sim) { ecs.Register[position](w, "a"); ecs.Register[position](w, "b") },
	},
	"no name": {
		"ecs: Register[ecs_test.position] with an empty name: give it one that never changes",
		func(w *ecs.World, s *ecs.Sim) { ecs.Register[position](w, "") },
	},
	"register when frozen": {
		"ecs: Register[ecs_test.position] after the registry was frozen: register in a plugin, before the app starts",
		func(w *ecs.World, s *ecs.Sim) { w.Registry().Freeze(); ecs.Register[position](w, "a") },
	},
	"wire numbers too early": {
		"ecs: wire numbers exist only once the registry is frozen: ask after App.Start or Registry.Freeze",
		func(w *ecs.World, s *ecs.Sim) { w.Registry().Components() },
	},
	"negative capacity": {
		"ecs: NewWorld(-1): the capacity cannot be negative; 0 chooses the default",
		func(w *ecs.World, s *ecs.Sim) { ecs.NewWorld(-1) },
	},
}

// openQuery leaves a query open and returns the entity that it stands on.
func openQuery(s *ecs.Sim) ecs.Entity {
	s.World().NewEntity(ecs.ComponentID[position](s.World()))
	filter := ecs.Query1[position](s)
	q := filter.Query()
	q.Next()
	return q.Entity()
}

// TestIndex watches the one thing about an ID that ecs reads without being told.
func TestIndex(t *testing.T) {
	w := ecs.NewWorld(0)
	require.EqualValues(t, 1, unsafe.Sizeof(ecs.ID{}))
	require.Equal(t, 0, ecs.Index(ecs.ComponentID[position](w)))
	require.Equal(t, 1, ecs.Index(ecs.ComponentID[velocity](w)))
	require.Equal(t, "ecs_test.velocity", w.TypeOf(ecs.ComponentID[velocity](w)).String())
}

// TestComponentLimit fills a world with component types. Arche alone would corrupt memory at the last of them.
func TestComponentLimit(t *testing.T) {
	w := ecs.NewWorld(0)
	var first ecs.Entity
	require.PanicsWithValue(t, "ecs: ecs_test.pair[[15]uint8,[0]uint8] would be component type 241 of a world that takes 240: "+
		"merge some that go together", func() {
		for _, fill := range []func(*ecs.World){
			sixteen[[0]byte], sixteen[[1]byte], sixteen[[2]byte], sixteen[[3]byte], sixteen[[4]byte], sixteen[[5]byte],
			sixteen[[6]byte], sixteen[[7]byte], sixteen[[8]byte], sixteen[[9]byte], sixteen[[10]byte], sixteen[[11]byte],
			sixteen[[12]byte], sixteen[[13]byte], sixteen[[14]byte], sixteen[[15]byte],
		} {
			fill(w)
			first = w.NewEntity(ecs.ComponentID[pair[[0]byte, [1]byte]](w))
		}
	})
	last := ecs.ComponentID[pair[[14]byte, [15]byte]](w)
	w.AddIDs(first, last)
	*(*pair[[14]byte, [15]byte])(w.Pointer(first, last)) = pair[[14]byte, [15]byte]{B: [15]byte{14: 1}}
	require.True(t, w.Has(first, last), "the last type that fits works")
}

type pair[A, B any] struct {
	A A
	B B
}

func sixteen[A any](w *ecs.World) {
	for _, register := range []func(*ecs.World) ecs.ID{
		ecs.ComponentID[pair[A, [0]byte]], ecs.ComponentID[pair[A, [1]byte]], ecs.ComponentID[pair[A, [2]byte]],
		ecs.ComponentID[pair[A, [3]byte]], ecs.ComponentID[pair[A, [4]byte]], ecs.ComponentID[pair[A, [5]byte]],
		ecs.ComponentID[pair[A, [6]byte]], ecs.ComponentID[pair[A, [7]byte]], ecs.ComponentID[pair[A, [8]byte]],
		ecs.ComponentID[pair[A, [9]byte]], ecs.ComponentID[pair[A, [10]byte]], ecs.ComponentID[pair[A, [11]byte]],
		ecs.ComponentID[pair[A, [12]byte]], ecs.ComponentID[pair[A, [13]byte]], ecs.ComponentID[pair[A, [14]byte]],
		ecs.ComponentID[pair[A, [15]byte]],
	} {
		register(w)
	}
}
