package replicate

import (
	"bytes"
	"fmt"
	"math/bits"
	"slices"
	"unsafe"

	"github.com/tandem-engine/tandem/ecs"
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
	seen   uint32  // scan that last met the entity
	weight float32 // see Weight
	groups uint64  // see Groups
	x, y   float32
	placed bool           // x and y are where it is
	born   uint32         // scan that met it first
	parent uint32         // slot+1; 0: none
	elder  input.PlayerID // who owns the eldest of its ancestors
	turned uint32         // scan that met another owner or mode last
	wish   Mode           // what the game says; net.Mode is that of a child whose parent lets it

	rewritten Mask // types without a tail whose memory this scan found other than the last
}

// values holds the newest wire form of one component type for every slot.
type values struct {
	typ     *Type
	size    uintptr  // of a value in memory; 0 if it has a tail, of which memory does not tell all
	memory  []byte   // what the value of each slot was when its lanes were made
	lanes   []uint32 // stride lanes a slot
	stride  int
	tails   [][]byte // the encoded variable part a slot, for types that have one
	changed []uint32 // tick a slot's value last changed
	history history
	none    []uint32 // lanes of a value that nothing is known of
	zero    []uint32 // lanes of the zero value: what a new slot's memory holds
}

// at is the lanes of a slot.
func (v *values) at(slot uint32) []uint32 {
	return v.lanes[int(slot)*v.stride : int(slot+1)*v.stride : int(slot+1)*v.stride]
}

// tracker finds, once a snapshot, what is new, gone and changed in the world.
// It is shared by all peers.
type tracker struct {
	world    *ecs.World
	table    *Table
	interval uint32
	slots    []slot
	free     []uint32
	values   []values
	entities *Entities
	refs     references
	scans    uint32
	alive    int // slots that are not free

	spawned, despawned, reshaped, turned []uint32

	before []Net // of turned: what they were

	dirty bitset // slots with a value that this scan found changed
	news  []news // a slot

	shape   ecs.Shape // of the entity that was measured last
	shaped  bool      // there was one
	mask    Mask      // its types
	present []int     // of them: those with values
	tracked ecs.Filter2[Net, slotRef]
	admits  ecs.Filter1[Net]
	refID   ecs.ID
	refIDs  []ecs.ID // refID, and that of listed
	netID   ecs.ID
	groupID ecs.ID
	weighID ecs.ID
	owned   map[input.PlayerID][]uint32 // slots a player owns, ascending
	spots   []spot                      // a slot
	near    *cells                      // of slots that are not seen from everywhere; nil without Sight
	far     bitset                      // slots that are seen from everywhere
	grouped bitset                      // slots with Groups

	newborn []ecs.Entity
	lanes   []uint32
	tail    wire.Writer

	coded     wire.Past // of the type that is being coded
	lastTypes Mask      // of mostBits, none with a tail
	lastBits  uint32    // and what it found

	variants []variants // a slot: its records
	blocks   []block    // of this scan, the first of no slot
	more     []uint32   // a block: the next of its slot, 0 for none
	pieces   bool       // the records of this scan are pieces

	symbols []wire.Symbol // of the records
	words   []uint64      // of the records that are pieces
	costs   []uint32      // of the records, a type: what it is expected to take, in 1/64 bit
}

