package ecs_test

import (
	"fmt"

	"github.com/tandem-engine/tandem/ecs"
)

type Position struct{ X, Y float32 }

type Velocity struct{ X, Y float32 }

type Fuse struct{ Ticks int }

// Example moves everything that has a position and a velocity.
func Example() {
	sim := ecs.NewSim(ecs.NewWorld(0))

	bodies := ecs.NewMap2[Position, Velocity](sim)
	ship := bodies.NewEntity(Position{0, 0}, Velocity{1, 2})

	moving := ecs.Query2[Position, Velocity](sim)
	for range 3 {
		q := moving.Query()
		for q.Next() {
			p, v := q.Get()
			p.X += v.X
			p.Y += v.Y
		}
	}

	p, _ := bodies.Get(ship)
	fmt.Println(*p)
	// Output: {3 6}
}

// A spawner and Sim.Despawn work while a query is open; what they do happens at Flush.
func ExampleSpawner2() {
	sim := ecs.NewSim(ecs.NewWorld(0))
	sparks := ecs.NewSpawner2[Position, Fuse](sim)
	burning := ecs.Query2[Position, Fuse](sim)
	sparks.Spawn(Position{5, 5}, Fuse{1})

	for tick := range 4 {
		sim.Flush() // the App does so after each system
		fmt.Printf("tick %d: %d burning\n", tick, sim.World().Len())
		q := burning.Query()
		for q.Next() {
			p, fuse := q.Get()
			if fuse.Ticks--; fuse.Ticks >= 0 {
				sparks.Spawn(*p, Fuse{fuse.Ticks})
			} else {
				sim.Despawn(q.Entity())
			}
		}
	}
	// Output:
	// tick 0: 1 burning
	// tick 1: 2 burning
	// tick 2: 0 burning
	// tick 3: 0 burning
}

func ExampleQuery1() {
	type Frozen struct{}
	sim := ecs.NewSim(ecs.NewWorld(0))
	positions, frozen := ecs.NewMap1[Position](sim), ecs.NewMap2[Position, Frozen](sim)
	positions.NewEntity(Position{1, 0})
	frozen.NewEntity(Position{2, 0}, Frozen{})

	free := ecs.Query1[Position](sim, ecs.Without[Frozen]())
	q := free.Query()
	for q.Next() {
		fmt.Println(*q.Get())
	}
	// Output: {1 0}
}

// On a client the scope is what it predicts. Everything else can be read, not written.
func ExampleSim_Limit() {
	type Predicted struct{}
	world := ecs.NewWorld(0)
	server := ecs.NewMap1[Position](ecs.NewSim(world)) // replication puts other entities into the world
	server.NewEntity(Position{9, 9})

	sim := ecs.NewSim(world)
	sim.Limit([]ecs.ID{ecs.ComponentID[Predicted](world)}, nil)
	own := ecs.NewMap1[Position](sim)
	own.NewEntity(Position{1, 1})

	mine, all := ecs.Query1[Position](sim), ecs.Read1[Position](sim.All())
	q, r := mine.Query(), all.Query()
	fmt.Println(q.Count(), "of", r.Count())
	q.Close()
	r.Close()
	// Output: 1 of 2
}

func ExampleEventsOf() {
	type Hit struct{ Points int }
	world := ecs.NewWorld(0)
	hits := ecs.EventsOf[Hit](world)

	hits.Emit(Hit{3})
	hits.Emit(Hit{4})
	for _, hit := range hits.Read() {
		fmt.Println(hit.Points)
	}
	world.ClearEvents() // the App does so when a tick begins
	fmt.Println(len(hits.Read()))
	// Output:
	// 3
	// 4
	// 0
}

// Names, not the order of registration, decide about the numbers that go over the wire.
func ExampleRegister() {
	world := ecs.NewWorld(0)
	ecs.Register[Velocity](world, "velocity")
	ecs.Register[Position](world, "position")
	world.Registry().Freeze()
	for _, c := range world.Registry().Components() {
		fmt.Println(c.Wire, c.Name, c.Type, c.Size)
	}
	// Output:
	// 0 position ecs_test.Position 8
	// 1 velocity ecs_test.Velocity 8
}

// Rollback and replication know components by ID, and copy values without knowing their type.
func ExampleWorld_Copy() {
	world := ecs.NewWorld(0)
	id := ecs.ComponentID[Position](world)
	e := world.NewEntity(id)
	saved := world.Alloc(id, 1)

	p := (*Position)(world.Pointer(e, id))
	*p = Position{1, 2}
	world.Copy(id, saved, world.Pointer(e, id))
	*p = Position{8, 8}
	world.Copy(id, world.Pointer(e, id), saved)
	fmt.Println(*p)
	// Output: {1 2}
}
