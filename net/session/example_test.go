package session_test

import (
	"fmt"
	"time"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
)

// Lift is where a lift is, Button what its passenger presses.
type (
	Lift struct {
		Floor float32 `net:"min=0,max=100,step=0.01"`
	}
	Button struct{ Up bool }
)

type Motor struct{ lifts ecs.Filter2[Lift, Button] }

func (m *Motor) Init(s *ecs.Sim) { m.lifts = ecs.Query2[Lift, Button](s) }
func (m *Motor) Update(engine.Tick) {
	lifts := m.lifts.Query()
	for lifts.Next() {
		if lift, button := lifts.Get(); button.Up {
			lift.Floor += 0.5
		}
	}
}

// A game is played alone: the host is a server and a client in one process,
// advanced here by a clock of our own.
func Example() {
	lifts := session.Game{
		Name: "lifts",
		Sim: func(app *engine.App) {
			replicate.Component[Lift](app, replicate.Predict(), replicate.Interpolate(replicate.Lerp))
			input.Command[Button](app)
			app.Simulate(&Motor{})
		},
		Server: func(app *engine.App) {
			app.Input(systemFunc(func(engine.Tick) {
				for _, j := range ecs.EventsOf[session.Joined](app.World()).Read() {
					fmt.Println("welcome,", j.Name)
					lift := ecs.NewMap3[replicate.Net, Lift, Button](app.Sim())
					lift.NewEntity(replicate.Net{Owner: j.Player, Mode: replicate.ByOwner}, Lift{}, Button{})
				}
			}))
		},
		Client: func(app *engine.App) {
			input.Sample(app, func(engine.Tick) Button { return Button{Up: true} })
		},
	}
	host, err := session.NewHost(lifts, session.HostConfig{Name: "Ada"})
	if err != nil {
		panic(err)
	}
	for now := time.Duration(0); now < 3*time.Second; now += time.Second / 60 {
		if err := host.Advance(now); err != nil {
			panic(err)
		}
	}
	lift := ecs.Query1[Lift](ecs.NewSim(host.Server().App().World()))
	q := lift.Query()
	for q.Next() {
		fmt.Println("the server's lift is above floor 50:", q.Get().Floor > 50)
	}
	if err := host.Close(); err != nil {
		panic(err)
	}
	// Output:
	// welcome, Ada
	// the server's lift is above floor 50: true
}

type systemFunc func(engine.Tick)

func (f systemFunc) Update(t engine.Tick) { f(t) }
