package replicate_test

import (
	"fmt"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/replicate"
)

// A turret is the child of its tank: clients know both or neither, and it does
// not survive the tank.
func ExampleParent() {
	app := engine.New(engine.Config{})
	replicate.Component[replicate.Parent](app)
	app.Replicate(replicate.NewServer(app, replicate.ServerConfig{}))

	entities := replicate.EntitiesOf(app.World())
	tank := replicate.Net{ID: entities.NewID()}
	tanks, turrets := ecs.NewMap1[replicate.Net](app.Sim()), ecs.NewMap2[replicate.Net, replicate.Parent](app.Sim())
	e := tanks.NewEntity(tank)
	turrets.NewEntity(replicate.Net{}, replicate.Parent{ID: tank.ID})
	fmt.Println(len(entities.Children(nil, tank.ID)), "child")

	app.World().Despawn(e)
	if err := app.Step(); err != nil {
		panic(err)
	}
	fmt.Println(app.World().Len(), "entities are left")
	// Output:
	// 1 child
	// 0 entities are left
}
