package replicate

import "slices"

// delivery is how far some types of one known entity have got: those that the
// peer was always told of together. Most entities have one or two.
type delivery struct {
	types     Mask
	told      uint64 // bit i: datagram newest-i has told of them since the newest spawn or reshape
	newest    uint32 // datagram that told of them last
	sent      uint32 // tick of the newest values sent
	structure uint32 // tick of the values that came with the newest spawn or reshape
	more      uint32 // 1 + place in knowledge.more of the entity's next delivery; 0: none
}

// tell notes that datagram seq, of tick, tells the newest values.
func (d *delivery) tell(seq, tick uint32) {
	d.told = d.told<<min(seq-d.newest, 64) | 1
	d.newest, d.sent = seq, tick
}

// by reports whether a datagram told of them.
func (d *delivery) by(seq uint32) bool { return d.told>>(d.newest-seq)&1 != 0 }

// among is which of the datagrams refs, counted back from seq as in a window,
// told of them.
func (d *delivery) among(refs uint64, seq uint32) uint64 {
	return d.told << min(seq-1-d.newest, 64) & refs
}

// alike reports whether two deliveries are one.
func (d *delivery) alike(o *delivery) bool {
	return d.told == o.told && d.newest == o.newest && d.sent == o.sent && d.structure == o.structure
}

// next is the delivery after one of an entity's, nil after the last. It is valid
// until one is split.
func (k *knowledge) next(d *delivery) *delivery {
	if d.more == 0 {
		return nil
	}
	return &k.more[d.more-1]
}

// tell notes that datagram seq, of tick, tells of some types of the entity at a
// place, and of no others.
func (k *knowledge) tell(at int, types Mask, seq, tick uint32) {
	if d := &k.list[at].first; d.types == types {
		d.tell(seq, tick)
		return
	}
	told, apart := 0, false
	for d := &k.list[at].first; d != nil; d = k.next(d) {
		switch in := d.types & types; in {
		case 0:
		case d.types:
			d.tell(seq, tick)
			told++
		default:
			apart = true
		}
	}
	if apart {
		k.split(at, types)
		for d := &k.list[at].first; d != nil; d = k.next(d) {
			if d.types&types == d.types && d.newest != seq {
				d.tell(seq, tick)
				told++
			}
		}
	}
	if told > 1 { // else none has become like another
		k.join(at)
	}
}

// begin notes that values of some types have gone out reliably at tick.
func (k *knowledge) begin(at int, types Mask, tick uint32) {
	k.split(at, types)
	known := Mask(0)
	for d := &k.list[at].first; d != nil; d = k.next(d) {
		if d.types&types != 0 {
			*d = delivery{types: d.types, sent: tick, structure: tick, more: d.more}
		}
		known |= d.types
	}
	if types &^= known; types != 0 {
		first := &k.list[at].first
		k.insert(first, delivery{types: types, sent: tick, structure: tick})
	}
	k.join(at)
}

// split parts the deliveries of an entity that have some of the types and others
// besides.
func (k *knowledge) split(at int, types Mask) {
	for d := &k.list[at].first; d != nil; {
		in := d.types & types
		if in == 0 || in == d.types {
			d = k.next(d)
			continue
		}
		rest := *d
		rest.types &^= types
		d.types = in
		k.insert(d, rest)
		d = &k.list[at].first // insert may have moved the others
	}
}

// insert puts a delivery after another of the same entity. Pointers into more
// are not valid after it.
func (k *knowledge) insert(after *delivery, d delivery) {
	d.more = after.more
	if n := len(k.moreFree); n > 0 {
		i := k.moreFree[n-1]
		k.moreFree = k.moreFree[:n-1]
		k.more[i-1], after.more = d, i
		return
	}
	after.more = uint32(len(k.more) + 1)
	k.more = append(k.more, d)
	if cap(k.more) > cap(k.moreFree) {
		k.moreFree = slices.Grow(k.moreFree, cap(k.more)-len(k.moreFree))
	}
}

// join makes one of an entity's deliveries that have become alike.
func (k *knowledge) join(at int) {
	for d := &k.list[at].first; d != nil; d = k.next(d) {
		for before := d; before.more != 0; {
			o := &k.more[before.more-1]
			if !d.alike(o) {
				before = o
				continue
			}
			d.types |= o.types
			k.moreFree = append(k.moreFree, before.more)
			before.more = o.more
		}
	}
}
