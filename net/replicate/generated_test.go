package replicate_test

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
)

// The generated game: components of every kind, and a world to which a seed does
// everything that games do.
type (
	spot struct {
		X, Y float32 `net:"min=-100,max=100,step=0.01"`
	}
	drift struct {
		X, Y float32 `net:"min=-60,max=60,step=0.01"`
	}
	facing struct {
		Angle float32 `net:"angle,bits=10"`
	}
	title struct {
		Text string `net:"len=12"`
		Hits uint16
	}
	heat   struct{ Degrees uint8 }
	cipher struct{ Code uint16 } // only owners are told
	cargo  struct {
		Turn  [4]float32 `net:"quat,bits=9"`
		Tint  uint8      `net:"color"`
		Stage uint8      `net:"enum=5"`
		Goods []uint16   `net:"len=4"`
	}
	mortal struct{ Until uint32 }
	bond   struct { // to another entity
		To       replicate.ID
		Strength uint8
	}
	hunt struct{ Prey replicate.ID } // the same, predicted

	tally struct { // resources of the world
		Points [3]uint16
		Leader replicate.ID
		Phase  string `net:"len=10"`
	}
	weather struct {
		Wind float32 `net:"min=-10,max=10,step=0.01"`
	}
	pulse struct{ Left uint8 } // predicted
	wish  struct {
		X, Y int8 `net:"min=-1,max=1"`
		Drop bool
	}
)

const (
	genRadius = 40
	genMargin = 5
	genSweep  = 3
	genWorld  = 100
	dropKind  = 1
)

// generatedSim is what both sides of the generated game share.
func generatedSim(app *engine.App) {
	replicate.Component[spot](app, replicate.Predict(), replicate.Interpolate(replicate.Lerp))
	replicate.Component[drift](app, replicate.Predict())
	replicate.Component[mortal](app, replicate.Predict())
	replicate.Component[facing](app, replicate.Interpolate(replicate.Lerp))
	replicate.Component[title](app)
	replicate.Component[heat](app, replicate.Rate(5))
	replicate.Component[cipher](app, replicate.OwnerOnly())
	replicate.Component[cargo](app)
	replicate.Component[bond](app)
	replicate.Component[hunt](app, replicate.Predict())
	replicate.Component[replicate.Parent](app)
	replicate.Resource[tally](app, replicate.Rate(10))
	replicate.Resource[weather](app, replicate.Interpolate(replicate.Lerp))
	replicate.Resource[pulse](app, replicate.Predict())
	input.Command[wish](app)
	app.Simulate(&wishes{}, &drifts{}, &ends{}, &beats{})
}

// beats lets the pulse run out.
type beats struct{ pulse *pulse }

func (s *beats) Init(sim *ecs.Sim) { s.pulse = ecs.Resource[pulse](sim.World()) }
func (s *beats) Update(engine.Tick) {
	if s.pulse.Left > 0 {
		s.pulse.Left--
	}
}

// wishes lets players push what is theirs, and drop things as a predicting
// client does.
type wishes struct {
	movers ecs.Filter4[replicate.Net, wish, spot, drift]
	drops  *ecs.Spawner4[replicate.Net, mortal, spot, drift]
	keys   *predict.Keys
}

func (s *wishes) Init(sim *ecs.Sim) {
	s.movers = ecs.Query4[replicate.Net, wish, spot, drift](sim)
	s.drops = ecs.NewSpawner4[replicate.Net, mortal, spot, drift](sim)
	s.keys = predict.NewKeys(sim)
}

func (s *wishes) Update(t engine.Tick) {
	q := s.movers.Query()
	for q.Next() {
		n, c, p, v := q.Get()
		v.X += float32(float32(c.X) * 2)
		v.Y += float32(float32(c.Y) * 2)
		v.X, v.Y = float32(v.X*0.9), float32(v.Y*0.9)
		if c.Drop {
			s.drops.Spawn(s.keys.Next(t, n.Owner, dropKind), mortal{t.Number + 40}, *p, drift{v.Y, v.X})
		}
	}
}

