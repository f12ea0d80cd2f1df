package predict

import (
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/wire"
)

// ringTicks is how many ticks of predicted state a client keeps, and so the
// deepest rollback: two seconds at 60 ticks a second.
const ringTicks = 128

// tracked marks simulated entities that the predictor knows, with their place.
type tracked struct{ place uint32 }

// Stats counts what prediction did.
type Stats struct {
	Confirmed      uint64        // snapshots that were compared
	Newest         uint32        // tick of the last of them
	Mispredictions uint64        // of those, snapshots that differed
	Replayed       uint64        // ticks simulated again
	DepthMax       uint32        // deepest rollback, in ticks
	TooDeep        uint64        // snapshots older than the ring: state was set without a replay
	Orphans        uint64        // predicted spawns that died: the server, or a replay, never made them
	Last           Misprediction // zero: none
}

// Predictor simulates a client's own entities ahead of the server. It is a
// [replicate.Predictor] and a resource of the client's world.
type Predictor struct {
	app      *engine.App
	world    *ecs.World
	table    *replicate.Table
	commands *Commands
	delay    uint32
	events   *eventHub
	relays   relays

	everybody bool         // all players' things obey this one's commands: see SyncTest
	replayed  func(uint32) // is told of each tick that a rollback has run again; nil: nobody
	keys      *Keys
	entities  *replicate.Entities
	orphans   *replicate.Orphans
	worldly   *replicate.WorldValues

	ring      [ringTicks]frame
	confirmed frame
	pending   bool // confirmed holds a snapshot that was not compared yet
	places    places
	parked    []ecs.Entity // spawned after the tick that was restored
	stats     Stats
	reports   reports
	smooth    smoother

	fresh     ecs.Filter1[replicate.Net]
	simulated ecs.Filter1[replicate.Net]
	cursor    ecs.Cursor1[replicate.Net] // of tables: here it costs no allocation
	ids       predictIDs
	newborn   []ecs.Entity
}

type predictIDs struct {
	net, tracked, disabled ecs.ID
	add, remove            []ecs.ID
}

// Limit gives the app's Sim the scope of a client: what it simulates itself.
// It comes before the game's plugins.
func Limit(app *engine.App) {
	w := app.World()
	app.Sim().Limit(
		[]ecs.ID{ecs.ComponentID[replicate.Simulated](w)},
		[]ecs.ID{ecs.ComponentID[replicate.Disabled](w)},
	)
}

// New makes the predictor of a client's app, whose plugins have all been added
// and whose Sim has its scope from [Limit]. The caller runs [Predictor.Reconcile]
// in the Receive phase, [Predictor.Command] in Input, [Predictor.Save] in
// Replicate and [Predictor.Present] in Present.
func New(app *engine.App) *Predictor {
	w, sim := app.World(), app.Sim()
	p := &Predictor{
		app:       app,
		world:     w,
		table:     replicate.TableOf(app),
		commands:  newCommands(app),
		keys:      keysOf(w),
		entities:  replicate.EntitiesOf(w),
		orphans:   replicate.NewOrphans(sim),
		worldly:   replicate.WorldValuesOf(app),
		places:    newPlaces(),
		events:    eventHubOf(w),
		fresh:     ecs.Query1[replicate.Net](sim, ecs.Without[tracked]()),
		simulated: ecs.Query1[replicate.Net](sim, ecs.With[tracked]()),
	}
	p.ids.net = ecs.ComponentID[replicate.Net](w)
	p.ids.tracked = ecs.ComponentID[tracked](w)
	p.ids.disabled = ecs.ComponentID[replicate.Disabled](w)
	for i := range p.ring {
		p.ring[i] = newFrame(p.table, p.table.Predicted)
	}
	p.confirmed = newFrame(p.table, p.table.Predicted)
	p.reports = newReports(p.table)
	p.relays = newRelays(p.commands.kind)
	p.smooth = newSmoother(p.table)
	for _, e := range p.events.list {
		e.predict()
	}
	sim.OnDespawn(p.disable)
	sim.OnSpawn(p.admit)
	ecs.SetResource(w, p)
	return p
}

// SetPlayer says whose client this is; before the first tick.
func (p *Predictor) SetPlayer(id input.PlayerID) { p.commands.player = id }

// Reset forgets the world that was predicted, whose entities the caller has
// removed: another one follows. Statistics go on.
func (p *Predictor) Reset() {
	p.Invalidate()
	p.commands.reset()
	p.keys.restart(0)
	p.pending, p.confirmed.valid = false, false
	p.places, p.parked = newPlaces(), p.parked[:0]
	p.smooth = newSmoother(p.table)
	p.relays.list = nil
	p.events.judged = 0
	for _, e := range p.events.list {
		e.reset()
	}
}

// Stats is what prediction did so far.
func (p *Predictor) Stats() Stats {
	s := p.stats
	s.Last = p.reports.report()
	return s
}

// Blame lists the components that differed first in mispredictions, most
// frequent first.
func (p *Predictor) Blame() []Blame { return p.reports.blame() }

// SetDelay makes the commands of the ticks from now on take effect so many ticks
// later.
func (p *Predictor) SetDelay(ticks int) { p.delay = uint32(ticks) }

// Told takes what the server says about this player's commands with the
// snapshot of tick; before Reconcile.
func (p *Predictor) Told(tick uint32, s replicate.Status) { p.commands.heard(tick, s.Recent) }

