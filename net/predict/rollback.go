package predict

import (
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
	p.commands.sample(t, p.delay)
	p.steer(t.Number)
}

// steer puts the command of a tick onto the player's entities.
func (p *Predictor) steer(tick uint32) {
	q := p.simulated.Query()
	for q.Next() {
		switch owner := q.Get().Owner; {
		case owner == p.commands.player:
			p.commands.put(q.Entity(), tick)
		case owner != 0 && len(p.relays.list) > 0:
			if c := p.relays.of(owner, tick); c != nil {
				p.relays.kind.Put(p.world, q.Entity(), c)
			}
		case p.everybody && owner != 0:
			p.commands.put(q.Entity(), tick-min(delayOf(owner), tick))
		}
	}
}

// Reconcile compares the newest snapshot with the ring and rolls back where
// they differ. It follows the delivery of messages in the Receive phase.
func (p *Predictor) Reconcile(t engine.Tick) {
	done := t.Number - 1 // the newest tick that was simulated
	for _, e := range p.events.list {
		e.receive(t)
		e.expire(t.Number, uint32(doubtSeconds*p.app.TickRate()))
	}
	at := p.confirmed.tick
	if !p.pending || at > done { // ahead of us: the clock is about to jump there
		return
	}
	p.pending = false
	p.stats.Confirmed++
	p.stats.Newest = at
	if done-at >= ringTicks {
		p.stats.TooDeep++
		p.judge(at, false)
		p.restore()
		p.unpark()
		return
	}
	if f := p.frameAt(at); f != nil {
		place, typ, differ := p.confirmed.difference(f)
		if !differ {
			p.judge(at, true)
			p.rest(f)
			p.bury(at)
			return
		}
		p.stats.Mispredictions++
		p.reports.note(f, &p.confirmed, place, typ)
		p.reports.log(p.app.Log(), done, uint32(p.app.TickRate()))
	}
	p.judge(at, false)
	p.rollback(at, done)
	p.bury(at)
}

// rest takes the server's exact values where the ring's frame was right within
// tolerance and nothing has moved since, which else would stay beside the server's
// for ever. What moves is left alone: it would have to be replayed.
func (p *Predictor) rest(then *frame) {
	f, took := &p.confirmed, false
	for _, at := range f.used {
		e := p.places.list[at].entity
		if !p.world.Alive(e) {
			continue
		}
		for t, c := range f.columns {
			if !f.rows[at].mask.Has(t) {
				continue
			}
			typ, exact, was := f.types[t], c.At(int(at)), then.columns[t].At(int(at))
			if typ.Same(exact, was) {
				continue
			}
			if now := p.world.Pointer(e, typ.Component.ID); now != nil && typ.Same(was, now) {
				typ.Copy(now, exact)
				took = true
			}
		}
	}
	if took {
		p.worldly.Scatter()
	}
}

// judge tells the events of the ticks up to at whether the server agrees with
// what came of them.
func (p *Predictor) judge(at uint32, agrees bool) {
	first := p.events.span(at)
	for _, e := range p.events.list {
		if agrees {
			e.agree(first, at)
		} else {
			e.doubt(first, at)
		}
	}
}

// rollback restores the confirmed tick and replays the ticks since.
func (p *Predictor) rollback(at, done uint32) {
	p.smooth.before(p)
	p.restore()
	p.save(at)
	for _, e := range p.events.list {
		e.rewind(at+1, done)
	}
	for n := at + 1; n <= done; n++ {
		p.keys.restart(n)
		for _, e := range p.events.list {
			e.begin(n)
		}
		p.steer(n)
		// A panicking system ends the app; the Step around this one reports it.
		if err := p.app.Resimulate(n); err != nil {
			return
		}
		p.track()
		p.save(n)
		p.stats.Replayed++
		if p.replayed != nil {
			p.replayed(n)
		}
	}
	for _, e := range p.events.list {
		e.settle(at+1, done)
	}
	p.stats.DepthMax = max(p.stats.DepthMax, done-at)
	p.smooth.after(p)
	p.unpark()
}

// restore puts the world into the confirmed state: entities that the server
// has are enabled and get its components and values; of the others, those
// spawned later are parked, the rest was mispredicted and goes.
func (p *Predictor) restore() {
	f := &p.confirmed
	for _, at := range f.used {
		if e := p.places.list[at].entity; p.world.Alive(e) {
			p.reshape(e, f.rows[at].mask)
		}
	}
	for i := range p.places.list {
		at := uint32(i)
		id, e := p.places.list[i].id, p.places.list[i].entity
		if e.IsZero() || f.has(at, id) {
			continue
		}
		if id.SpawnTick() > f.tick {
			p.parked = append(p.parked, e)
			p.places.list[i].entity = ecs.Entity{}
			if !p.world.Has(e, p.ids.disabled) {
				p.world.AddIDs(e, p.ids.disabled)
			}
			continue
		}
		p.orphan(at, "the server has not made it")
		p.entities.Vanish(id, e, true)
		p.world.Despawn(e)
	}
	p.copyFrom(f)
	p.worldly.Scatter()
}

// orphan forgets a predicted spawn that was a mistake.
func (p *Predictor) orphan(at uint32, why string) {
	p.stats.Orphans++
	p.reports.orphan(p.app.Log(), p.places.list[at].id, why, p.app.Tick(), uint32(p.app.TickRate()))
	p.forget(at)
}

// reshape enables an entity and gives it the predicted components of a mask.
func (p *Predictor) reshape(e ecs.Entity, mask replicate.Mask) {
	add, remove := p.ids.add[:0], p.ids.remove[:0]
	if p.world.Has(e, p.ids.disabled) {
		remove = append(remove, p.ids.disabled)
	}
	for t, typ := range p.table.Types {
		if !typ.Predict {
			continue
		}
		switch want, has := mask.Has(t), p.world.Has(e, typ.Component.ID); {
		case want && !has:
			add = append(add, typ.Component.ID)
		case has && !want:
			remove = append(remove, typ.Component.ID)
		}
	}
	if len(add)+len(remove) > 0 {
		p.world.Exchange(e, add, remove)
	}
	p.ids.add, p.ids.remove = add, remove
}

// unpark ends the parked entities. One that the replay has spawned again hands
// its views over, so that it does not blink.
func (p *Predictor) unpark() {
	for _, e := range p.parked {
		i := (*tracked)(p.world.Pointer(e, p.ids.tracked)).place
		if again := p.places.list[i].entity; !again.IsZero() {
			p.table.CopyViews(p.world, again, e)
		} else {
			p.entities.Vanish(p.places.list[i].id, e, true)
			p.orphan(i, "the replay has not made it again")
		}
		p.world.Despawn(e)
	}
	p.parked = p.parked[:0]
}

// bury removes entities that a system here has despawned and that the server,
// at the confirmed tick, does not have either.
func (p *Predictor) bury(at uint32) {
	for i := range p.places.list {
		l := p.places.list[i]
		if l.entity.IsZero() || l.replica != nil || l.id.SpawnTick() > at || !p.world.Has(l.entity, p.ids.disabled) {
			continue
		}
		p.forget(uint32(i))
		p.entities.Vanish(l.id, l.entity, true)
		p.world.Despawn(l.entity)
	}
}