type drifts struct{ all ecs.Filter2[spot, drift] }

func (s *drifts) Init(sim *ecs.Sim) { s.all = ecs.Query2[spot, drift](sim) }
func (s *drifts) Update(t engine.Tick) {
	q := s.all.Query()
	for q.Next() {
		p, v := q.Get()
		p.X = min(max(p.X+float32(v.X*t.Dt), -genWorld), genWorld)
		p.Y = min(max(p.Y+float32(v.Y*t.Dt), -genWorld), genWorld)
	}
}

type ends struct {
	sim *ecs.Sim
	all ecs.Filter1[mortal]
}

func (s *ends) Init(sim *ecs.Sim) { s.sim, s.all = sim, ecs.Query1[mortal](sim) }
func (s *ends) Update(t engine.Tick) {
	q := s.all.Query()
	for q.Next() {
		if q.Get().Until <= t.Number {
			s.sim.Despawn(q.Entity())
		}
	}
}

// generator is the server's side: each tick it does to the world what its seed
// says. It keeps the rules of who may know what for itself, beside those that it
// gives the engine, so that they can be checked against each other.
type generator struct {
	rng      *rand.Rand
	world    *ecs.World
	in       *replicate.Interest
	quiet    bool
	event    uint32 // tick of the last that somebody joined, left, dropped or returned
	most     int    // entities at once
	leaky    bool   // a planted bug: the engine hears of no bans
	peaceful bool   // players predict nothing but their avatars, and see from these alone
	turns    int    // of modes
	blind    bool   // a planted bug: the engine hears that nobody may see anything

	alive   []ecs.Entity
	players []*genPlayer
	banned  map[ecs.Entity]input.PlayerID

	joined   *ecs.Events[session.Joined]
	left     *ecs.Events[session.Left]
	dropped  *ecs.Events[session.Dropped]
	returned *ecs.Events[session.Returned]

	bodies  ecs.Map3[replicate.Net, spot, drift]
	souls   ecs.Map2[replicate.Net, title]
	avatars ecs.Map4[replicate.Net, spot, drift, wish]
	facings ecs.Map1[facing]
	titles  ecs.Map1[title]
	heats   ecs.Map1[heat]
	ciphers ecs.Map1[cipher]
	cargos  ecs.Map1[cargo]
	groups  ecs.Map1[replicate.Groups]
	wishes  ecs.Map1[wish]
	bonds   ecs.Map1[bond]
	hunts   ecs.Map1[hunt]
	nets    ecs.Map1[replicate.Net]
	parents ecs.Map1[replicate.Parent]
}

// genPlayer is a player as the generated game knows it.
type genPlayer struct {
	id     input.PlayerID
	avatar ecs.Entity
	groups uint64
	look   *physics.Circle
}

func newGenerator(app *engine.App, seed uint64) *generator {
	g := &generator{
		rng: rand.New(rand.NewPCG(seed, 11)), world: app.World(), in: replicate.InterestOf(app.World()),
		banned: map[ecs.Entity]input.PlayerID{}, most: 50,
	}
	replicate.Sight(app, replicate.Area{
		Radius: genRadius, Margin: genMargin, Sweep: genSweep,
		World: physics.Box{MinX: -genWorld, MinY: -genWorld, MaxX: genWorld, MaxY: genWorld},
	}, func(p *spot) (float32, float32) { return p.X, p.Y })
	g.in.Allow(func(p input.PlayerID, e ecs.Entity) bool { return !g.blind && (g.leaky || g.banned[e] != p) })
	return g
}

