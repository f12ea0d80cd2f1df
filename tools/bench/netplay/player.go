package netplay

import (
	"math"
	"slices"
	"time"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/message"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
)

// pixels is how large a unit of the arena is on a screen of 720 lines, which
// shows 660 units.
const pixels = 720.0 / 660

// point is a place or a way, in pixels.
type point struct{ x, y float64 }

func (a point) minus(b point) point   { return point{a.x - b.x, a.y - b.y} }
func (a point) plus(b point) point    { return point{a.x + b.x, a.y + b.y} }
func (a point) times(f float64) point { return point{a.x * f, a.y * f} }
func (a point) length() float64       { return math.Hypot(a.x, a.y) }

// player is one client and what is noted of it.
type player struct {
	game   *game
	client *session.Client
	eye    *eye
	number int
	period int // steps from frame to frame
	phase  int

	welcome time.Duration  // 0: not yet
	base    *session.Stats // when counting began; nil: not yet
	last    session.Stats
	shown   picture
	others  map[replicate.ID]*trail

	heard     uint32        // newest tick in which the server says that the ship was struck, and the player has heard of
	excluded  time.Duration // until then jumps are those of a hit
	leads     []lead
	lateAt    []time.Duration
	confirmed []moment // newest tick confirmed, and since when
}

// picture is what a frame shows of the own ship.
type picture struct {
	ship replicate.ID // 0: none
	view point
	path point   // the way that the simulation has moved it, up to the moment shown
	pace float64 // pixels a tick
	time float64 // moment shown, in ticks, without jumps of the clock
}

// trail is the last two views of another ship.
type trail struct {
	views [2]point
	known int
	frame int
}

type lead struct {
	at    time.Duration
	ticks float64
}

type moment struct {
	tick uint32
	at   time.Duration
}

func newPlayer(g *game, n int) *player {
	p := &player{game: g, number: n, others: map[replicate.ID]*trail{}, eye: &eye{witness: newWitness()}}
	p.period = []int{steps / 60, steps / 144}[n%2]
	p.phase = n * 5 % p.period
	return p
}

// probe is the plugin that looks into the player's app.
func (p *player) probe(app *engine.App) {
	p.eye.local = ecs.MustResource[session.Local](app.World())
	p.eye.now = func() time.Duration { return p.game.now }
	app.Input(system(p.eye.before))
	if p.game.cell.Foresight {
		wish := message.To[sim.Foresight](app.Sim())
		app.Input(system(func(t engine.Tick) {
			if t.Number%rate == 0 { // there may be no pilot yet
				wish.Server(sim.Foresight{Wanted: true})
			}
		}))
	}
	app.Simulate(p.eye.witness, p.eye)
}

type system func(engine.Tick)

func (f system) Update(t engine.Tick) { f(t) }

func (p *player) settled() bool { return p.base != nil }

// frame advances the client and draws a frame.
func (p *player) frame() error {
	if err := p.client.Advance(p.game.now); err != nil {
		return err
	}
	if p.client.State() != session.Playing {
		return nil
	}
	f := p.client.Frame(p.game.now)
	if err := p.client.App().Render(f); err != nil {
		return err
	}
	if p.welcome == 0 {
		p.welcome = p.game.now
	}
	now := p.client.Stats()
	if now.Predict.Newest != p.last.Predict.Newest {
		p.confirmed = append(p.confirmed, moment{now.Predict.Newest, p.game.now})
	}
	if now.Late != p.last.Late {
		p.lateAt = append(p.lateAt, p.game.now)
	}
	p.leads = append(p.leads, lead{p.game.now, float64(now.Tick) + float64(f.Alpha) - p.game.now.Seconds()*rate})
	p.exclude(now.Predict.Newest)
	if p.base == nil && p.game.now >= p.welcome+settle {
		p.base = &now
		p.eye.corrections = nil
	}
	p.look(f)
	if p.base != nil {
		p.count(&now)
	}
	p.last = now
	return nil
}

