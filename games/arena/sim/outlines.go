package sim

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/rewind"
)

// Outlines says what bullets can hit, and where: the circles of all bodies. Each is tagged with its pilot; 0 is a rock.
type Outlines struct {
	solid ecs.Reader3[replicate.Net, Position, Body]
	ships ecs.ReadMap1[Ship]
}

// Init implements engine.Initer.
func (o *Outlines) Init(s *ecs.Sim) {
	o.solid = ecs.Read3[replicate.Net, Position, Body](s.All())
	o.ships = ecs.NewReadMap1[Ship](s.All())
}

// Shapes implements rewind.Source.
func (o *Outlines) Shapes(r *rewind.Recorder) {
	q := o.solid.Query()
	for q.Next() {
		e := q.Entity()
		net, p, body := q.Get()
		ship, _ := o.ships.Get(e)
		r.Circle(e, net, physics.Circle{X: p.X, Y: p.Y, Radius: body.Radius}, uint64(ship.Pilot))
	}
}
