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

// tracked tags simulated entities that the predictor knows by ID.
type tracked struct{}

// Stats counts what prediction did.
type Stats struct {
	Confirmed      uint64 // snapshots that were compared
	Mispredictions uint64 // of those, snapshots that differed
	Replayed       uint64 // ticks simulated again
	DepthMax       uint32 // deepest rollback, in ticks
	TooDeep        uint64 // snapshots older than the ring: state was set without a replay
	Orphans        uint64 // predicted spawns that the server never made
	Last           Misprediction
}

// Predictor simulates a client's own entities ahead of the server. It is a
// [replicate.Predictor] and a resource of the client's world.
type Predictor struct {
	app      *engine.App
	world    *ecs.World
	table    *replicate.Table
	commands *Commands
	keys     *Keys
	entities *replicate.Entities

	ring      [ringTicks]frame
	confirmed frame
	pending   bool // confirmed holds a snapshot that was not compared yet
	local     map[replicate.ID]ecs.Entity
	replicas  map[replicate.ID]*replicate.Replica
	parked    []ecs.Entity // spawned after the tick that was restored
	stats     Stats
	smooth    smoother

	fresh     ecs.Filter1[replicate.Net]
	simulated ecs.Filter1[replicate.Net]
	ids       predictIDs
	doomed    []ecs.Entity
	order     []replicate.ID
}

type predictIDs struct {
	net, tracked, disabled ecs.ID
	scratch, without       []ecs.ID
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
		local:     map[replicate.ID]ecs.Entity{},
		replicas:  map[replicate.ID]*replicate.Replica{},
		fresh:     ecs.Query1[replicate.Net](sim, ecs.Without[tracked]()),
		simulated: ecs.Query1[replicate.Net](sim, ecs.With[tracked]()),
	}
	p.ids.net = ecs.ComponentID[replicate.Net](w)
	p.ids.tracked = ecs.ComponentID[tracked](w)
	p.ids.disabled = ecs.ComponentID[replicate.Disabled](w)
	for i := range p.ring {
		p.ring[i] = newFrame(p.table)
	}
	p.confirmed = newFrame(p.table)
	p.smooth = newSmoother(p.table)
	sim.OnDespawn(p.disable)
	ecs.SetResource(w, p)
	return p
}

// SetPlayer says whose client this is; before the first tick.
func (p *Predictor) SetPlayer(id input.PlayerID) { p.commands.player = id }

// Stats is what prediction did so far.
func (p *Predictor) Stats() Stats { return p.stats }

// Commands is the local player's commands.
func (p *Predictor) Commands() *Commands { return p.commands }

// Adopt finds an entity that was spawned here under id.
func (p *Predictor) Adopt(id replicate.ID) (ecs.Entity, bool) {
	e, ok := p.local[id]
	return e, ok
}

// Spawned notes a replica that the client predicts.
func (p *Predictor) Spawned(r *replicate.Replica) {
	p.pending = false // what was confirmed is about another set of entities
	p.local[r.Net.ID], p.replicas[r.Net.ID] = r.Entity, r
	if !p.world.Has(r.Entity, p.ids.tracked) {
		p.world.AddIDs(r.Entity, p.ids.tracked)
	}
}

// Despawned forgets a replica: the server confirmed its end.
func (p *Predictor) Despawned(r *replicate.Replica) {
	delete(p.local, r.Net.ID)
	delete(p.replicas, r.Net.ID)
	p.smooth.forget(r.Net.ID)
}

// Confirm takes the server's state of a tick. It is compared by Reconcile.
func (p *Predictor) Confirm(tick uint32, own []*replicate.Replica, r *wire.Reader) error {
	if err := p.confirmed.read(tick, own, p.table.Predicted, r); err != nil {
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

// track finds entities that systems have spawned since the last call.
func (p *Predictor) track() {
	p.doomed = p.doomed[:0]
	q := p.fresh.Query()
	for q.Next() {
		p.doomed = append(p.doomed, q.Entity())
	}
	for _, e := range p.doomed {
		n := *(*replicate.Net)(p.world.Pointer(e, p.ids.net))
		if _, twice := p.local[n.ID]; n.ID == 0 || twice {
			p.world.Despawn(e) // only the server can spawn without a key; a key is used once
			continue
		}
		p.local[n.ID] = e
		p.ids.scratch = append(p.ids.scratch[:0], p.ids.tracked)
		p.ids.scratch = p.table.ViewIDs(p.ids.scratch, p.world, e)
		p.world.AddIDs(e, p.ids.scratch...)
		p.entities.List(e)
	}
}

// save copies the state at the end of a tick into the ring.
func (p *Predictor) save(tick uint32) {
	f := &p.ring[tick%ringTicks]
	f.reset(tick)
	q := p.simulated.Query()
	for q.Next() {
		e := q.Entity()
		f.add(q.Get().ID)
		for t, typ := range p.table.Types {
			if !typ.Predict {
				continue
			}
			if v := p.world.Pointer(e, typ.Component.ID); v != nil {
				typ.Settle(f.set(t, v), p.entities)
			}
		}
	}
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
}
