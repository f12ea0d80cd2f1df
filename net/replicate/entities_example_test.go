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
