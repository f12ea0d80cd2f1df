package replicate_test

import (
	"fmt"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/replicate"
)

// Homing is a missile's: it refers to another entity by its ID, which is the
// same on every machine. A client that does not have the target reads 0.
type Homing struct{ Target replicate.ID }

// A component refers to an entity with a field of type ID.
func ExampleEntities() {
	app := engine.New(engine.Config{})
	replicate.Component[Homing](app)

	entities := replicate.EntitiesOf(app.World())
	ship := replicate.Net{ID: entities.NewID()}
	ships, missiles := ecs.NewMap1[replicate.Net](app.Sim()), ecs.NewMap2[replicate.Net, Homing](app.Sim())
	ships.NewEntity(ship)
	missile := missiles.NewEntity(replicate.Net{}, Homing{Target: ship.ID})

	_, homing := missiles.Get(missile)
	target, ok := entities.Lookup(homing.Target)
	fmt.Println(ok, app.World().Alive(target))
	app.World().Despawn(target)
	_, ok = entities.Lookup(homing.Target)
	fmt.Println(ok)
	// Output:
	// true true
	// false
}

// Crew is a list of references: an array, in which 0 is an empty seat. A client
// reads 0 for whom it does not have, and the ID once it does.
type Crew struct{ Seats [3]replicate.ID }

// A component that refers to several entities has an array of IDs.
func ExampleID() {
	app := engine.New(engine.Config{})
	replicate.Component[Crew](app)

	entities := replicate.EntitiesOf(app.World())
	sailors, boats := ecs.NewMap1[replicate.Net](app.Sim()), ecs.NewMap2[replicate.Net, Crew](app.Sim())
	var crew Crew
	for i := range 2 {
		crew.Seats[i] = entities.NewID()
		sailors.NewEntity(replicate.Net{ID: crew.Seats[i]})
	}
	boat := boats.NewEntity(replicate.Net{}, crew)

	_, aboard := boats.Get(boat)
	for i, id := range aboard.Seats {
		_, ok := entities.Lookup(id)
		fmt.Println(i, ok)
	}
	// Output:
	// 0 true
	// 1 true
	// 2 false
}
