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
	sent  uint32 // tick of the newest value sent
	acked uint32 // tick of the newest value known to have arrived
}

// knowledge is the list of entities that a peer knows, by slot. It holds what
// the peer sees and nothing of what it does not, so that a thousand peers of a
// large world stay small.
type knowledge struct {
	types int
	list  []known
	state []delivery // types a known entity

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

// learn adds an entity all of whose values have gone out reliably at tick.
func (k *knowledge) learn(e known, tick uint32) int {
	k.version++
	at, _ := k.find(e.slot)
	k.list = slices.Insert(k.list, at, e)
	k.state = slices.Grow(k.state, k.types)
	k.state = k.state[:len(k.state)+k.types]
	copy(k.state[(at+1)*k.types:], k.state[at*k.types:])
	for t := range k.types {
		k.state[at*k.types+t] = delivery{tick, tick}
	}
	return at
}

// forget removes the entity at a place.
func (k *knowledge) forget(at int) {
	k.version++
	k.list = slices.Delete(k.list, at, at+1)
	k.state = slices.Delete(k.state, at*k.types, (at+1)*k.types)
}
