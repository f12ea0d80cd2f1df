package rewind_test

import (
	"fmt"
	"time"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/rewind"
)

// Target is a disc that moves ten units a tick.
type Target struct{ X float32 }

// Targets moves them, and says where they can be hit.
type Targets struct {
	moving ecs.Filter1[Target]
	all    ecs.Reader2[replicate.Net, Target]
}

// Init implements engine.Initer.
func (o *Targets) Init(s *ecs.Sim) {
	o.moving = ecs.Query1[Target](s)
	o.all = ecs.Read2[replicate.Net, Target](s.All())
}

// Update implements engine.System.
func (o *Targets) Update(engine.Tick) {
	q := o.moving.Query()
	for q.Next() {
		q.Get().X += 10
	}
}

// Shapes implements rewind.Source.
func (o *Targets) Shapes(r *rewind.Recorder) {
	q := o.all.Query()
	for q.Next() {
		n, target := q.Get()
		r.Circle(q.Entity(), n, physics.Circle{X: target.X, Y: 0, Radius: 8}, 0)
	}
}

// A session calls Serve and See; a game calls Record and View.
func Example() {
	app := engine.New(engine.Config{})
	targets := &Targets{}
	app.Simulate(targets)
	past := rewind.Record(app, rewind.Config{World: physics.Box{MinX: -1000, MinY: -1000, MaxX: 1000, MaxY: 1000}, Cell: 50}, targets)
	past.Serve(3)
	m := ecs.NewMap2[replicate.Net, Target](app.Sim())
	m.NewEntity(replicate.Net{ID: 1}, Target{})
	for range 60 {
		if err := app.Step(); err != nil {
			panic(err)
		}
	}
	shot := physics.Segment{X0: 485, Y0: -100, X1: 485, Y1: 100}
	now := engine.Tick{Number: 61}
	_, hit := past.View(now, 7).First(shot, 0)
	fmt.Println("in the present:", hit)
	past.See(7, rewind.Sight{Tick: 61, Playhead: 48.75, RTT: 80 * time.Millisecond, Margin: 1})
	_, hit = past.View(now, 7).First(shot, 0)
	fmt.Println("where player 7 saw it:", hit)
	// Output:
	// in the present: false
	// where player 7 saw it: true
}
