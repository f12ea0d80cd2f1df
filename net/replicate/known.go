package replicate

import "slices"

// known is what a peer has of one entity.
type known struct {
	slot   uint32
	id     ID
	mask   Mask   // types the peer knows the entity to have
	own    bool   // the peer predicts it
	frozen bool   // out of sight, kept as it was last seen
	batch  uint32 // structure batch that spawned or last reshaped it
	clean  uint32 // everything that changed up to this tick has been sent
}

// delivery is how far one type of one known entity has got.
type delivery struct {
	sent      uint32  // tick of the newest value sent
	structure uint32  // tick of the value that came with the newest spawn or reshape
	acks      [3]mark // newest datagrams known to have arrived since, newest first
}

// mark is a value in a datagram.
type mark struct{ seq, tick uint32 }

// told is a delivery that begins with a value sent reliably.
func told(tick uint32) delivery { return delivery{sent: tick, structure: tick} }

// acked is the tick of the newest value known to have arrived.
func (d *delivery) acked() uint32 { return max(d.structure, d.acks[0].tick) }

// ack notes that the value of a datagram has arrived.
func (d *delivery) ack(m mark) {
	if m.tick <= d.structure {
		return
	}
	for i := range d.acks {
		if m.tick > d.acks[i].tick {
			copy(d.acks[i+1:], d.acks[i:])
			d.acks[i] = m
			return
		}
	}
}

// bases are the newest values that the peer has and that a datagram may be
// coded against: of its references, and the structure's. direct tells whether
// the newest is of a reference.
func (d *delivery) bases(w window) (b bases, direct bool) {
	n := 0
	for _, m := range d.acks {
		if m.tick != 0 && w.refers(m.seq) && w.recent(m.tick) {
			b[n] = m.tick
			n++
		}
	}
	direct = n > 0
	if n < len(b) && d.structure != 0 && w.recent(d.structure) {
		b[n] = d.structure
	}
	return b, direct
}

// window is what a datagram may be coded against.
type window struct {
	seq  uint32 // of the datagram
	refs uint64 // bit i: the peer has datagram seq-1-i
	tick uint32 // of its values
	most uint32 // greatest age of a baseline, in ticks
}

func (w window) refers(seq uint32) bool {
	back := w.seq - 1 - seq
	return back < refWindow && w.refs>>back&1 != 0
}

func (w window) recent(tick uint32) bool { return tick < w.tick && w.tick-tick <= w.most }

// knowledge is the list of entities that a peer knows, by slot. It holds what
// the peer sees and nothing of what it does not, so that a thousand peers of a
// large world stay small.
type knowledge struct {
	types, fields int
	list          []known
	state         []delivery // types a known entity
	refs          []uint32   // fields a known entity: slot+1 of the target that the peer was told of

	version uint32 // changes with everything that a client must be told
}

// find returns the place of a slot, or where it would be.
func (k *knowledge) find(slot uint32) (int, bool) {
	return slices.BinarySearchFunc(k.list, slot, func(e known, s uint32) int { return int(e.slot) - int(s) })
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
	at, _ := k.find(e.slot)
	k.list = slices.Insert(k.list, at, e)
	k.state = slices.Grow(k.state, k.types)
	k.state = k.state[:len(k.state)+k.types]
	copy(k.state[(at+1)*k.types:], k.state[at*k.types:])
	for t := range k.types {
		k.state[at*k.types+t] = told(tick)
	}
	for range k.fields {
		k.refs = slices.Insert(k.refs, at*k.fields, 0)
	}
	return at
}

// forget removes the entity at a place.
func (k *knowledge) forget(at int) {
	k.version++
	k.list = slices.Delete(k.list, at, at+1)
	k.state = slices.Delete(k.state, at*k.types, (at+1)*k.types)
	k.refs = slices.Delete(k.refs, at*k.fields, (at+1)*k.fields)
}
