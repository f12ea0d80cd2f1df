package replicate

import (
	"math/bits"

	"github.com/tandem-engine/tandem/net/wire"
)

// recordKey is all that the symbols of an entity's record depend on, besides the
// entity and the scan.
type recordKey struct {
	types Mask
	past  pastKey
}

// pastKey says against what each type of a record is coded: the backs of the
// first three types, or of all if they agree.
type pastKey uint64

const (
	allAlike  = 1 << 63 // the low backs are those of every type
	unlike    = 1 << 62 // more than three types that do not agree: not shared
	backsBits = 3 * backBits
)

// alikePast is the key where all types have the same past.
func alikePast(b backs) pastKey { return pastKey(b) | allAlike }

// alike is the past of all types if it is the same.
func (k pastKey) alike() (backs, bool) { return backs(k), k&allAlike != 0 }

// pastOfTypes is the key of the backs of the given types, which do not all agree.
func pastOfTypes(types Mask, b []backs) (key pastKey) {
	shift := 0
	for left := uint64(types); left != 0; left &= left - 1 {
		key |= pastKey(b[bits.TrailingZeros64(left)]) << shift
		shift += backsBits
	}
	if shift > 3*backsBits {
		return unlike
	}
	return key
}

// record is an entity's newest values, made once a scan for each key and shared by
// all peers for which it is the same: as symbols, or where the scan's datagrams are
// of pieces as a piece.
type record struct {
	key   recordKey // no types: it is not made yet
	at    uint32    // place of the first symbol, or word
	size  uint32    // in symbols, or bits
	costs uint32    // place in costs of the first type's
	uses  uint16    // datagrams that it went into, not yet counted
}

// variants leads to the records of a slot: its first and its newest block.
type variants struct{ scan, block, newest uint32 }

// block is records of one slot, side by side in memory.
type block [4]record

// record tells of some types of a slot, as key says, coded against b of each unless
// they are alike. It is valid until the next is made.
func (tr *tracker) record(slot uint32, key recordKey, b []backs, share bool) *record {
	v := &tr.variants[slot]
	if v.scan != tr.scans {
		i := tr.newBlock()
		*v = variants{tr.scans, i, i}
	}
	i := v.block
	if share = share && key.past != unlike; !share {
		i = v.newest
	}
	for {
		in := &tr.blocks[i]
		for k := range in {
			r := &in[k]
			if r.key == key && share {
				return r
			}
			if r.key.types == 0 {
				tr.code(r, slot, key, b)
				return r
			}
		}
		if tr.more[i] == 0 {
			v.newest = tr.newBlock()
			tr.more[i] = v.newest
		}
		i = tr.more[i]
	}
}

// newBlock returns the place of a new block; 0 is none's.
func (tr *tracker) newBlock() uint32 {
	if len(tr.blocks) == 0 {
		tr.blocks, tr.more = append(tr.blocks, block{}), append(tr.more, 0)
	}
	tr.blocks, tr.more = append(tr.blocks, block{}), append(tr.more, 0)
	return uint32(len(tr.blocks) - 1)
}

// code makes a record: for each type its update, and its tail.
func (tr *tracker) code(r *record, slot uint32, key recordKey, b []backs) {
	*r = record{key: key, at: uint32(len(tr.symbols)), costs: uint32(len(tr.costs))}
	if tr.pieces {
		r.at = uint32(len(tr.words))
	}
	surprise, past := wire.FirstOfEntity, &tr.coded
	against, alike := key.past.alike()
	for left := uint64(key.types); left != 0; left &= left - 1 {
		t := bits.TrailingZeros64(left)
		v := &tr.values[t]
		now := v.at(slot)
		from := len(tr.symbols)
		if !alike {
			against = b[t]
		}
		tr.past(past, t, slot, against, now)
		tr.symbols, surprise = tr.table.Types[t].Quantised.Update(tr.symbols, past, now, surprise)
		if v.tails != nil {
			tr.symbols = wire.AppendBytes(tr.symbols, v.tails[slot])
		}
		if !tr.pieces {
			tr.costs = append(tr.costs, wire.Cost(tr.symbols[from:]))
			r.size = uint32(len(tr.symbols)) - r.at
			continue
		}
		before := r.size
		tr.words, r.size = wire.AppendPiece(tr.words, r.size, tr.symbols[from:])
		tr.costs = append(tr.costs, wire.CostOfBits*(r.size-before))
		tr.symbols = tr.symbols[:from]
	}
}
