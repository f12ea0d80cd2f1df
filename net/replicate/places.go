package replicate

import (
	"math/bits"
	"slices"
)

// places is a set of slots, each with its place in a list. It keeps the places side
// by side in the order of the slots: so what moves near a peer is found in a few
// cache lines, however large the world is.
type places struct {
	slots  bitset
	before []uint16 // a word of slots: how many are in the words before it
	at     []uint16 // a slot of the set, ascending
}

// rank is how many slots of the set are below one for which there is room.
func (p *places) rank(slot uint32) int {
	w := slot >> 6
	return int(p.before[w]) + bits.OnesCount64(p.slots[w]&(1<<(slot&63)-1))
}

// find returns the place of a slot, if it is in the set.
func (p *places) find(slot uint32) (at int, ok bool) {
	if !p.slots.has(slot) {
		return 0, false
	}
	return int(p.at[p.rank(slot)]), true
}

// put adds a slot, for which there must be room.
func (p *places) put(slot uint32, at int) {
	p.at = slices.Insert(p.at, p.rank(slot), uint16(at))
	p.slots.put(slot)
	for w := slot>>6 + 1; int(w) < len(p.before); w++ {
		p.before[w]++
	}
}

// drop removes a slot of the set.
func (p *places) drop(slot uint32) {
	i := p.rank(slot)
	p.at = slices.Delete(p.at, i, i+1)
	p.slots.drop(slot)
	for w := slot>>6 + 1; int(w) < len(p.before); w++ {
		p.before[w]--
	}
}

// grow makes room for n slots.
func (p *places) grow(n int) {
	p.slots = p.slots.grown(n)
	for len(p.before) < len(p.slots) {
		p.before = append(p.before, uint16(len(p.at)))
	}
}
