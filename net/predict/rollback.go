package predict

import (
	"slices"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/replicate"
)

// Save keeps the state of the tick that was simulated; first in the Replicate
// phase.
func (p *Predictor) Save(t engine.Tick) {
	p.track()
	p.save(t.Number)
}

// Command samples the local player's command and gives it to what the player
// owns; in the Input phase.
func (p *Predictor) Command(t engine.Tick) {
	p.commands.sample(t)
	p.steer(t.Number)
}

// steer puts the command of a tick onto the player's entities.
func (p *Predictor) steer(tick uint32) {
	q := p.simulated.Query()
	for q.Next() {
		if q.Get().Owner == p.commands.player {
			p.commands.put(q.Entity(), tick)
		}
	}
}

// Reconcile compares the newest snapshot with the ring and rolls back where
// they differ. It follows the delivery of messages in the Receive phase.
func (p *Predictor) Reconcile(t engine.Tick) {
	done := t.Number - 1 // the newest tick that was simulated
	at := p.confirmed.tick
	if !p.pending || at > done { // ahead of us: the clock is about to jump there
		return
	}
	p.pending = false
	p.stats.Confirmed++
	if done-at >= ringTicks {
		p.stats.TooDeep++
		p.restore()
		p.unpark()
		return
	}
	if f := p.frameAt(at); f != nil {
		miss, differs := p.confirmed.difference(f)
		if !differs {
			p.bury(at)
			return
		}
		p.stats.Last = miss
		p.stats.Mispredictions++
	}
	p.rollback(at, done)
}

// rollback restores the confirmed tick and replays the ticks since.
func (p *Predictor) rollback(at, done uint32) {
	p.smooth.before(p)
	p.restore()
	p.save(at)
	for n := at + 1; n <= done; n++ {
		p.keys.restart(n)
		p.steer(n)
		// A panicking system ends the app; the Step around this one reports it.
		if err := p.app.Resimulate(n); err != nil {
			return
		}
		p.track()
		p.save(n)
		p.stats.Replayed++
	}
	p.stats.DepthMax = max(p.stats.DepthMax, done-at)
	p.smooth.after(p)
	p.unpark()
	p.bury(at)
}

// restore puts the world into the confirmed state: entities that the server
// has are enabled and get its components and values; of the others, those
// spawned later are parked, the rest was mispredicted and goes.
func (p *Predictor) restore() {
	f := &p.confirmed
	for r := range f.rows {
		e, ok := p.local[f.rows[r].id]
		if !ok || !p.world.Alive(e) {
			continue
		}
		p.reshape(e, r)
		for t, typ := range f.types {
			if v := f.value(r, t); v != nil {
				at := p.world.Pointer(e, typ.Component.ID)
				f.columns[t].Copy(at, v)
				typ.Settle(at, p.entities)
			}
		}
	}
	for _, id := range p.sorted(func(id replicate.ID, _ ecs.Entity) bool { _, ok := f.index[id]; return !ok }) {
		e := p.local[id]
		delete(p.local, id)
		if id.SpawnTick() > f.tick {
			p.parked = append(p.parked, e)
			if !p.world.Has(e, p.ids.disabled) {
				p.world.AddIDs(e, p.ids.disabled)
			}
			continue
		}
		p.stats.Orphans++
		p.smooth.forget(id)
		p.world.Despawn(e)
	}
}

// reshape enables an entity and gives it the predicted components of row r.
func (p *Predictor) reshape(e ecs.Entity, r int) {
	add, remove := p.ids.scratch[:0], p.ids.without[:0]
	if p.world.Has(e, p.ids.disabled) {
		remove = append(remove, p.ids.disabled)
	}
	for t, typ := range p.table.Types {
		if !typ.Predict {
			continue
		}
		switch want, has := p.confirmed.rows[r].mask.Has(t), p.world.Has(e, typ.Component.ID); {
		case want && !has:
			add = append(add, typ.Component.ID)
		case has && !want:
			remove = append(remove, typ.Component.ID)
		}
	}
	if len(add)+len(remove) > 0 {
		p.world.Exchange(e, add, remove)
	}
	p.ids.scratch, p.ids.without = add, remove
}

// unpark ends the parked entities. One that the replay has spawned again hands
// its views over, so that it does not blink.
func (p *Predictor) unpark() {
	for _, e := range p.parked {
		id := (*replicate.Net)(p.world.Pointer(e, p.ids.net)).ID
		if again, ok := p.local[id]; ok {
			p.table.CopyViews(p.world, again, e)
		} else {
			p.stats.Orphans++
			p.smooth.forget(id)
		}
		p.world.Despawn(e)
	}
	p.parked = p.parked[:0]
}

// bury removes entities that a system here has despawned and that the server,
// at the confirmed tick, does not have either.
func (p *Predictor) bury(at uint32) {
	over := func(id replicate.ID, e ecs.Entity) bool {
		_, server := p.replicas[id]
		return !server && id.SpawnTick() <= at && p.world.Has(e, p.ids.disabled)
	}
	for _, id := range p.sorted(over) {
		p.smooth.forget(id)
		p.world.Despawn(p.local[id])
		delete(p.local, id)
	}
}

// sorted lists the local entities that match, by ID: the order in which
// entities are touched must not depend on that of a map.
func (p *Predictor) sorted(match func(replicate.ID, ecs.Entity) bool) []replicate.ID {
	p.order = p.order[:0]
	for id, e := range p.local {
		if match(id, e) {
			p.order = append(p.order, id)
		}
	}
	slices.Sort(p.order)
	return p.order
}
