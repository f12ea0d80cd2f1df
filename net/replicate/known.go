package replicate

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/tandem-engine/tandem/input"
)

// known is what a peer has of one entity.
type known struct {
	id     ID     // 0: the place is free
	mask   Mask   // types the peer knows the entity to have
	slot   uint32 //
	batch  uint32 // structure batch that spawned or last reshaped it
	own    bool   // the peer predicts it
	mode   Mode   // that the peer was told of
	owner  input.PlayerID
	hidden bool     // frozen, and the peer was told so
	first  delivery // of its types; see knowledge.next
}

// owned is what a peer has of one entity that it predicts.
type owned struct {
	slot   uint32
	asTold Mask // types whose exact values are those that came with the structure last
}

// knowledge is the list of entities that a peer knows. It holds what the peer
// sees and little of what it does not, so that a thousand peers of a large world
// stay small. An entity keeps its place in the list for as long as it is known.
type knowledge struct {
	fields int
	list   []known
	refs   []uint32 // fields a known entity: slot+1 of the target that the peer was told of
	free   []uint16 // places

	more     []delivery // of entities whose types are not told of together
	moreFree []uint32   // places in more

	places          // of the known slots
	pending bitset  // of them: may have values that were not sent
	frozen  bitset  // of them: out of sight, kept as they were last seen
	own     []owned // what the peer predicts, by slot

	version uint32 // changes with everything that a client must be told
}

// findOwn returns the place in own of a slot, or where it would be.
func (k *knowledge) findOwn(slot uint32) (i int, ok bool) {
	return slices.BinarySearchFunc(k.own, slot, func(o owned, s uint32) int { return cmp.Compare(o.slot, s) })
}

// retell notes that the values of types that are new to the peer have gone out
// reliably.
func (k *knowledge) retell(slot uint32, fresh Mask) {
	if i, ok := k.findOwn(slot); ok {
		k.own[i].asTold |= fresh
	}
}

// count is the number of known entities.
func (k *knowledge) count() int { return len(k.list) - len(k.free) }

// references that the peer was told of the entity at a place, a field.
func (k *knowledge) references(at int) []uint32 { return k.refs[at*k.fields : (at+1)*k.fields] }

// learn adds an entity all of whose values have gone out reliably at tick. types
// are those that are told of in records.
func (k *knowledge) learn(e known, types Mask, tick uint32) int {
	k.version++
	k.grow(e.slot)
	at := k.takePlace()
	e.first = delivery{types: types, sent: tick, structure: tick}
	k.list[at] = e
	k.places.put(e.slot, at)
	k.pending.put(e.slot) // so that what has just gone out is not taken for unsent
	if e.own {
		i, _ := k.findOwn(e.slot)
		k.own = slices.Insert(k.own, i, owned{e.slot, e.mask})
	}
	return at
}

// grow makes room for a slot.
func (k *knowledge) grow(slot uint32) {
	if int(slot) < len(k.pending)*64 {
		return
	}
	n := min(max(256, 1<<bits.Len32(slot)), MaxSlots)
	k.places.grow(n)
	k.pending, k.frozen = k.pending.grown(n), k.frozen.grown(n)
}

func (k *knowledge) takePlace() int {
	if n := len(k.free); n > 0 {
		at := k.free[n-1]
		k.free = k.free[:n-1]
		return int(at)
	}
	k.list = append(k.list, known{})
	if cap(k.list) > cap(k.free) {
		k.free = slices.Grow(k.free, cap(k.list)-len(k.free)) // so that to forget takes no memory
	}
	for range k.fields {
		k.refs = append(k.refs, 0)
	}
	return len(k.list) - 1
}

// forget removes the entity at a place.
func (k *knowledge) forget(at int) {
	k.version++
	e := &k.list[at]
	if e.own {
		i, _ := k.findOwn(e.slot)
		k.own = slices.Delete(k.own, i, i+1)
	}
	k.places.drop(e.slot)
	k.pending.drop(e.slot)
	k.frozen.drop(e.slot)
	for i := e.first.more; i != 0; i = k.more[i-1].more {
		k.moreFree = append(k.moreFree, i)
	}
	clear(k.references(at))
	*e = known{}
	k.free = append(k.free, uint16(at))
}

// window is what a datagram may be coded against.
type window struct {
	seq  uint32 // of the datagram
	refs uint64 // bit i: the peer has datagram seq-1-i
	tick uint32 // of its values
	most uint32 // greatest age of a baseline, in ticks
}

func (w *window) refers(seq uint32) bool {
	back := w.seq - 1 - seq
	return back < refWindow && w.refs>>back&1 != 0
}

func (w *window) recent(tick uint32) bool { return tick < w.tick && w.tick-tick <= w.most }