// Commands is the local player's commands.
func (p *Predictor) Commands() *Commands { return p.commands }

// Adopt finds an entity that was spawned here under id.
func (p *Predictor) Adopt(id replicate.ID) (ecs.Entity, bool) {
	at, ok := p.places.find(id)
	if !ok || at.entity.IsZero() {
		return ecs.Entity{}, false
	}
	return at.entity, true
}

// Spawned notes a replica that the client predicts.
func (p *Predictor) Spawned(r *replicate.Replica) {
	p.pending = false // what was confirmed is about another set of entities
	i := p.places.take(r.Net.ID)
	p.places.list[i].entity, p.places.list[i].replica = r.Entity, r
	p.mark(r.Entity, i)
}

// mark notes on an entity where it is kept.
func (p *Predictor) mark(e ecs.Entity, i uint32, more ...ecs.ID) {
	if !p.world.Has(e, p.ids.tracked) {
		more = append(more, p.ids.tracked)
	}
	if len(more) > 0 {
		p.world.AddIDs(e, more...)
	}
	(*tracked)(p.world.Pointer(e, p.ids.tracked)).place = i
}

// Taken notes a replica that the client predicts from now on: its views go on
// from where they are.
func (p *Predictor) Taken(r *replicate.Replica) {
	p.Spawned(r)
	p.smooth.carried = append(p.smooth.carried, p.places.of[r.Net.ID])
}

// Released forgets a replica that the client predicts no more. Its entity stays.
func (p *Predictor) Released(r *replicate.Replica) {
	p.pending = false
	p.Despawned(r)
	if !p.world.Alive(r.Entity) {
		return
	}
	p.ids.remove = p.ids.remove[:0]
	for _, id := range []ecs.ID{p.ids.tracked, p.ids.disabled} {
		if p.world.Has(r.Entity, id) {
			p.ids.remove = append(p.ids.remove, id)
		}
	}
	if len(p.ids.remove) > 0 {
		p.world.RemoveIDs(r.Entity, p.ids.remove...)
	}
}

// Despawned forgets a replica: the server confirmed its end.
func (p *Predictor) Despawned(r *replicate.Replica) {
	if i, ok := p.places.of[r.Net.ID]; ok {
		p.forget(i)
	}
}

// forget gives a place back.
func (p *Predictor) forget(i uint32) {
	p.smooth.forget(i)
	p.places.leave(i)
}

// Confirm takes the server's state of a tick. It is compared by Reconcile.
func (p *Predictor) Confirm(tick uint32, own []*replicate.Replica, r *wire.Reader) error {
	if err := p.confirmed.read(tick, own, &p.places, r); err != nil {
		return err
	}
	p.pending = true
	return nil
}

// disable takes over despawns by systems: the server has not confirmed them,
// and a rollback may need the entity again.
func (p *Predictor) disable(e ecs.Entity) bool {
	if !p.world.Has(e, p.ids.tracked) {
		return false
	}
	p.world.AddIDs(e, p.ids.disabled)
	return true
}

// admit ends what a system has spawned and may not, before another one sees it.
func (p *Predictor) admit(e ecs.Entity) {
	if p.world.Has(e, p.ids.net) && p.refuses(e) {
		p.world.Despawn(e)
	}
}

// refuses reports whether a networked entity that a system has spawned may not be.
// Only the server can spawn without a key; what another player's thing spawns is
// that one's to predict; and a key is used once.
func (p *Predictor) refuses(e ecs.Entity) bool {
	net := (*replicate.Net)(p.world.Pointer(e, p.ids.net))
	if net.ID == 0 || !p.everybody && !net.PredictedFor(p.commands.player) {
		return true
	}
	at, known := p.places.find(net.ID)
	return known && !at.entity.IsZero()
}

// track takes on the entities that systems have spawned since the last call: at
// the end of a tick, for what came and went in it has no part in a rollback.
func (p *Predictor) track() {
	p.orphans.Despawn()
	p.newborn = p.newborn[:0]
	q := p.fresh.Query()
	for q.Next() {
		p.newborn = append(p.newborn, q.Entity())
	}
	for _, e := range p.newborn {
		if p.refuses(e) {
			p.world.Despawn(e)
			continue
		}
		id := (*replicate.Net)(p.world.Pointer(e, p.ids.net)).ID
		if _, again := p.places.find(id); !again {
			p.entities.Appear(id, e, true)
		}
		i := p.places.take(id)
		p.places.list[i].entity = e
		p.ids.add = p.table.ViewIDs(p.ids.add[:0], p.world, e)
		p.mark(e, i, p.ids.add...)
		p.entities.List(e)
	}
}

// save copies the state at the end of a tick into the ring.
func (p *Predictor) save(tick uint32) {
	p.worldly.Gather()
	p.copyTo(&p.ring[tick%ringTicks], tick)
}

// frameAt is the ring's frame of a tick, nil when there is none.
func (p *Predictor) frameAt(tick uint32) *frame {
	if f := &p.ring[tick%ringTicks]; f.valid && f.tick == tick {
		return f
	}
	return nil
}

// Invalidate forgets all frames: the client's tick jumps.
func (p *Predictor) Invalidate() {
	for i := range p.ring {
		p.ring[i].valid = false
	}
	p.commands.jumped = true
}
