package replicate

// orderEvery is after how many scans a peer's knowledge is put in order.
const orderEvery = 32

// order is memory for it, shared by all peers.
type order struct {
	list  []known
	refs  []uint32
	slots []uint32
}

// put moves what a peer knows to new places: first what was told of since a tick,
// then what rests, both by slot. So a snapshot, which goes through what moves by
// slot, finds it side by side.
func (o *order) put(k *knowledge, since uint32) {
	o.slots = k.slots.all(o.slots[:0])
	o.list, o.refs = o.list[:0], o.refs[:0]
	for _, rests := range [2]bool{false, true} {
		for _, slot := range o.slots {
			at, _ := k.find(slot)
			if e := &k.list[at]; e.first.sent < since == rests {
				o.list = append(o.list, *e)
				o.refs = append(o.refs, k.references(at)...)
			}
		}
	}
	n := copy(k.list, o.list)
	clear(k.list[n:])
	k.list, k.free = k.list[:n], k.free[:0]
	k.refs = append(k.refs[:0], o.refs...)
	for at := range k.list {
		k.places.at[k.rank(k.list[at].slot)] = uint16(at)
	}
}
