package sim

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/detmath"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
)

// Guns fires what the controls ask for and the guns can give.
type Guns struct {
	ships    ecs.Filter6[replicate.Net, Ship, Heading, Position, Velocity, Gun]
	controls ecs.Map2[Controls, Hull]
	bullets  *ecs.Spawner4[replicate.Net, Bullet, Position, Velocity]
	keys     *predict.Keys
	fired    *predict.Events[Fired]
}

// bulletKey is the kind of predicted spawn that bullets are.
const bulletKey = 1

// Init implements engine.Initer.
func (g *Guns) Init(s *ecs.Sim) {
	g.ships = ecs.Query6[replicate.Net, Ship, Heading, Position, Velocity, Gun](s)
	g.controls = ecs.NewMap2[Controls, Hull](s)
	g.bullets = ecs.NewSpawner4[replicate.Net, Bullet, Position, Velocity](s)
	g.keys = predict.NewKeys(s)
	g.fired = predict.EventsOf[Fired](s)
}

// Update implements engine.System.
func (g *Guns) Update(t engine.Tick) {
	q := g.ships.Query()
	for q.Next() {
		net, ship, heading, p, v, gun := q.Get()
		controls, hull := g.controls.Get(q.Entity())
		if controls == nil || !controls.Firing() || !gun.Loaded(t.Number) {
			continue
		}
		gun.Energy -= ShotEnergy
		gun.Ready = t.Number + ticks(ShotPause, t.Dt)
		hull.SafeUntil = min(hull.SafeUntil, t.Number) // who fires can be fired at
		g.fired.Emit(t, net.ID, Fired{})
		shot := muzzle{net: *net, ship: *ship, p: *p, v: *v}
		g.shoot(t, &shot, heading.Angle)
		if t.Number < gun.Overload {
			g.shoot(t, &shot, heading.Angle-FanAngle)
			g.shoot(t, &shot, heading.Angle+FanAngle)
		}
		sin, cos := detmath.Sincos(heading.Angle)
		v.X -= float32(cos * Recoil)
		v.Y -= float32(sin * Recoil)
	}
}

// Loaded says whether the gun can fire in a tick.
func (g Gun) Loaded(tick uint32) bool { return tick >= g.Ready && g.Energy >= ShotEnergy }

// muzzle is what a shot takes over from the ship that fires it.
type muzzle struct {
	net  replicate.Net
	ship Ship
	p    Position
	v    Velocity
}

// shoot launches one bullet from the bow.
func (g *Guns) shoot(t engine.Tick, m *muzzle, angle float32) {
	sin, cos := detmath.Sincos(angle)
	g.bullets.Spawn(
		g.keys.Next(t, m.net.Owner, bulletKey),
		Bullet{Pilot: m.ship.Pilot, Dies: t.Number + ticks(BulletTime, t.Dt)},
		Position{X: m.p.X + float32(cos*ShipRadius), Y: m.p.Y + float32(sin*ShipRadius)},
		Velocity{X: m.v.X + float32(cos*BulletSpeed), Y: m.v.Y + float32(sin*BulletSpeed)},
	)
}