// Init implements engine.Initer.
func (g *generator) Init(s *ecs.Sim) {
	w := s.World()
	g.joined, g.left = ecs.EventsOf[session.Joined](w), ecs.EventsOf[session.Left](w)
	g.dropped, g.returned = ecs.EventsOf[session.Dropped](w), ecs.EventsOf[session.Returned](w)
	g.bodies, g.souls = ecs.NewMap3[replicate.Net, spot, drift](s), ecs.NewMap2[replicate.Net, title](s)
	g.avatars = ecs.NewMap4[replicate.Net, spot, drift, wish](s)
	g.facings, g.titles, g.heats = ecs.NewMap1[facing](s), ecs.NewMap1[title](s), ecs.NewMap1[heat](s)
	g.ciphers, g.cargos = ecs.NewMap1[cipher](s), ecs.NewMap1[cargo](s)
	g.bonds, g.hunts, g.nets = ecs.NewMap1[bond](s), ecs.NewMap1[hunt](s), ecs.NewMap1[replicate.Net](s)
	g.parents = ecs.NewMap1[replicate.Parent](s)
	g.groups, g.wishes = ecs.NewMap1[replicate.Groups](s), ecs.NewMap1[wish](s)
}

// Update is a tick of the generated game.
func (g *generator) Update(t engine.Tick) {
	g.attend(t)
	if g.quiet {
		return
	}
	g.alive = slices.DeleteFunc(g.alive, func(e ecs.Entity) bool {
		if g.world.Alive(e) {
			return false
		}
		delete(g.banned, e) // orphans go without asking
		return true
	})
	g.spawn()
	for i := 0; i < len(g.alive); i++ {
		if !g.change(g.alive[i], t) {
			delete(g.banned, g.alive[i])
			g.world.Despawn(g.alive[i])
			g.alive = slices.Delete(g.alive, i, i+1)
			i--
		}
	}
	for _, p := range g.players {
		g.unsettle(p)
	}
	g.govern()
}

// govern changes the resources of the world.
func (g *generator) govern() {
	c := ecs.Resource[tally](g.world)
	switch g.rng.IntN(60) {
	case 0:
		c.Points[g.rng.IntN(3)] = uint16(g.rng.Uint32())
	case 1:
		c.Leader = g.anybody()
	case 2:
		c.Phase = fmt.Sprint("phase ", g.rng.IntN(9))
	case 3:
		ecs.Resource[pulse](g.world).Left = uint8(g.rng.IntN(100))
	case 4, 5, 6, 7, 8:
		ecs.Resource[weather](g.world).Wind += g.rng.Float32() - 0.5
	}
}

// attend seats who joins and clears up after who leaves.
func (g *generator) attend(t engine.Tick) {
	if len(g.joined.Read())+len(g.left.Read())+len(g.dropped.Read())+len(g.returned.Read()) > 0 {
		g.event = t.Number
	}
	for _, j := range g.joined.Read() {
		g.join(j.Player)
	}
	for _, j := range g.returned.Read() {
		g.regroup(g.player(j.Player))
	}
	for _, j := range g.dropped.Read() {
		p := g.player(j.Player)
		p.groups, p.look = 0, nil
	}
	for _, j := range g.left.Read() {
		g.leave(j.Player)
	}
}

func (g *generator) player(id input.PlayerID) *genPlayer {
	for _, p := range g.players {
		if p.id == id {
			return p
		}
	}
	return nil
}

func (g *generator) join(id input.PlayerID) {
	p := &genPlayer{id: id}
	g.players = append(g.players, p)
	g.regroup(p)
	g.embody(p)
}

func (g *generator) leave(id input.PlayerID) {
	p := g.player(id)
	if g.world.Alive(p.avatar) {
		g.world.Despawn(p.avatar)
	}
	g.players = slices.DeleteFunc(g.players, func(o *genPlayer) bool { return o == p })
}

func (g *generator) regroup(p *genPlayer) {
	p.groups, p.look = uint64(g.rng.IntN(16)), nil
	g.in.Join(p.id, p.groups)
	g.in.Look(p.id, 0, 0, 0)
}

func (g *generator) embody(p *genPlayer) {
	p.avatar = g.avatars.NewEntity(replicate.Net{Owner: p.id, Mode: replicate.ByOwner}, g.anywhere(0.7), drift{}, wish{})
	g.ciphers.Add(p.avatar, cipher{uint16(g.rng.Uint32())})
	g.titles.Add(p.avatar, title{Text: fmt.Sprint("p", p.id)})
}