// count adds what the frame says to the figures.
func (p *player) count(now *session.Stats) {
	out := p.game.out
	out.frames++
	out.delay += (p.game.now.Seconds()*rate - now.Shown) / rate * 1000
	if now.Shown > float64(now.Newest) {
		out.starved++
	}
	if n := now.Predict.Mispredictions - p.last.Predict.Mispredictions; n > 0 {
		depth := float64(now.Predict.Replayed-p.last.Predict.Replayed) / float64(n)
		for range n {
			out.depths = append(out.depths, depth)
		}
	}
}

// exclude notes when the ship was struck: where the server says so, and where
// the client has foreseen it, rightly or not.
func (p *player) exclude(confirmed uint32) {
	me := p.client.Player().Player
	if s := p.game.ground.struck[me]; s > p.heard && s <= confirmed {
		p.heard = s
		p.excluded = p.game.now + time.Second/2
	}
	if s := p.game.ground.struck[me]; s > confirmed || p.eye.witness.struck[me] > confirmed {
		p.excluded = max(p.excluded, p.game.now+time.Second/2)
	}
}

// look compares the frame with the one before.
func (p *player) look(f engine.Frame) {
	now := p.eye.picture(float64(f.Tick)-p.eye.jumped, float64(f.Alpha))
	then := p.shown
	p.shown = now
	if p.base != nil && now.ship != 0 && now.ship == then.ship {
		odd := now.view.minus(then.view).minus(now.path.minus(then.path)).length()
		odd += math.Abs(now.time-then.time-float64(f.Dt)*rate) * max(now.pace, then.pace)
		if p.game.now < p.excluded {
			p.game.out.jumpsHit = append(p.game.out.jumpsHit, odd)
		} else {
			p.game.out.jumps = append(p.game.out.jumps, odd)
		}
	}
	p.lookAround(f)
}

// lookAround compares the views of the other ships with those before.
func (p *player) lookAround(f engine.Frame) {
	me := p.client.Player().Player
	shown := p.client.Stats().Shown
	q := p.eye.others.Query()
	for q.Next() {
		net, ship, view := q.Get()
		if ship.Pilot == me {
			continue
		}
		t := p.others[net.ID]
		if t == nil || t.frame != p.eye.frame {
			t = &trail{}
			p.others[net.ID] = t
		}
		at := point{float64(view.Value.X), float64(view.Value.Y)}.times(pixels)
		touched := float64(p.game.ground.touched[ship.Pilot])
		if t.known >= 2 && p.base != nil && (touched < shown-rate/2 || touched > shown+rate/2) {
			odd := at.minus(t.views[1]).minus(t.views[1].minus(t.views[0])).length()
			p.game.out.others = append(p.game.out.others, max(0, odd-sim.ThrustPower*pixels*float64(f.Dt)*float64(f.Dt)))
		}
		t.views[0], t.views[1] = t.views[1], at
		t.known, t.frame = t.known+1, p.eye.frame+1
	}
	p.eye.frame++
}

// finish adds what is known only at the end.
func (p *player) finish() {
	out, now := p.game.out, p.client.Stats()
	seconds := (p.game.now - p.welcome - settle).Seconds()
	out.playerSeconds += seconds
	out.ticks += int(seconds * rate)
	out.late += int(now.Late - p.base.Late)
	out.mispredicts += int(now.Predict.Mispredictions - p.base.Predict.Mispredictions)
	out.compared += int(now.Predict.Confirmed - p.base.Predict.Confirmed)
	out.tooDeep += int(now.Predict.TooDeep - p.base.Predict.TooDeep)
	out.corrections = append(out.corrections, p.eye.corrections...)
	out.converge = append(out.converge, p.converged().Seconds())
	p.latencies()
}

// converged is the time from the welcome until the clock stays where it belongs.
func (p *player) converged() time.Duration {
	later := p.leads[len(p.leads)/2:]
	ticks := make([]float64, len(later))
	for i := range later {
		ticks[i] = later[i].ticks
	}
	slices.Sort(ticks)
	median, band := ticks[len(ticks)/2], 1+p.game.cell.ticks()+p.game.cell.again()
	var odd []time.Duration // moments at which it is not
	for _, l := range p.leads {
		if math.Abs(l.ticks-median) > band {
			odd = append(odd, l.at)
		}
	}
	if p.game.cell.Jitter == 0 && p.game.cell.Loss == 0 {
		odd = append(odd, p.lateAt...)
		slices.Sort(odd)
	}
	since := p.welcome
	for _, at := range odd {
		if at-since >= settle {
			break
		}
		since = at
	}
	return since - p.welcome
}

