package replicate

import (
	"math"
	"math/rand/v2"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/net/replicate"
)

// What travels. Things that stand still have a Position alone.
type (
	// Position is where a thing is, in metres.
	Position struct {
		X, Y float32 `net:"min=-512,max=512,step=0.01"`
	}
	// Velocity is how it moves, in metres a second.
	Velocity struct {
		X, Y float32 `net:"min=-64,max=64,step=0.01"`
	}
)

// steering is what drives a mover. It stays on the server.
type steering struct {
	heading, turn float64 // radians, radians a second
	thrust        bool
	next          uint32 // tick of the next decision
}

const (
	tickRate  = 60
	half      = 512 // metres from the middle of the world to its edge
	thrust    = 10  // m/s²
	mostSpeed = 30  // m/s
	mostTurn  = 3   // rad/s
)

// plugin puts the components on the wire and interpolates as a game would.
func plugin(app *engine.App) {
	replicate.Component[Position](app, replicate.Interpolate(replicate.Lerp))
	replicate.Component[Velocity](app)
}

// movement moves the movers.
type movement struct {
	rng    *rand.Rand
	movers ecs.Filter3[Position, Velocity, steering]
	halted bool
}

func newMovement(app *engine.App, seed uint64) *movement {
	return &movement{
		rng:    rand.New(rand.NewPCG(seed, 2)),
		movers: ecs.Query3[Position, Velocity, steering](app.Sim()),
	}
}

// Update moves them by a tick.
func (m *movement) Update(t engine.Tick) {
	if m.halted {
		return
	}
	q := m.movers.Query()
	for q.Next() {
		m.move(t, q.Get)
	}
}

// move steers one mover: twice a second it draws a new turn rate, and whether
// it thrusts, which it does 60 % of the time.
func (m *movement) move(t engine.Tick, get func() (*Position, *Velocity, *steering)) {
	p, v, s := get()
	if t.Number >= s.next {
		s.next = t.Number + tickRate/2
		s.turn = (m.rng.Float64()*2 - 1) * mostTurn
		s.thrust = m.rng.IntN(10) < 6
	}
	s.heading += s.turn / tickRate
	if s.thrust {
		sin, cos := math.Sincos(s.heading)
		v.X += float32(thrust * cos / tickRate)
		v.Y += float32(thrust * sin / tickRate)
	}
	if speed := math.Sqrt(float64(v.X*v.X + v.Y*v.Y)); speed > mostSpeed {
		v.X, v.Y = v.X*float32(mostSpeed/speed), v.Y*float32(mostSpeed/speed)
	}
	p.X += v.X / tickRate
	p.Y += v.Y / tickRate
	if p.X < -half && v.X < 0 || p.X > half && v.X > 0 {
		v.X = -v.X
	}
	if p.Y < -half && v.Y < 0 || p.Y > half && v.Y > 0 {
		v.Y = -v.Y
	}
}

// populate spawns the things of the world, movers evenly among them.
func populate(app *engine.App, o options) (movers []ecs.Entity) {
	rng := rand.New(rand.NewPCG(o.seed, 1))
	moving := ecs.NewMap4[replicate.Net, Position, Velocity, steering](app.Sim())
	still := ecs.NewMap2[replicate.Net, Position](app.Sim())
	for i := range o.entities {
		p := Position{float32(rng.Float64()*2*half - half), float32(rng.Float64()*2*half - half)}
		if (i+1)*o.moving/o.entities == i*o.moving/o.entities {
			still.NewEntity(replicate.Net{}, p)
			continue
		}
		angle, speed := rng.Float64()*2*math.Pi, rng.Float64()*mostSpeed/2
		v := Velocity{float32(speed * math.Cos(angle)), float32(speed * math.Sin(angle))}
		s := steering{heading: angle, next: uint32(rng.IntN(tickRate / 2))}
		movers = append(movers, moving.NewEntity(replicate.Net{}, p, v, s))
	}
	return movers
}

// sightOf finds the radius within which the clients see as many movers as they
// are asked to, in the mean. Client i looks from mover i on.
func sightOf(movers []Position, o options) float32 {
	seen := func(radius float32) int {
		n := 0
		for c := range o.clients {
			at := movers[c%len(movers)]
			for _, p := range movers {
				dx, dy := p.X-at.X, p.Y-at.Y
				if dx*dx+dy*dy <= radius*radius {
					n++
				}
			}
		}
		return n
	}
	low, high := float32(0), float32(4*half)
	for range 20 {
		middle := (low + high) / 2
		if seen(middle) < o.visible*o.clients {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// limitSight gives every player that radius.
func limitSight(app *engine.App, radius float32) {
	replicate.Sight(app, replicate.Area{
		Radius: radius,
		World:  physics.Box{MinX: -half, MinY: -half, MaxX: half, MaxY: half},
	}, func(p *Position) (x, y float32) { return p.X, p.Y })
}
