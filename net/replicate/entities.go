package replicate

import "github.com/tandem-engine/tandem/ecs"

// listed tags the entities that [Entities] has.
type listed struct{}

// Entities finds networked entities by ID. It is a resource of each world, the
// server's and every client's; systems take it with [EntitiesOf].
type Entities struct {
	world    *ecs.World
	byID     map[ID]ecs.Entity
	fresh    ecs.Reader1[Net] // those that systems have spawned and nobody listed
	children ecs.Reader2[Net, Parent]
	net      ecs.ID
	disabled ecs.ID
	appeared *ecs.Events[Appeared]
	vanished *ecs.Events[Vanished]
	tag      ecs.ID
	lastID   ID
	sweepAt  int // size of byID at which the dead are dropped
}

// EntitiesOf returns the world's entities by ID, made on first use.
func EntitiesOf(w *ecs.World) *Entities {
	x := ecs.Resource[Entities](w)
	if x == nil {
		x = &Entities{
			world: w, byID: map[ID]ecs.Entity{}, sweepAt: 64,
			fresh:    ecs.Read1[Net](ecs.NewSim(w).All(), ecs.Without[listed]()),
			children: ecs.Read2[Net, Parent](ecs.NewSim(w).All()),
			net:      ecs.ComponentID[Net](w),
			disabled: ecs.ComponentID[Disabled](w),
			appeared: ecs.EventsOf[Appeared](w),
			vanished: ecs.EventsOf[Vanished](w),
			tag:      ecs.ComponentID[listed](w),
		}
		ecs.SetResource(w, x)
	}
	return x
}

// Lookup returns the entity of an ID. It is false for 0, for what is no more,
// and on a client for what the client does not have: not yet, not any more, or
// despawned by its own prediction.
func (x *Entities) Lookup(id ID) (ecs.Entity, bool) {
	if id == 0 {
		return ecs.Entity{}, false
	}
	if e, ok := x.byID[id]; ok && x.present(e) {
		return e, true
	}
	found := ecs.Entity{}
	q := x.fresh.Query()
	for q.Next() {
		if n := q.Get(); n.ID == id && x.present(q.Entity()) {
			found = q.Entity()
		}
	}
	return found, !found.IsZero()
}

func (x *Entities) present(e ecs.Entity) bool { return x.world.Alive(e) && !x.world.Has(e, x.disabled) }

// NewID is the ID of an entity that a server's system is about to spawn: give
// it to the entity's [Net], and to whatever refers to it. Entities that nobody
// refers to need none.
func (x *Entities) NewID() ID {
	x.lastID++
	return x.lastID
}

// List notes an entity that has its ID. Prediction lists what systems spawned.
func (x *Entities) List(e ecs.Entity) {
	if !x.world.Has(e, x.tag) {
		x.world.AddIDs(e, x.tag)
	}
	x.put((*Net)(x.world.Pointer(e, x.net)).ID, e)
}

// put notes an entity under its ID. Now and then it drops those that are dead.
func (x *Entities) put(id ID, e ecs.Entity) {
	x.byID[id] = e
	if len(x.byID) < x.sweepAt {
		return
	}
	for id, e := range x.byID {
		if !x.world.Alive(e) {
			delete(x.byID, id)
		}
	}
	x.sweepAt = 2*len(x.byID) + 64
}
