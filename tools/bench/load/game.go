package load

import (
	"math"
	"math/rand/v2"
	"sync/atomic"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
)

// What travels. Everything has a Position; what moves a Velocity, too; ships have
// a Heading besides and take Helm.
type (
	// Position is where a thing is, in metres.
	Position struct {
		X, Y float32 `net:"min=-512,max=512,step=0.01"`
	}
	// Velocity is how it moves, in metres a second.
	Velocity struct {
		X, Y float32 `net:"min=-64,max=64,step=0.01"`
	}
	// Heading is where a ship points.
	Heading struct {
		Angle float32 `net:"angle,bits=10"`
	}
	// Helm is a player's command.
	Helm struct {
		Turn int8 `net:"min=-1,max=1"`
		Burn bool
	}
)

const (
	half      = 512 // metres from the middle of the world to its edge
	thrust    = 10  // m/s²
	turning   = 3   // rad/s
	mostSpeed = 30  // m/s
)

// game is what server and clients play.
func game(o options) session.Game {
	return session.Game{
		Name: "bench-load", TickRate: o.tick, SnapshotRate: o.snapshots, CommandRate: o.commands,
		Sim: plugin,
	}
}

func plugin(app *engine.App) {
	input.Command[Helm](app)
	replicate.Component[Position](app, replicate.Predict(), replicate.Interpolate(replicate.Lerp))
	replicate.Component[Velocity](app, replicate.Predict())
	replicate.Component[Heading](app, replicate.Predict(), replicate.Interpolate(replicate.Lerp))
	app.Simulate(&steering{}, &movement{})
}

// steering turns ships and burns.
type steering struct {
	ships ecs.Filter3[Helm, Heading, Velocity]
}

// Init makes the filter.
func (s *steering) Init(sim *ecs.Sim) { s.ships = ecs.Query3[Helm, Heading, Velocity](sim) }

// Update obeys the commands.
func (s *steering) Update(t engine.Tick) {
	q := s.ships.Query()
	for q.Next() {
		h, a, v := q.Get()
		a.Angle = float32(math.Remainder(float64(a.Angle)+float64(h.Turn)*turning*float64(t.Dt), 2*math.Pi))
		if !h.Burn {
			continue
		}
		sin, cos := math.Sincos(float64(a.Angle))
		v.X += float32(thrust*cos) * t.Dt
		v.Y += float32(thrust*sin) * t.Dt
		if speed := float32(math.Sqrt(float64(v.X*v.X + v.Y*v.Y))); speed > mostSpeed {
			v.X, v.Y = v.X*mostSpeed/speed, v.Y*mostSpeed/speed
		}
	}
}

// movement moves what moves, between the edges of the world.
type movement struct {
	all ecs.Filter2[Position, Velocity]
}

// Init makes the filter.
func (m *movement) Init(sim *ecs.Sim) { m.all = ecs.Query2[Position, Velocity](sim) }

// Update moves by a tick.
func (m *movement) Update(t engine.Tick) {
	q := m.all.Query()
	for q.Next() {
		p, v := q.Get()
		p.X += v.X * t.Dt
		p.Y += v.Y * t.Dt
		if p.X < -half && v.X < 0 || p.X > half && v.X > 0 {
			v.X = -v.X
		}
		if p.Y < -half && v.Y < 0 || p.Y > half && v.Y > 0 {
			v.Y = -v.Y
		}
	}
}

// world is the server's plugin: the things that are there, and a ship for each
// player.
func world(o options) engine.Plugin {
	return func(app *engine.App) {
		rng := rand.New(rand.NewPCG(o.seed, 1))
		still := ecs.NewMap2[replicate.Net, Position](app.Sim())
		drifting := ecs.NewMap3[replicate.Net, Position, Velocity](app.Sim())
		for i := range o.entities - o.clients {
			if i < o.moving-o.clients {
				v := Velocity{float32(rng.Float64()*20 - 10), float32(rng.Float64()*20 - 10)}
				drifting.NewEntity(replicate.Net{}, place(rng), v)
				continue
			}
			still.NewEntity(replicate.Net{}, place(rng))
		}
		replicate.Sight(app, replicate.Area{
			Radius: sight(o), World: physics.Box{MinX: -half, MinY: -half, MaxX: half, MaxY: half},
		}, func(p *Position) (x, y float32) { return p.X, p.Y })
		app.Simulate(&berths{rng: rng})
	}
}

func place(rng *rand.Rand) Position {
	return Position{float32(rng.Float64()*2*half - half), float32(rng.Float64()*2*half - half)}
}

// sight is the radius within which as many things are as a client is to see, in
// the mean over the world: near an edge there are fewer.
func sight(o options) float32 {
	share := float64(o.visible) / float64(o.entities)
	low, high := 0.0, 2*float64(half)
	for range 40 {
		r := (low + high) / 2
		// Of a square of side 1 the mean share within r of a point of it (r below 1).
		x := r / (2 * half)
		if math.Pi*x*x-8*x*x*x/3+x*x*x*x/2 < share {
			low = r
		} else {
			high = r
		}
	}
	return float32(high)
}

// berths gives each player a ship and takes it away again.
type berths struct {
	rng    *rand.Rand
	sim    *ecs.Sim
	joined *ecs.Events[session.Joined]
	left   *ecs.Events[session.Left]
	ships  ecs.Map5[replicate.Net, Position, Velocity, Heading, Helm]
	owned  ecs.Filter2[replicate.Net, Helm]
}

// Init makes map and filter.
func (b *berths) Init(s *ecs.Sim) {
	b.sim = s
	b.joined, b.left = ecs.EventsOf[session.Joined](s.World()), ecs.EventsOf[session.Left](s.World())
	b.ships = ecs.NewMap5[replicate.Net, Position, Velocity, Heading, Helm](s)
	b.owned = ecs.Query2[replicate.Net, Helm](s)
}

// Update follows the players who come and go.
func (b *berths) Update(engine.Tick) {
	for _, j := range b.joined.Read() {
		b.ships.NewEntity(replicate.Net{Owner: j.Player, Mode: replicate.ByOwner}, place(b.rng), Velocity{}, Heading{}, Helm{})
	}
	for _, l := range b.left.Read() {
		q := b.owned.Query()
		for q.Next() {
			if n, _ := q.Get(); n.Owner == l.Player {
				b.sim.Despawn(q.Entity())
			}
		}
	}
}

// halt stops everything that moves.
func halt(app *engine.App) {
	all := ecs.Query1[Velocity](app.Sim())
	q := all.Query()
	for q.Next() {
		*q.Get() = Velocity{}
	}
}

// pilot flies a client: a new decision about twice a second, until it lets go.
func pilot(seed uint64, letGo *atomic.Bool) engine.Plugin {
	return func(app *engine.App) {
		rng := rand.New(rand.NewPCG(seed, 2))
		var helm Helm
		input.Sample(app, func(engine.Tick) Helm {
			if letGo.Load() {
				return Helm{}
			}
			if rng.IntN(30) == 0 {
				helm = Helm{Turn: int8(rng.IntN(3) - 1), Burn: rng.IntN(10) < 6}
			}
			return helm
		})
	}
}
