package replicate

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/wire"
)

// MaxSlots bounds the networked entities alive at once in one world.
const MaxSlots = 1 << 16

// slotRef is the private component that leads from an entity to its slot.
type slotRef struct{ slot uint32 }

// slot is the wire's short name of an entity while it lives.
type slot struct {
	entity ecs.Entity // zero: free
	net    Net
	mask   Mask
	seen   uint32 // scan that last met the entity
	dirty  uint32 // tick of the newest change to any value
	groups uint64 // see Groups
	x, y   float32
	placed bool           // x and y are where it is
	born   uint32         // scan that met it first
	parent uint32         // slot+1; 0: none
	elder  input.PlayerID // who owns the eldest of its ancestors
}

// values holds the newest wire form of one component type for every slot.
type values struct {
	lanes   []uint32 // stride lanes a slot
	stride  int
	tails   [][]byte // the encoded variable part a slot, for types that have one
	changed []uint32 // tick a slot's value last changed
	updates []updates
	none    []uint32 // lanes of a value that nothing is known of
}

// tracker finds, once a snapshot, what is new, gone and changed in the world.
// It is shared by all peers.
type tracker struct {
	world    *ecs.World
	table    *Table
	slots    []slot
	free     []uint32
	values   []values
	entities *Entities
	refs     references
	scans    uint32

	spawned, despawned, reshaped []uint32

	fresh   ecs.Filter1[Net]
	tracked ecs.Filter2[Net, slotRef]
	refID   ecs.ID
	refIDs  []ecs.ID // refID, and that of listed
	netID   ecs.ID
	groupID ecs.ID
	owned   map[input.PlayerID][]uint32 // slots a player owns, ascending
	near    *physics.Grid               // of placed slots; nil without Sight
	placed  []uint32                    // slot of each shape in near

	unplaced []uint32 // slots that are not in near, or seen from everywhere
	newborn  []ecs.Entity
	lanes    []uint32
	tail     wire.Writer
	history  history
	symbols  []wire.Symbol // of all updates of this scan
}

func newTracker(w *ecs.World, t *Table) *tracker {
	s := ecs.NewSim(w)
	tr := &tracker{
		world:    w,
		table:    t,
		values:   make([]values, len(t.Types)),
		fresh:    ecs.Query1[Net](s, ecs.Without[slotRef]()),
		tracked:  ecs.Query2[Net, slotRef](s),
		refID:    ecs.ComponentID[slotRef](w),
		refIDs:   []ecs.ID{ecs.ComponentID[slotRef](w), ecs.ComponentID[listed](w)},
		netID:    ecs.ComponentID[Net](w),
		groupID:  ecs.ComponentID[Groups](w),
		owned:    map[input.PlayerID][]uint32{},
		entities: EntitiesOf(w),
		refs:     references{fields: len(t.refs), slotOf: map[ID]uint32{}},
	}
	most := 0
	for i, typ := range t.Types {
		tr.values[i].stride = typ.Quantised.Lanes()
		tr.values[i].none = make([]uint32, typ.Quantised.Lanes())
		most = max(most, typ.Quantised.Lanes())
	}
	tr.lanes = make([]uint32, most)
	return tr
}

// scan compares the world with what the last scan saw. tick is the tick whose
// state the world holds.
func (tr *tracker) scan(tick uint32) {
	tr.scans++
	tr.free = append(tr.free, tr.despawned...) // announced by the last scan: free since then
	tr.spawned, tr.despawned, tr.reshaped = tr.spawned[:0], tr.despawned[:0], tr.reshaped[:0]
	tr.admit(tick)
	q := tr.tracked.Query()
	for q.Next() {
		_, ref := q.Get()
		s := &tr.slots[ref.slot]
		s.seen = tr.scans
		tr.measure(ref.slot, s, q.Entity(), tick)
	}
	for i := range tr.slots {
		if s := &tr.slots[i]; s.entity != (ecs.Entity{}) && s.seen != tr.scans {
			s.entity = ecs.Entity{}
			tr.despawned = append(tr.despawned, uint32(i))
			delete(tr.refs.slotOf, s.net.ID)
			if s.net.Owner != 0 {
				list := tr.owned[s.net.Owner]
				at, _ := slices.BinarySearch(list, uint32(i))
				tr.owned[s.net.Owner] = slices.Delete(list, at, at+1)
			}
		}
	}
	tr.refer()
	tr.family()
	tr.place()
	tr.history.keep(tick, tr.values)
	tr.symbols = tr.symbols[:0]
}

