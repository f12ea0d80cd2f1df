package replicate

import (
	"math/bits"
	"slices"
)

// known is what a peer has of one entity.
type known struct {
	slot   uint32
	batch  uint32 // structure batch that spawned or last reshaped it
	id     ID     // 0: the place is free
	mask   Mask   // types the peer knows the entity to have
	own    bool   // the peer predicts it
	frozen bool   // out of sight, kept as it was last seen
}

// delivery is how far one type of one known entity has got.
type delivery struct {
	told      uint64 // bit i: datagram newest-i has told of it since the newest spawn or reshape
	newest    uint32 // datagram that told of it last
	sent      uint32 // tick of the newest value sent
	structure uint32 // tick of the value that came with the newest spawn or reshape
}

// told is a delivery that begins with a value sent reliably.
func told(tick uint32) delivery { return delivery{sent: tick, structure: tick} }

// tell notes that datagram seq, of tick, tells the newest value.
func (d *delivery) tell(seq, tick uint32) {
	d.told = d.told<<min(seq-d.newest, 64) | 1
	d.newest, d.sent = seq, tick
}

// among is which of the datagrams refs, counted back from seq as in a window,
// told of it.
func (d *delivery) among(refs uint64, seq uint32) uint64 {
	return d.told << min(seq-1-d.newest, 64) & refs
}

// knowledge is the list of entities that a peer knows. It holds what the peer
// sees and little of what it does not, so that a thousand peers of a large world
// stay small. An entity keeps its place in the list for as long as it is known.
type knowledge struct {
	types, fields int
	list          []known
	state         []delivery // types a known entity
	refs          []uint32   // fields a known entity: slot+1 of the target that the peer was told of
	free          []uint16   // places

	slots   bitset   // that are known
	pending bitset   // of them: may have values that were not sent
	place   []uint16 // of a known slot
	own     []uint32 // slots of what the peer predicts, ascending

	version uint32 // changes with everything that a client must be told
}

// find returns the place of a slot, if it is known.
func (k *knowledge) find(slot uint32) (at int, ok bool) {
	if !k.slots.has(slot) {
		return 0, false
	}
	return int(k.place[slot]), true
}

// deliveries of the entity at a place, by type.
func (k *knowledge) deliveries(at int) []delivery {
	return k.state[at*k.types : (at+1)*k.types]
}

// references that the peer was told of the entity at a place, a field.
func (k *knowledge) references(at int) []uint32 { return k.refs[at*k.fields : (at+1)*k.fields] }

// learn adds an entity all of whose values have gone out reliably at tick.
func (k *knowledge) learn(e known, tick uint32) int {
	k.version++
	k.grow(e.slot)
	at := k.takePlace()
	k.list[at] = e
	k.slots.put(e.slot)
	k.pending.put(e.slot) // so that what has just gone out is not taken for unsent
	k.place[e.slot] = uint16(at)
	state := k.deliveries(at)
	for t := range state {
		state[t] = told(tick)
	}
	if e.own {
		i, _ := slices.BinarySearch(k.own, e.slot)
		k.own = slices.Insert(k.own, i, e.slot)
	}
	return at
}

// grow makes room for a slot.
func (k *knowledge) grow(slot uint32) {
	if int(slot) < len(k.place) {
		return
	}
	n := min(max(256, 1<<bits.Len32(slot)), MaxSlots)
	k.place = append(k.place, make([]uint16, n-len(k.place))...)
	k.slots, k.pending = k.slots.grown(n), k.pending.grown(n)
}

func (k *knowledge) takePlace() int {
	if n := len(k.free); n > 0 {
		at := k.free[n-1]
		k.free = k.free[:n-1]
		return int(at)
	}
	k.list = append(k.list, known{})
	k.state = slices.Grow(k.state, k.types)[:len(k.state)+k.types]
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
		i, _ := slices.BinarySearch(k.own, e.slot)
		k.own = slices.Delete(k.own, i, i+1)
	}
	k.slots.drop(e.slot)
	k.pending.drop(e.slot)
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
