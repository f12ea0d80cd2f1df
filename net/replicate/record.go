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
	key   recordKey
	at    uint32 // place of the first symbol, or word
	size  uint32 // in symbols, or bits
	costs uint32 // place in costs of the first type's
	uses  uint32 // datagrams that it went into, not yet counted
	next  uint32 // 1 + the slot's record that was made before
}

// made is the head of a slot's list of records.
type made struct{ scan, newest uint32 }

// record tells of some types of a slot, as key says, coded against b of each unless
// they are alike. It is valid until the next is made.
func (tr *tracker) record(slot uint32, key recordKey, b []backs, share bool) *record {
	head := &tr.made[slot]
	if head.scan != tr.scans {
		*head = made{scan: tr.scans}
	}
	if share && key.past != unlike {
		for i := head.newest; i != 0; {
			r := &tr.records[i-1]
			if r.key == key {
				return r
			}
			i = r.next
		}
	}
	r := record{key: key, at: uint32(len(tr.symbols)), costs: uint32(len(tr.costs)), next: head.newest}
	if tr.pieces {
		r.at = uint32(len(tr.words))
	}
	r.size = tr.code(slot, key, b)
	tr.records = append(tr.records, r)
	head.newest = uint32(len(tr.records))
	return &tr.records[len(tr.records)-1]
}

// code appends a record, for each type its update and its tail, and returns its size.
func (tr *tracker) code(slot uint32, key recordKey, b []backs) (size uint32) {
	surprise, past, begin := wire.FirstOfEntity, &tr.coded, len(tr.symbols)
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
			continue
		}
		before := size
		tr.words, size = wire.AppendPiece(tr.words, size, tr.symbols[from:])
		tr.costs = append(tr.costs, wire.CostOfBits*(size-before))
		tr.symbols = tr.symbols[:from]
	}
	if !tr.pieces {
		size = uint32(len(tr.symbols) - begin)
	}
	return size
}