// place notes where things are, if sight is limited.
func (tr *tracker) place() {
	in := looking(tr.world)
	if in == nil {
		return
	}
	if in.xy != nil && tr.near == nil {
		tr.near = physics.NewGrid(in.area.World, in.area.Radius/2)
	}
	if tr.near != nil {
		tr.near.Reset()
	}
	tr.placed, tr.unplaced = tr.placed[:0], tr.unplaced[:0]
	for i := range tr.slots {
		s := &tr.slots[i]
		if s.entity.IsZero() {
			continue
		}
		s.groups = 0
		if g := tr.world.Pointer(s.entity, tr.groupID); g != nil {
			s.groups = (*Groups)(g).Mask
		}
		if in.xy == nil {
			continue
		}
		p := tr.world.Pointer(s.entity, in.position)
		if s.placed = p != nil; s.placed {
			s.x, s.y = in.xy(p)
		}
	}
	if in.xy == nil {
		return
	}
	tr.placeFamily()
	for i := range tr.slots {
		s := &tr.slots[i]
		if s.entity.IsZero() || s.parent != 0 { // children are found by their parents
			continue
		}
		if s.placed {
			tr.near.Add(physics.Circle{X: s.x, Y: s.y})
			tr.placed = append(tr.placed, uint32(i))
		}
		if !s.placed || s.net.Life == Always {
			tr.unplaced = append(tr.unplaced, uint32(i))
		}
	}
}

// admit gives slots and ids to entities that have a Net since the last scan.
func (tr *tracker) admit(tick uint32) {
	tr.newborn = tr.newborn[:0]
	q := tr.fresh.Query()
	for q.Next() {
		n := q.Get()
		if n.ID == 0 {
			n.ID = tr.entities.NewID()
		}
		tr.newborn = append(tr.newborn, q.Entity())
	}
	for _, e := range tr.newborn {
		i := tr.takeSlot()
		tr.world.AddIDs(e, tr.refIDs...)
		(*slotRef)(tr.world.Pointer(e, tr.refID)).slot = i
		n := *(*Net)(tr.world.Pointer(e, tr.netID))
		tr.slots[i] = slot{entity: e, net: n, mask: tr.table.mask(tr.world, e), dirty: tick, born: tr.scans}
		for t := range tr.values {
			tr.values[t].changed[i] = tick
		}
		tr.spawned = append(tr.spawned, i)
		tr.refs.slotOf[n.ID] = i
		tr.entities.put(n.ID, e)
		if n.Owner != 0 {
			list := tr.owned[n.Owner]
			at, _ := slices.BinarySearch(list, i)
			tr.owned[n.Owner] = slices.Insert(list, at, i)
		}
	}
}

func (tr *tracker) takeSlot() uint32 {
	if n := len(tr.free); n > 0 {
		i := tr.free[n-1]
		tr.free = tr.free[:n-1]
		return i
	}
	i := uint32(len(tr.slots))
	if i >= MaxSlots {
		panic(fmt.Sprintf("replicate: more than %d networked entities at once: despawn some, or leave replicate.Net off what clients need not see", MaxSlots))
	}
	tr.slots = append(tr.slots, slot{})
	tr.refs.grow()
	for t, typ := range tr.table.Types {
		v := &tr.values[t]
		v.changed = append(v.changed, 0)
		v.updates = append(v.updates, updates{})
		for range v.stride {
			v.lanes = append(v.lanes, 0)
		}
		if !typ.Quantised.Fixed() {
			v.tails = append(v.tails, nil)
		}
	}
	return i
}

// measure quantises an entity's components and notes which changed.
func (tr *tracker) measure(i uint32, s *slot, e ecs.Entity, tick uint32) {
	var mask Mask
	for t, typ := range tr.table.Types {
		p := tr.world.Pointer(e, typ.Component.ID)
		if p == nil {
			continue
		}
		mask |= 1 << uint(t)
		if typ.Hidden {
			continue
		}
		v := &tr.values[t]
		now := tr.lanes[:v.stride]
		typ.Quantised.Quantise(now, p)
		was := v.lanes[int(i)*v.stride : (int(i)+1)*v.stride]
		for k := range now {
			if now[k] != was[k] {
				copy(was, now)
				v.changed[i], s.dirty = tick, tick
				break
			}
		}
		if v.tails == nil {
			continue
		}
		tr.tail.Reset(tr.tail.Finish())
		if err := typ.Quantised.WriteTail(&tr.tail, p); err != nil {
			panic(fmt.Sprintf("replicate: %s of entity %d: %v: shorten the value, or raise len in its net tag", typ.Name(), s.net.ID, err))
		}
		if b := tr.tail.Finish(); !bytes.Equal(b, v.tails[i]) {
			v.tails[i] = append(v.tails[i][:0], b...)
			v.changed[i], s.dirty = tick, tick
		}
	}
	if mask != s.mask {
		tr.reshape(i, s, mask, tick)
	}
}

func (tr *tracker) reshape(i uint32, s *slot, mask Mask, tick uint32) {
	for t := range tr.values {
		if (mask&^s.mask)>>uint(t)&1 != 0 {
			tr.values[t].changed[i] = tick
		}
	}
	tr.reshaped = append(tr.reshaped, i)
	s.mask, s.dirty = mask, tick
}
