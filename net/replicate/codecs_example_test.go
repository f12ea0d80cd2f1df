package replicate_test

import (
	"fmt"
	"time"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/wire"
)

// Vec2 and Vec3 are a game's own: the tag of a field says how it travels.
type (
	Vec2 struct{ X, Y float32 }
	Vec3 struct{ X, Y, Z float32 }
	Quat struct{ X, Y, Z, W float32 }
)

// Drone has a field of every kind that can travel.
type Drone struct {
	Map     Vec2         `net:"min=-512,max=512,step=0.01"` // a 2D vector, 17 bits each
	Place   Vec3         `net:"min=-1000,max=1000,bits=20"` // a 3D vector
	Heading float32      `net:"angle,bits=10"`              // wraps at 2π
	Turn    Quat         `net:"quat,bits=10"`               // smallest three: 32 bits
	Paint   [3]uint8     `net:"color"`                      // bytes of a colour
	Glow    float32      `net:"color,bits=5"`               // 0..1
	Fuel    float32      `net:"min=0,max=10,step=0.25"`     // fixed steps
	Health  uint8        `net:"max=100"`                    // 7 bits
	Gear    uint8        `net:"enum=4"`                     // names: nothing lies between two
	Alarm   bool         // 1 bit
	Owner   replicate.ID // another entity
	Name    string       `net:"len=12"` // at most 12 bytes
	Path    []Vec2       `net:"len=8,min=-512,max=512,step=0.5"`
	Cargo   wire.Optional[int32]
	cache   int `net:"-"` // stays at home
}

// One line puts a component on the wire, whatever is in it. Here a drone goes
// from a server to the client that hosts it.
func ExampleComponent_codecs() {
	game := session.Game{Name: "drones", Sim: func(app *engine.App) {
		replicate.Component[Drone](app, replicate.Interpolate(replicate.Lerp))
	}}
	host, err := session.NewHost(game, session.HostConfig{Name: "Ada"})
	if err != nil {
		panic(err)
	}
	server := host.Server().App()
	base := replicate.Net{ID: replicate.EntitiesOf(server.World()).NewID()}
	bases, drones := ecs.NewMap1[replicate.Net](server.Sim()), ecs.NewMap2[replicate.Net, Drone](server.Sim())
	bases.NewEntity(base)
	drones.NewEntity(replicate.Net{}, Drone{
		Map: Vec2{1.234, -5}, Place: Vec3{10, 20, -30}, Heading: 1.5, Turn: Quat{W: 1},
		Paint: [3]uint8{255, 128, 0}, Glow: 1, Fuel: 2.3, Health: 99, Gear: 3, Alarm: true,
		Owner: base.ID, Name: "Bee", Path: []Vec2{{1, 2}, {3, 4}}, Cargo: wire.Some[int32](7), cache: 5,
	})
	for now := time.Duration(0); now < time.Second; now += time.Second / 60 {
		if err := host.Advance(now); err != nil {
			panic(err)
		}
	}
	seen := ecs.Query1[Drone](ecs.NewSim(host.App().World()))
	q := seen.Query()
	for q.Next() {
		d := q.Get()
		fmt.Printf("%.2f %.1f %.2f %.1f\n", d.Map, d.Place, d.Heading, d.Turn)
		fmt.Println(d.Paint, d.Glow, d.Fuel, d.Health, d.Gear, d.Alarm)
		fmt.Println(d.Owner == base.ID, d.Name, d.Path, d.Cargo, d.cache)
	}
	if err := host.Close(); err != nil {
		panic(err)
	}
	// Output:
	// {1.23 -5.00} {10.0 20.0 -30.0} 1.50 {0.0 0.0 0.0 1.0}
	// [255 128 0] 1 2.25 99 3 true
	// true Bee [{1 2} {3 4}] {true 7} 0
}
