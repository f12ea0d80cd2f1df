package session_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
)

// turner, on a server, gives bodies another owner or mode now and then, and
// spawns some that nobody owns.
type turner struct {
	seed    uint64
	quiet   *bool
	things  ecs.Map5[replicate.Net, place, speed, push, tally]
	all     ecs.Filter2[replicate.Net, push]
	turns   int
	players input.PlayerID
}

func (x *turner) Init(s *ecs.Sim) {
	x.things = ecs.NewMap5[replicate.Net, place, speed, push, tally](s)
	x.all = ecs.Query2[replicate.Net, push](s)
}

func (x *turner) Update(t engine.Tick) {
	if t.Number == 1 {
		for i := range 3 {
			x.things.NewEntity(replicate.Net{}, place{X: float32(i * 10)}, speed{X: 3, Y: 2}, push{}, tally{})
		}
	}
	if *x.quiet {
		return
	}
	q := x.all.Query()
	for q.Next() {
		n, _ := q.Get()
		rng := rand.New(rand.NewPCG(x.seed+uint64(n.ID), uint64(t.Number)))
		if rng.IntN(90) > 0 {
			continue
		}
		x.turns++
		n.Mode = replicate.Mode(rng.IntN(3))
		if rng.IntN(2) == 0 {
			n.Owner = input.PlayerID(rng.IntN(int(x.players) + 1))
		}
	}
}

// TestTurns changes modes and owners over bad lines: after quiet all worlds are
// equal, owners and modes included.
func TestTurns(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64) {
		game, x := bombers, &turner{seed: seed, players: 3}
		game.Server = func(app *engine.App) {
			serverPlugin(app)
			app.Simulate(x)
		}
		quiet := false
		x.quiet = &quiet
		m := newMatchOf(t, game, seed, internet)
		for range 3 {
			m.join()
		}
		m.run(15 * time.Second)
		quiet, m.quiet = true, true
		m.run(12 * time.Second) // until what slows down creeps no more
		m.requireEqual()
		require.Greater(t, x.turns, 30)
		for i, c := range m.clients {
			t.Logf("client %d of %d turns: %+v", i, x.turns, c.Stats().Predict)
		}
	})
}

// eye measures by how much a client's views jump: how far each is from where it
// would be if it had moved on as it did in the frame before.
type eye struct {
	views ecs.Filter2[replicate.Net, replicate.View[place]]
	last  map[replicate.ID][2]place
	worst float64
}

func (e *eye) Init(s *ecs.Sim) {
	e.views = ecs.Query2[replicate.Net, replicate.View[place]](ecs.NewSim(s.World()))
	e.last = map[replicate.ID][2]place{}
}

func (e *eye) Present(engine.Frame) {
	q := e.views.Query()
	for q.Next() {
		n, v := q.Get()
		if was, ok := e.last[n.ID]; ok {
			x, y := 2*was[1].X-was[0].X, 2*was[1].Y-was[0].Y
			e.worst = max(e.worst, math.Hypot(float64(v.Value.X-x), float64(v.Value.Y-y)))
			e.last[n.ID] = [2]place{was[1], v.Value}
		} else {
			e.last[n.ID] = [2]place{v.Value, v.Value}
		}
	}
}

// sails moves what has a speed on a wide circle, 60 units a second, as both sides
// know.
type sails struct{ all ecs.Filter2[place, speed] }

func (s *sails) Init(sim *ecs.Sim) { s.all = ecs.Query2[place, speed](sim) }

func (s *sails) Update(t engine.Tick) {
	const turn = 0.01
	q := s.all.Query()
	for q.Next() {
		p, v := q.Get()
		p.X += float32(v.X * t.Dt)
		p.Y += float32(v.Y * t.Dt)
		v.X, v.Y = v.X-float32(v.Y*turn), v.Y+float32(v.X*turn)
		length := float32(math.Sqrt(float64(float32(v.X*v.X) + float32(v.Y*v.Y))))
		v.X, v.Y = float32(v.X*(60/length)), float32(v.Y*(60/length))
	}
}

// TestTurnsWithoutAJump lets a ship that sails 60 units a second be predicted and
// interpolated in turn, 150 ms away with 5 % loss. Between the two poses lie some
// 15 units. No frame, of 1/144 s, shows it off its course by more than what
// interpolation does on such a line anyway and what sliding takes in a frame.
func TestTurnsWithoutAJump(t *testing.T) {
	var ship ecs.Entity
	var see *eye
	game := session.Game{
		Name: "sails",
		Sim: func(app *engine.App) {
			replicate.Component[place](app, replicate.Predict(), replicate.Interpolate(replicate.Lerp))
			replicate.Component[speed](app, replicate.Predict())
			input.Command[push](app)
			app.Simulate(&sails{})
		},
		Client: func(app *engine.App) {
			see = &eye{}
			app.Present(see)
		},
	}
	m := newMatchOf(t, game, *firstSeed, netsim.Profile{Delay: 75 * time.Millisecond, Jitter: 5 * time.Millisecond, Loss: 0.05})
	ships := ecs.NewMap3[replicate.Net, place, speed](m.server.App().Sim())
	ship = ships.NewEntity(replicate.Net{}, place{}, speed{X: 60})
	m.join()
	m.run(4 * time.Second)
	see.worst = 0
	m.run(30 * time.Second) // where packets are lost in a row, interpolation starves and catches up
	calm := see.worst
	see.worst = 0
	gap := 0.0
	for i := range 12 {
		n, p, _ := ships.Get(ship)
		n.Mode, n.Owner = []replicate.Mode{replicate.ByAll, replicate.Interpolated, replicate.ByOwner, replicate.ByOwner}[i%4], input.PlayerID(1-i%4/3)
		m.run(1500 * time.Millisecond)
		views := ecs.NewMap1[replicate.View[place]](ecs.NewSim(m.clients[0].App().World()))
		q := see.views.Query()
		for q.Next() {
			v := views.Get(q.Entity()).Value
			gap = max(gap, math.Hypot(float64(v.X-p.X), float64(v.Y-p.Y)))
		}
	}
	t.Logf("worst step off course: %.3f units while nothing turns, %.3f with turns; poses were up to %.1f from the server's", calm, see.worst, gap)
	require.Greater(t, gap, 10.0)
	// A slide that halves in 100 ms goes 4.7 % of the way in a frame.
	require.Less(t, see.worst, calm+0.06*2*gap)
	require.Zero(t, m.clients[0].Stats().Predict.TooDeep)
}