func newTracker(w *ecs.World, t *Table, interval uint32) *tracker {
	s := ecs.NewSim(w)
	tr := &tracker{
		world:    w,
		table:    t,
		interval: interval,
		values:   make([]values, len(t.Types)),
		admits:   ecs.Query1[Net](s, ecs.Without[slotRef]()),
		tracked:  ecs.Query2[Net, slotRef](s),
		refID:    ecs.ComponentID[slotRef](w),
		refIDs:   []ecs.ID{ecs.ComponentID[slotRef](w), ecs.ComponentID[listed](w)},
		netID:    ecs.ComponentID[Net](w),
		groupID:  ecs.ComponentID[Groups](w),
		weighID:  ecs.ComponentID[Weight](w),
		owned:    map[input.PlayerID][]uint32{},
		entities: EntitiesOf(w),
		refs:     references{fields: len(t.refs), slotOf: map[ID]uint32{}},
	}
	most := 0
	for i, typ := range t.Types {
		n := typ.Quantised.Lanes()
		tr.values[i] = values{typ: typ, stride: n, none: make([]uint32, n), zero: make([]uint32, n), history: history{stride: n}}
		typ.Quantised.Quantise(tr.values[i].zero, typ.NewColumn().AppendZero())
		if typ.Quantised.Fixed() {
			tr.values[i].size = typ.Quantised.Type().Size()
		}
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
	tr.spawned, tr.despawned, tr.reshaped, tr.turned = tr.spawned[:0], tr.despawned[:0], tr.reshaped[:0], tr.turned[:0]
	tr.before = tr.before[:0]
	tr.blocks, tr.more, tr.symbols, tr.words, tr.costs = tr.blocks[:0], tr.more[:0], tr.symbols[:0], tr.words[:0], tr.costs[:0]
	clear(tr.dirty)
	tr.admit(tick)
	in := tr.looking()
	met := 0
	tr.shaped = false
	q := tr.tracked.Query()
	for q.Next() {
		n, ref := q.Get()
		s := &tr.slots[ref.slot]
		s.seen = tr.scans
		if n.Owner != s.net.Owner || n.Mode != s.net.Mode {
			s.wish = n.Mode
			tr.turn(ref.slot, s, n)
		}
		met++
		tr.measure(ref.slot, s, &q.Cursor, tick)
		s.weight = 1
		if w := (*Weight)(q.Pointer(tr.weighID)); w != nil && w.Factor > 0 {
			s.weight = w.Factor
		}
		tr.place(ref.slot, s, in, &q.Cursor)
	}
	if met < tr.alive {
		tr.bury()
	}
	tr.refer()
	tr.family()
	tr.placeFamilies(in)
}

// bury frees the slots of entities that are gone.
func (tr *tracker) bury() {
	for i := range tr.slots {
		s := &tr.slots[i]
		if s.entity.IsZero() || s.seen == tr.scans {
			continue
		}
		s.entity = ecs.Entity{}
		tr.alive--
		tr.despawned = append(tr.despawned, uint32(i))
		delete(tr.refs.slotOf, s.net.ID)
		tr.move(uint32(i), nowhere)
		tr.far.drop(uint32(i))
		if s.net.Owner != 0 {
			list := tr.owned[s.net.Owner]
			at, _ := slices.BinarySearch(list, uint32(i))
			tr.owned[s.net.Owner] = slices.Delete(list, at, at+1)
		}
	}
}

// admit gives slots and ids to entities that have a Net since the last scan.
func (tr *tracker) admit(tick uint32) {
	tr.newborn = tr.newborn[:0]
	q := tr.admits.Query()
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
		tr.slots[i] = slot{entity: e, net: n, wish: n.Mode, mask: tr.table.mask(tr.world, e), born: tr.scans}
		tr.alive++
		for t := range tr.values {
			tr.values[t].changed[i] = tick
			tr.values[t].history.begin(i)
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
	tr.slots, tr.news, tr.variants = append(tr.slots, slot{}), append(tr.news, news{}), append(tr.variants, variants{})
	tr.refs.grow()
	tr.spots = append(tr.spots, nowhere)
	tr.dirty, tr.far, tr.grouped = tr.dirty.grown(len(tr.slots)), tr.far.grown(len(tr.slots)), tr.grouped.grown(len(tr.slots))
	for t := range tr.values {
		v := &tr.values[t]
		v.changed = append(v.changed, 0)
		v.history.slots = append(v.history.slots, changes{})
		v.lanes = append(v.lanes, v.zero...)
		v.memory = append(v.memory, make([]byte, v.size)...)
		if !v.typ.Quantised.Fixed() {
			v.tails = append(v.tails, nil)
		}
	}
	return i
}

// measure quantises an entity's components and notes which changed.
func (tr *tracker) measure(i uint32, s *slot, q *ecs.Cursor, tick uint32) {
	if shape := q.Shape(); !tr.shaped || shape != tr.shape {
		tr.shape, tr.shaped = shape, true
		tr.reshapeTo(q)
	}
	if tr.mask != s.mask {
		tr.reshape(i, s, tr.mask, tick)
	}
	var fresh, rewritten Mask
	for _, t := range tr.present {
		v := &tr.values[t]
		p := q.Pointer(v.typ.Component.ID)
		if v.tails == nil && v.remembers(i, p) {
			continue
		}
		rewritten |= 1 << uint(t)
		changed := tr.quantise(i, s, v, p)
		if v.tails != nil && tr.encodeTail(i, s, v, p) {
			changed = true
		}
		if changed {
			v.changed[i] = tick
			fresh |= 1 << uint(t)
		}
	}
	s.rewritten = rewritten
	if fresh != 0 {
		tr.dirty.put(i)
		tr.news[i] = news{fresh: fresh, lively: tr.lively(i)}
	}
}

// news is what a slot has to tell, as of the last scan that found a change.
type news struct {
	fresh Mask // types with another value
	// lively are those that have changed in one of livelyScans. In pieces they are
	// told of together, changed or not: what was always told together has one past,
	// and takes no bits to name.
	lively Mask
}

// livelyScans is for how many scans a type that has changed is told of with others.
const livelyScans = 16

func (tr *tracker) lively(i uint32) (types Mask) {
	if !tr.pieces {
		return 0
	}
	for _, t := range tr.present {
		v := &tr.values[t]
		if v.tails == nil && v.history.slots[i].since(tr.scans)&(1<<livelyScans-1) != 0 {
			types |= 1 << uint(t)
		}
	}
	return types &^ tr.table.paused
}

// reshapeTo notes which types entities of the shape at hand have.
func (tr *tracker) reshapeTo(q *ecs.Cursor) {
	tr.mask, tr.present = 0, tr.present[:0]
	for t, typ := range tr.table.Types {
		if q.Pointer(typ.Component.ID) == nil {
			continue
		}
		tr.mask |= 1 << uint(t)
		if !typ.Hidden {
			tr.present = append(tr.present, t)
		}
	}
}

// remembers reports whether a slot's value in memory is bit for bit what it was
// when it was quantised last, and remembers it.
func (v *values) remembers(i uint32, p unsafe.Pointer) bool {
	was := v.memory[uintptr(i)*v.size : uintptr(i+1)*v.size]
	now := unsafe.Slice((*byte)(p), v.size)
	if string(was) == string(now) {
		return true
	}
	copy(was, now)
	return false
}

// quantise makes a slot's lanes anew and reports whether they changed.
func (tr *tracker) quantise(i uint32, s *slot, v *values, p unsafe.Pointer) bool {
	now, was := tr.lanes[:v.stride], v.at(i)
	v.typ.Quantised.Quantise(now, p)
	for k := range now {
		if now[k] == was[k] {
			continue
		}
		if s.born != tr.scans {
			v.history.change(i, tr.scans, was)
		}
		copy(was, now)
		return true
	}
	return false
}

// encodeTail makes a slot's tail anew and reports whether it changed.
func (tr *tracker) encodeTail(i uint32, s *slot, v *values, p unsafe.Pointer) bool {
	tr.tail.Reset(tr.tail.Finish())
	if err := v.typ.Quantised.WriteTail(&tr.tail, p); err != nil {
		panic(fmt.Sprintf("replicate: %s of entity %d: %v: shorten the value, or raise len in its net tag", v.typ.Name(), s.net.ID, err))
	}
	b := tr.tail.Finish()
	if len(b) > maxTail {
		panic(fmt.Sprintf("replicate: %s of entity %d has %d bytes of strings and slices, at most %d travel: split it, or send it as a message", v.typ.Name(), s.net.ID, len(b), maxTail))
	}
	if bytes.Equal(b, v.tails[i]) {
		return false
	}
	v.tails[i] = append(v.tails[i][:0], b...)
	return true
}

func (tr *tracker) reshape(i uint32, s *slot, mask Mask, tick uint32) {
	for t := range tr.values {
		if (mask &^ s.mask).Has(t) {
			tr.values[t].changed[i] = tick
		}
	}
	tr.reshaped = append(tr.reshaped, i)
	s.mask = mask
}

// mostBits is the most that a record of a slot's types takes.
func (tr *tracker) mostBits(slot uint32, types Mask) uint32 {
	if types == tr.lastTypes {
		return tr.lastBits
	}
	n, tailed := 64, false
	for left := uint64(types); left != 0; left &= left - 1 {
		v := &tr.values[bits.TrailingZeros64(left)]
		n += v.typ.bits
		if v.tails != nil {
			n += 16 + 8*len(v.tails[slot])
			tailed = true
		}
	}
	if !tailed {
		tr.lastTypes, tr.lastBits = types, uint32(n) // most have the same types
	}
	return uint32(n)
}
