package session_test

import (
	"math/rand/v2"
	"strconv"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/message"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
)

// A game in which everything says which room it belongs to: entities, commands
// and messages in both directions. Whoever meets something of another room
// notes it.
type (
	home  struct{ Room uint8 }
	drive struct {
		X, Y int8 `net:"min=-1,max=1"`
		Drop bool
		Room uint8
	}
	bulletin struct{ Room uint8 } // reliable, both ways
	flash    struct{ Room uint8 } // unreliable, both ways
	poll     struct{ Room uint8 }
	climate  struct{ Room uint8 } // a resource of the world
	hour     struct{ Room uint8 } // sequenced, from the server
	vote     struct{ Room uint8 }
)

const crumb = 2

func roverSim(app *engine.App) {
	replicate.Component[place](app, replicate.Predict(), replicate.Interpolate(replicate.Lerp))
	replicate.Component[speed](app, replicate.Predict())
	replicate.Component[fuse](app, replicate.Predict())
	replicate.Component[home](app)
	replicate.Resource[climate](app)
	predict.Event[boom](app)
	input.Command[drive](app)
	message.Register[bulletin](app)
	message.Register[flash](app, message.Unreliable())
	message.RegisterCall[poll, vote](app)
	message.Register[hour](app, message.Sequenced(), message.FromServer())
	app.Simulate(&drives{}, &moves{}, &fuses{})
}

type drives struct {
	movers ecs.Filter5[replicate.Net, drive, place, speed, home]
	crumbs *ecs.Spawner5[replicate.Net, fuse, place, speed, home]
	keys   *predict.Keys
}

func (s *drives) Init(sim *ecs.Sim) {
	s.movers = ecs.Query5[replicate.Net, drive, place, speed, home](sim)
	s.crumbs = ecs.NewSpawner5[replicate.Net, fuse, place, speed, home](sim)
	s.keys = predict.NewKeys(sim)
}

func (s *drives) Update(t engine.Tick) {
	q := s.movers.Query()
	for q.Next() {
		n, c, p, v, h := q.Get()
		v.X = float32(v.X*0.98) + float32(float32(c.X)*0.5)
		v.Y = float32(v.Y*0.98) + float32(float32(c.Y)*0.5)
		if c.Drop {
			s.crumbs.Spawn(s.keys.Next(t, n.Owner, crumb), fuse{t.Number + 60}, *p, speed{v.Y, v.X}, *h)
		}
	}
}

// garage is the server's part of a room.
type garage struct {
	lobby
	room    *session.Room
	self    uint8
	rovers  ecs.Map5[replicate.Net, place, speed, drive, home]
	rocks   ecs.Map3[replicate.Net, place, home]
	driven  ecs.Filter1[drive]
	owned   ecs.Filter2[replicate.Net, drive]
	news    message.Inbox[bulletin]
	flashes message.Inbox[flash]
	tell    message.Outbox[bulletin]
	blink   message.Outbox[flash]
	clock   message.Outbox[hour]
	desk    message.Answers[poll, vote]
	wrong   []string
	heard   int
	joins   map[input.PlayerID]int
	reasons map[session.Reason]int
}

func (g *garage) Init(s *ecs.Sim) {
	g.lobby.Init(s)
	g.room = session.RoomOf(s.World())
	n, _ := strconv.Atoi(g.room.Name())
	g.self = uint8(n)
	g.rovers = ecs.NewMap5[replicate.Net, place, speed, drive, home](s)
	g.rocks = ecs.NewMap3[replicate.Net, place, home](s)
	g.driven, g.owned = ecs.Query1[drive](s), ecs.Query2[replicate.Net, drive](s)
	g.news, g.flashes = message.From[bulletin](s), message.From[flash](s)
	g.tell, g.blink = message.To[bulletin](s), message.To[flash](s)
	g.clock, g.desk = message.To[hour](s), message.Requests[poll, vote](s)
	g.joins, g.reasons = map[input.PlayerID]int{}, map[session.Reason]int{}
	for i := range 5 + n {
		g.rocks.NewEntity(replicate.Net{}, place{X: float32(i)}, home{g.self})
	}
	ecs.SetResource(s.World(), g)
	ecs.Resource[climate](s.World()).Room = g.self
}

func (g *garage) meet(what string, room uint8) {
	g.heard++
	if room != g.self {
		g.wrong = append(g.wrong, what+" of room "+strconv.Itoa(int(room))+" in "+g.room.Name())
	}
}

