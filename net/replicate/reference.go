package replicate

import (
	"unsafe"

	"github.com/tandem-engine/tandem/net/wire"
)

// References. A component's field of type [ID] refers to another networked
// entity. It does not travel in the component's value, which is the same for
// all who are sent it, but as structure, for each peer apart: only a peer that
// has the target is told of it. Both sides forget a reference when its target
// goes, so that none is ever left to nothing.

// refField is a field of type ID of a component type.
type refField struct {
	typ int // in the table
	off uintptr
}

// addReferences lists the fields that refer to entities, in wire order.
func (t *Table) addReferences() {
	for i, typ := range t.Types {
		for _, f := range typ.Quantised.Fields() {
			if f.Kind == wire.Entity {
				typ.refs = append(typ.refs, f.Offset)
				t.refs = append(t.refs, refField{i, f.Offset})
				t.referring |= 1 << uint(i)
			}
		}
	}
}

// Settle clears the references of a value of the type whose targets the world
// does not have.
func (t *Type) Settle(p unsafe.Pointer, in *Entities) {
	for _, off := range t.refs {
		id := (*ID)(unsafe.Add(p, off))
		if *id == 0 {
			continue
		}
		if _, ok := in.Lookup(*id); !ok {
			*id = 0
		}
	}
}

// Refers reports whether the type has references.
func (t *Type) Refers() bool { return len(t.refs) > 0 }

// references is what a server's entities refer to.
type references struct {
	fields  int
	targets []uint32      // fields a slot: slot+1 of the target, 0 for none
	from    [][]uint32    // a slot: slots that refer to it, once a field
	slotOf  map[ID]uint32 // of all entities
	changed []uint32      // slots of which a reference changed in this scan
}

// grow makes room for one more slot.
func (r *references) grow() {
	for range r.fields {
		r.targets = append(r.targets, 0)
	}
	r.from = append(r.from, nil)
}

// of is the targets of a slot, a field.
func (r *references) of(slot uint32) []uint32 {
	return r.targets[int(slot)*r.fields : (int(slot)+1)*r.fields]
}

// point sets one reference, and reports whether that changed it.
func (r *references) point(slot uint32, field int, target uint32) bool {
	at := &r.of(slot)[field]
	if *at == target {
		return false
	}
	if *at != 0 {
		list := r.from[*at-1]
		for i := range list {
			if list[i] == slot {
				list[i] = list[len(list)-1]
				r.from[*at-1] = list[:len(list)-1]
				break
			}
		}
	}
	if *at = target; target != 0 {
		r.from[target-1] = append(r.from[target-1], slot)
	}
	return true
}

// refer finds which references have changed since the last scan. It follows
// everything that comes and goes.
func (tr *tracker) refer() {
	r := &tr.refs
	r.changed = r.changed[:0]
	if r.fields == 0 {
		return
	}
	for i := range tr.slots {
		if s := &tr.slots[i]; !s.entity.IsZero() && s.mask&tr.table.referring != 0 {
			tr.referSlot(uint32(i))
		}
	}
	for _, i := range tr.reshaped { // which may have lost its last reference
		if tr.slots[i].mask&tr.table.referring == 0 {
			tr.referSlot(i)
		}
	}
	for _, i := range tr.despawned {
		for f := range r.fields {
			r.point(i, f, 0)
		}
	}
}

func (tr *tracker) referSlot(i uint32) {
	s, changed := &tr.slots[i], false
	for f, field := range tr.table.refs {
		target := uint32(0)
		if s.mask.Has(field.typ) {
			id := *(*ID)(unsafe.Add(tr.world.Pointer(s.entity, tr.table.Types[field.typ].Component.ID), field.off))
			if slot, ok := tr.refs.slotOf[id]; ok {
				target = slot + 1
			}
		}
		changed = tr.refs.point(i, f, target) || changed
	}
	if changed {
		tr.refs.changed = append(tr.refs.changed, i)
	}
}

// writeReferences tells the peer of references that are new to it; last in a
// batch, so that all targets are there.
func (p *Peer) writeReferences(w *wire.Writer, tick uint32) {
	r := &p.server.tracker.refs
	if r.fields == 0 {
		return
	}
	if p.dropped {
		p.forgetTargets()
	}
	for _, i := range r.changed {
		p.writeReferencesOf(w, i, tick)
	}
	for _, i := range p.met {
		p.writeReferencesOf(w, i, tick)
		for _, from := range r.from[i] {
			p.writeReferencesOf(w, from, tick)
		}
	}
}

// forgetTargets clears the references to what the peer no longer has. The
// client does the same by itself.
func (p *Peer) forgetTargets() {
	k := &p.known
	for at := range k.list {
		told := k.references(at)
		for f := range told {
			if told[f] == 0 {
				continue
			}
			if _, ok := k.find(told[f] - 1); !ok {
				told[f] = 0
				p.touchOwn(&k.list[at])
			}
		}
	}
}

// writeReferencesOf writes the references of one entity, if the peer knows it
// and was told of others.
func (p *Peer) writeReferencesOf(w *wire.Writer, slot, tick uint32) {
	at, ok := p.known.find(slot)
	if !ok || p.known.frozen.has(slot) {
		return
	}
	if in := looking(p.server.tracker.world); in != nil && !p.known.list[at].own && !p.sees(in, slot, true) {
		p.known.frozen.put(slot) // it has just left: not a word more, until the next look around
		return
	}
	k, told := &p.known.list[at], p.known.references(at)
	table, targets := p.server.table, p.server.tracker.refs.of(slot)
	changed := false
	for f, field := range table.refs {
		target := uint32(0)
		if k.mask.Has(field.typ) && targets[f] != 0 {
			if _, knows := p.known.find(targets[f] - 1); knows {
				target = targets[f]
			}
		}
		changed = changed || told[f] != target
		told[f] = target
	}
	if !changed {
		return
	}
	p.cut(w, tick)
	p.known.version++
	p.touchOwn(k)
	w.Bits(opRefer, opBits)
	w.Uvarint(uint64(slot))
	for f, field := range table.refs {
		if k.mask.Has(field.typ) {
			w.Uvarint(uint64(told[f]))
		}
	}
}