// anywhere is a place within a part of the world.
func (g *generator) anywhere(part float32) spot {
	return spot{(g.rng.Float32()*2 - 1) * genWorld * part, (g.rng.Float32()*2 - 1) * genWorld * part}
}

func (g *generator) spawn() {
	if len(g.alive) >= g.most || g.rng.IntN(5) != 0 {
		return
	}
	n := replicate.Net{}
	switch g.rng.IntN(8) {
	case 0:
		n.Life = replicate.Always
	case 1, 2:
		n.Life = replicate.AfterSight
	}
	switch {
	case g.rng.IntN(12) == 0:
		n.Mode = replicate.ByAll // of nobody: players see from avatars and what they drop only
	case len(g.players) > 0 && g.rng.IntN(6) == 0:
		n.Owner = g.players[g.rng.IntN(len(g.players))].id
	}
	if g.rng.IntN(5) == 0 && g.bear(n) {
		return
	}
	var e ecs.Entity
	if n.Mode == replicate.Interpolated && g.rng.IntN(8) == 0 {
		e = g.souls.NewEntity(n, title{Text: "soul"}) // is nowhere
	} else {
		e = g.bodies.NewEntity(n, g.anywhere(1), drift{g.rng.Float32()*20 - 10, g.rng.Float32()*20 - 10})
	}
	g.dress(e)
}

// dress gives a new entity what some have.
func (g *generator) dress(e ecs.Entity) {
	if g.rng.IntN(3) == 0 {
		g.groups.Add(e, replicate.Groups{Mask: 1 << g.rng.IntN(4)})
	}
	if g.rng.IntN(2) == 0 {
		g.ciphers.Add(e, cipher{uint16(g.rng.Uint32())})
	}
	g.ban(e)
	g.alive = append(g.alive, e)
}

// bear spawns a child of something that lives: of an avatar perhaps one that its
// player predicts too. It reports false when there is no parent.
func (g *generator) bear(n replicate.Net) bool {
	parent := g.anybody()
	if parent == 0 {
		return false
	}
	n.Mode = replicate.Interpolated
	for _, p := range g.players {
		if g.world.Alive(p.avatar) && g.nets.Get(p.avatar).ID == parent {
			n.Owner = p.id
			if !g.peaceful && g.rng.IntN(2) == 0 {
				n.Mode = replicate.ByOwner
			}
		}
	}
	e := g.bodies.NewEntity(n, g.anywhere(1), drift{g.rng.Float32()*20 - 10, 0})
	g.parents.Add(e, replicate.Parent{ID: parent})
	g.dress(e)
	return true
}

// move gives a thing an avatar as its parent, or sets it free.
func (g *generator) move(e ecs.Entity) {
	if p := g.parents.Get(e); p != nil && g.rng.IntN(2) == 0 {
		if p.ID = 0; g.rng.IntN(2) == 0 {
			g.parents.Remove(e)
		}
		return
	}
	if len(g.players) == 0 {
		return
	}
	if a := g.players[g.rng.IntN(len(g.players))].avatar; g.world.Alive(a) && g.nets.Get(a).ID != 0 {
		g.parents.Add(e, replicate.Parent{ID: g.nets.Get(a).ID})
	}
}

// ban makes an entity a secret to one player, or to nobody.
func (g *generator) ban(e ecs.Entity) {
	delete(g.banned, e)
	if len(g.players) > 0 && g.rng.IntN(3) == 0 {
		g.banned[e] = g.players[g.rng.IntN(len(g.players))].id
	}
}

