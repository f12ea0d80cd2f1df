package replicate

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/net/wire"
)

// Parent makes an entity the child of another: a turret of its tank. A game
// that uses it registers it as it does its own components. A child
//
//   - is known to a client exactly while its parent is, wherever it is itself,
//     and comes and goes in the same batch; [Groups] and [Interest.Allow] may
//     still hide it. It has the Life of its parent;
//   - is predicted at most where its parent is, from when it is new. When the
//     parent's Owner or Mode changes, a child that had the same changes with it; any
//     other has the Mode that the game said last, as far as the parent lets it. What
//     is given a parent later keeps its own;
//   - is despawned, on the server and by prediction, at the end of a tick in
//     which its parent is not there.
//
// Children have children of their own. A parent can be changed, and the child
// set free by an ID of 0.
type Parent struct{ ID ID }

// maxDepth bounds the generations of one family.
const maxDepth = 64

// Children appends the entities whose parent has an ID, those with the lowest
// IDs first. It looks at every child in the world.
func (x *Entities) Children(dst []ecs.Entity, parent ID) []ecs.Entity {
	if parent == 0 {
		return dst
	}
	begin := len(dst)
	q := x.children.Query()
	for q.Next() {
		if _, p := q.Get(); p.ID == parent && x.present(q.Entity()) {
			dst = append(dst, q.Entity())
		}
	}
	slices.SortFunc(dst[begin:], func(a, b ecs.Entity) int {
		na, nb := (*Net)(x.world.Pointer(a, x.net)), (*Net)(x.world.Pointer(b, x.net))
		if na.ID < nb.ID {
			return -1
		}
		return 1
	})
	return dst
}

// Orphans despawns the children whose parents are not there, of those that a
// side simulates.
type Orphans struct {
	sim      *ecs.Sim
	entities *Entities
	all      ecs.Filter1[Parent]
}

// NewOrphans is what looks for orphans of a side.
func NewOrphans(s *ecs.Sim) *Orphans {
	return &Orphans{sim: s, entities: EntitiesOf(s.World()), all: ecs.Query1[Parent](s)}
}

// Despawn despawns them, and then their children. It ends a tick.
func (o *Orphans) Despawn() {
	for found := true; found; {
		found = false
		q := o.all.Query()
		for q.Next() {
			p := q.Get()
			if p.ID == 0 {
				continue
			}
			if _, ok := o.entities.Lookup(p.ID); !ok {
				o.sim.Despawn(q.Entity())
				found = true
			}
		}
		if found {
			o.sim.Flush()
		}
	}
}

// addParent notes which reference is that to the parent.
func (t *Table) addParent() {
	t.parent = -1
	for f, field := range t.refs {
		if t.Types[field.typ].Quantised.Type() == reflect.TypeFor[Parent]() {
			t.parent = f
		}
	}
}

// family finds who is whose child, once references are known. Children have
// the life of their parents, and are predicted at most where they are.
func (tr *tracker) family() {
	f := tr.table.parent
	if f < 0 {
		return
	}
	for i := range tr.slots {
		tr.slots[i].parent = tr.refs.of(uint32(i))[f]
	}
	for _, i := range tr.spawned {
		tr.inherit(i, true, 0)
	}
	for _, i := range tr.refs.changed {
		tr.inherit(i, false, 0)
		tr.bequeath(i)
	}
	tr.turnFamilies()
}

// bequeath gives the descendants of an entity what it has inherited itself.
func (tr *tracker) bequeath(i uint32) {
	for _, c := range tr.refs.from[i] {
		if tr.isChild(c, i) {
			tr.inherit(c, false, 0)
			tr.bequeath(c)
		}
	}
}

// inherit gives a child what it has of its parent, and says so in its Net. Who
// predicts it is decided when it is new, and when the parent turns.
func (tr *tracker) inherit(i uint32, isNew bool, depth int) {
	s := &tr.slots[i]
	if s.entity.IsZero() {
		return
	}
	if depth > maxDepth {
		panic(fmt.Sprintf("replicate: entity %d is its own ancestor, or has more than %d: mend its Parent", s.net.ID, maxDepth))
	}
	if s.parent == 0 {
		return
	}
	tr.inherit(s.parent-1, isNew && tr.slots[s.parent-1].born == tr.scans, depth+1)
	p, n := tr.slots[s.parent-1].net, (*Net)(tr.world.Pointer(s.entity, tr.netID))
	s.net.Life = p.Life
	if isNew {
		s.net.Mode = within(p, s.net)
	}
	n.Life, n.Mode = s.net.Life, s.net.Mode
}

// placeFamily puts children, for the eyes of players, where the eldest of
// their ancestors is, and notes who owns that one.
func (tr *tracker) placeFamily() {
	for i := range tr.slots {
		s := &tr.slots[i]
		if s.parent == 0 {
			continue
		}
		e := s
		for e.parent != 0 {
			e = &tr.slots[e.parent-1]
		}
		s.placed, s.x, s.y = e.placed && e.net.Life != Always, e.x, e.y
		s.elder = e.net.Owner
	}
}

// isChild reports whether the entity in slot i is the child of that in parent.
func (tr *tracker) isChild(i, parent uint32) bool { return tr.slots[i].parent == parent+1 }

// writeElders spawns the parent of an entity that is about to be spawned, and
// with it the entity. It reports false when there is none to spawn.
func (p *Peer) writeElders(w *wire.Writer, i, tick uint32) bool {
	parent := p.server.tracker.slots[i].parent
	if parent == 0 {
		return false
	}
	if _, knows := p.known.find(parent - 1); knows {
		return false
	}
	p.writeSpawn(w, parent-1, tick)
	return true
}

// writeChildren spawns the children of an entity that has been spawned.
func (p *Peer) writeChildren(w *wire.Writer, i, tick uint32) {
	tr, in := p.server.tracker, looking(p.server.tracker.world)
	for _, c := range tr.refs.from[i] {
		if _, knows := p.known.find(c); !knows && tr.isChild(c, i) && (in == nil || p.sees(in, c, false)) {
			p.writeSpawn(w, c, tick)
		}
	}
}

// dropChildren tells of the leave of an entity's children, before its own.
func (p *Peer) dropChildren(w *wire.Writer, i, tick uint32) {
	tr := p.server.tracker
	for _, c := range tr.refs.from[i] {
		if at, ok := p.known.find(c); ok && tr.isChild(c, i) {
			p.drop(w, at, opLeave, tick)
		}
	}
}

// writeAdopted takes what got a parent that the peer does not know out of its
// sight.
func (p *Peer) writeAdopted(w *wire.Writer, tick uint32) {
	tr := p.server.tracker
	if tr.table.parent < 0 {
		return
	}
	for _, i := range tr.refs.changed {
		at, ok := p.known.find(i)
		if !ok || tr.slots[i].parent == 0 {
			continue
		}
		if _, knows := p.known.find(tr.slots[i].parent - 1); !knows {
			p.drop(w, at, opLeave, tick)
		}
	}
}

// orphaned reports whether a replica's parent, as of what is shown, has left
// the client's world.
func (c *Client) orphaned(rep *Replica) bool {
	f := c.table.parent
	if f < 0 || rep.shown == nil || rep.shown[f] == 0 {
		return false
	}
	_, ok := c.entities.Lookup(rep.shown[f])
	return !ok
}