func (g *garage) Update(t engine.Tick) {
	for _, j := range g.joined.Read() {
		g.joins[j.Player]++
		g.rovers.NewEntity(replicate.Net{Owner: j.Player, Mode: replicate.ByOwner}, place{X: float32(j.Player)}, speed{}, drive{}, home{g.self})
	}
	for _, l := range g.left.Read() {
		g.reasons[l.Reason]++
		q := g.owned.Query()
		for q.Next() {
			if n, _ := q.Get(); n.Owner == l.Player {
				g.sim.Despawn(q.Entity())
			}
		}
	}
	q := g.driven.Query()
	for q.Next() {
		if c := q.Get(); c.Room != 0 {
			g.meet("a command", c.Room)
		}
	}
	for _, m := range g.news.Read(t) {
		g.meet("a bulletin", m.Value.Room)
	}
	for _, m := range g.flashes.Read(t) {
		g.meet("a flash", m.Value.Room)
	}
	for _, m := range g.desk.Read(t) {
		g.meet("a question", m.Value.Room)
		g.desk.Reply(m.Ticket, vote{g.self})
	}
	if t.Number%7 == 0 {
		g.tell.All(bulletin{g.self})
		g.blink.All(flash{g.self})
		g.clock.All(hour{g.self})
	}
}

// driver is a client's part.
type driver struct {
	seed    uint64
	quiet   *bool
	local   *session.Local
	entered *ecs.Events[session.Entered]
	news    message.Inbox[bulletin]
	flashes message.Inbox[flash]
	tell    message.Outbox[bulletin]
	blink   message.Outbox[flash]
	hours   message.Inbox[hour]
	ask     message.Caller[poll, vote]
	struck  int // hours heard in this room
	since   uint32
	wrong   []string
	heard   int
	rooms   []string
	now     drive
}

func (d *driver) plugin(app *engine.App) {
	app.Input(d)
	input.Sample(app, func(t engine.Tick) drive {
		if *d.quiet {
			return drive{Room: d.room()}
		}
		rng := rand.New(rand.NewPCG(d.seed, uint64(t.Number)))
		if rng.IntN(20) == 0 {
			d.now = drive{X: int8(rng.IntN(3) - 1), Y: int8(rng.IntN(3) - 1)}
		}
		d.now.Drop, d.now.Room = rng.IntN(15) == 0, d.room()
		return d.now
	})
}

func (d *driver) room() uint8 {
	n, _ := strconv.Atoi(d.local.Room)
	return uint8(n)
}

func (d *driver) Init(s *ecs.Sim) {
	d.local, d.entered = ecs.Resource[session.Local](s.World()), ecs.EventsOf[session.Entered](s.World())
	d.news, d.flashes = message.From[bulletin](s), message.From[flash](s)
	d.tell, d.blink = message.To[bulletin](s), message.To[flash](s)
	d.hours, d.ask = message.From[hour](s), message.Calls[poll, vote](s)
}

func (d *driver) meet(what string, room uint8) {
	d.heard++
	if room != d.room() {
		d.wrong = append(d.wrong, what+" of room "+strconv.Itoa(int(room))+" in "+d.local.Room)
	}
}

func (d *driver) Update(t engine.Tick) {
	for _, e := range d.entered.Read() {
		d.rooms, d.struck, d.since = append(d.rooms, e.Room), 0, t.Number
	}
	for _, m := range d.news.Read(t) {
		d.meet("a bulletin", m.Value.Room)
	}
	for _, m := range d.flashes.Read(t) {
		d.meet("a flash", m.Value.Room)
	}
	for _, m := range d.hours.Read(t) {
		d.meet("an hour", m.Value.Room)
		d.struck++
	}
	for _, e := range d.ask.Read(t) {
		if e.Status == message.Answered {
			d.meet("an answer", e.Reply.Room)
		}
	}
	if d.struck == 0 && int32(t.Number-d.since) == 300 {
		d.wrong = append(d.wrong, "silence in room "+d.local.Room)
	}
	if t.Number%5 == 0 {
		d.tell.Server(bulletin{d.room()})
		d.blink.Server(flash{d.room()})
	}
	if t.Number%11 == 0 {
		d.ask.Ask(0, poll{d.room()}, 0)
	}
}

var rovers = session.Game{
	Name: "rovers", Version: 1, Sim: roverSim,
	Server: func(app *engine.App) { app.Simulate(&garage{}) },
}