// change does something to an entity, or nothing; false: it ends.
func (g *generator) change(e ecs.Entity, t engine.Tick) bool {
	switch g.rng.IntN(150) {
	case 0:
		return g.rng.IntN(2) == 0
	case 1:
		g.titles.Add(e, title{Text: fmt.Sprint(g.rng.IntN(100000)), Hits: uint16(g.rng.Uint32())})
	case 2:
		g.titles.Remove(e)
	case 3:
		g.heats.Add(e, heat{uint8(g.rng.Uint32())})
	case 4:
		g.heats.Remove(e)
	case 5:
		g.facings.Add(e, facing{g.rng.Float32() * 6})
	case 6:
		g.facings.Remove(e)
	case 7:
		g.cargos.Add(e, g.goods())
	case 8:
		g.cargos.Remove(e)
	case 9:
		g.ciphers.Add(e, cipher{uint16(g.rng.Uint32())})
	case 10:
		g.ciphers.Remove(e)
	case 11:
		g.ban(e)
	case 12:
		g.groups.Add(e, replicate.Groups{Mask: uint64(g.rng.IntN(16))})
	case 13:
		g.groups.Remove(e)
	case 14, 15, 16:
		g.push(e)
	case 17, 18:
		g.bonds.Add(e, bond{g.anybody(), uint8(g.rng.IntN(3))})
	case 19:
		g.bonds.Remove(e)
	case 20:
		g.hunts.Add(e, hunt{g.anybody()})
	case 21:
		g.hunts.Remove(e)
	case 22:
		g.move(e)
	case 23:
		g.turn(e)
	default:
		g.stir(e, t)
	}
	return true
}

// anybody is the ID of something that lives, or of nothing.
func (g *generator) anybody() replicate.ID {
	if len(g.alive) == 0 {
		return 0
	}
	e := g.alive[g.rng.IntN(len(g.alive))]
	if len(g.players) > 0 && g.rng.IntN(4) == 0 {
		e = g.players[g.rng.IntN(len(g.players))].avatar
	}
	if !g.world.Alive(e) {
		return 0
	}
	return g.nets.Get(e).ID
}

// push gives a thing that moves another direction, or another place.
func (g *generator) push(e ecs.Entity) {
	_, p, v := g.bodies.Get(e)
	switch {
	case p == nil || v == nil:
	case g.rng.IntN(4) == 0:
		*p = g.anywhere(1)
	case g.rng.IntN(3) == 0:
		*v = drift{}
	default:
		*v = drift{g.rng.Float32()*60 - 30, g.rng.Float32()*60 - 30}
	}
}

// stir changes values that are there.
func (g *generator) stir(e ecs.Entity, t engine.Tick) {
	if f := g.facings.Get(e); f != nil {
		f.Angle += 0.1
	}
	if h := g.heats.Get(e); h != nil && t.Number%4 == 0 {
		h.Degrees++
	}
	if c := g.ciphers.Get(e); c != nil && g.rng.IntN(10) == 0 {
		c.Code++
	}
	if c := g.cargos.Get(e); c != nil && g.rng.IntN(20) == 0 {
		*c = g.goods()
	}
	if l := g.titles.Get(e); l != nil && g.rng.IntN(20) == 0 {
		l.Hits++
	}
	if b := g.bonds.Get(e); b != nil && g.rng.IntN(30) == 0 {
		b.To = g.anybody()
	}
}

func (g *generator) goods() cargo {
	c := cargo{Tint: uint8(g.rng.Uint32()), Stage: uint8(g.rng.IntN(5))}
	c.Turn[g.rng.IntN(4)] = 1
	for range g.rng.IntN(5) {
		c.Goods = append(c.Goods, uint16(g.rng.Uint32()))
	}
	return c
}

// command puts a random wish onto each avatar: for runs without clients that
// send commands.
func (g *generator) command() {
	for _, p := range g.players {
		if w := g.wishes.Get(p.avatar); g.world.Alive(p.avatar) && w != nil {
			*w = wish{}
			if !g.quiet {
				*w = wish{X: int8(g.rng.IntN(3) - 1), Y: int8(g.rng.IntN(3) - 1), Drop: g.rng.IntN(60) == 0 && !g.peaceful}
			}
		}
	}
}

// rest stops everything: from now on only the last values travel.
func (g *generator) rest() {
	g.quiet = true
	for _, e := range g.alive {
		if _, p, v := g.bodies.Get(e); p != nil && v != nil {
			*v = drift{}
		}
	}
}