// latencies compares how long each command took to be confirmed with the least
// possible.
func (p *player) latencies() {
	g, way := p.game, p.game.cell.oneWay()
	server, snapshot, tick, confirmed := 0, 0, 0, 0
	for _, given := range p.eye.runs {
		for confirmed < len(p.confirmed) && p.confirmed[confirmed].tick < given.tick {
			confirmed++
		}
		if confirmed == len(p.confirmed) {
			return
		}
		if given.at < p.welcome+settle {
			continue
		}
		for server < len(g.ticks) && g.ticks[server] < given.at+way {
			server++
		}
		for snapshot < server || snapshot%interval != 0 {
			snapshot++
		}
		if snapshot >= len(g.ticks) {
			return
		}
		for tick < len(p.eye.runs) && p.eye.runs[tick].at < g.ticks[snapshot]+way {
			tick++
		}
		if tick == len(p.eye.runs) {
			return
		}
		over := p.confirmed[confirmed].at - p.eye.runs[tick].at
		g.out.latency = append(g.out.latency, float64(over)/float64(time.Millisecond))
	}
}

// eye looks into a client's app, where it simulates.
type eye struct {
	witness *witness
	local   *session.Local
	now     func() time.Duration
	own     ecs.Reader3[replicate.Net, sim.Ship, sim.Position]
	views   ecs.Reader3[replicate.Net, sim.Ship, replicate.View[sim.Position]]
	others  ecs.Reader3[replicate.Net, sim.Ship, replicate.View[sim.Position]]

	ship        replicate.ID
	begin, end  point // where the ship was before and after the newest tick
	path        point // the way that all ticks together have moved it
	tick        uint32
	jumped      float64 // ticks by which the clock has jumped
	runs        []moment
	corrections []float64
	frame       int
}

// Init implements engine.Initer.
func (e *eye) Init(s *ecs.Sim) {
	e.own = ecs.Read3[replicate.Net, sim.Ship, sim.Position](s.All())
	e.views = ecs.Read3[replicate.Net, sim.Ship, replicate.View[sim.Position]](s.All())
	e.others = e.views
}

// find is the own ship and where it is; 0: it has none.
func (e *eye) find() (id replicate.ID, at point) {
	q := e.own.Query()
	for q.Next() {
		if net, ship, p := q.Get(); ship.Pilot == e.local.Player && ship.Pilot != input.PlayerID(0) {
			id, at = net.ID, point{float64(p.X), float64(p.Y)}.times(pixels)
		}
	}
	return id, at
}

// before comes after a rollback and before the tick's own simulation.
func (e *eye) before(t engine.Tick) {
	if e.tick != 0 {
		e.jumped += float64(t.Number) - float64(e.tick) - 1
	}
	e.tick = t.Number
	e.runs = append(e.runs, moment{t.Number, e.now()})
	id, at := e.find()
	if id != 0 && id == e.ship {
		if d := at.minus(e.end).length(); d > 0 {
			e.corrections = append(e.corrections, d)
		}
	}
	e.ship, e.begin = id, at
}

// Update comes after the tick's simulation.
func (e *eye) Update(t engine.Tick) {
	if t.Replay {
		return
	}
	id, at := e.find()
	e.end = at
	if id == e.ship {
		e.path = e.path.plus(e.end.minus(e.begin))
	} else {
		e.ship, e.begin = id, at
	}
}

// picture is what is drawn of the own ship, at a moment after a tick.
func (e *eye) picture(tick, alpha float64) (p picture) {
	q := e.views.Query()
	for q.Next() {
		if net, ship, view := q.Get(); net.ID == e.ship && ship.Pilot == e.local.Player {
			p.ship, p.view = net.ID, point{float64(view.Value.X), float64(view.Value.Y)}.times(pixels)
		}
	}
	way := e.end.minus(e.begin)
	p.path = e.path.minus(way.times(1 - alpha))
	p.pace, p.time = way.length(), tick+alpha
	return p
}
