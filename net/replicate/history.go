package replicate

import "github.com/tandem-engine/tandem/net/wire"

// historyScans is how many snapshots of quantised values the server keeps as
// baselines, for all peers together: three seconds at 20 snapshots a second.
const historyScans = 64

// history is the ring of past values: what every slot's lanes were at recent
// scans. One ring serves all peers.
type history struct {
	ticks [historyScans]uint32
	lanes [historyScans][][]uint32 // a scan, a type: all slots' lanes
	scan  int
}

// keep copies the current lanes of all types as those of tick.
func (h *history) keep(tick uint32, now []values) {
	h.scan = (h.scan + 1) % historyScans
	h.ticks[h.scan] = tick
	if h.lanes[h.scan] == nil {
		h.lanes[h.scan] = make([][]uint32, len(now))
	}
	for t := range now {
		h.lanes[h.scan][t] = append(h.lanes[h.scan][t][:0], now[t].lanes...)
	}
}

// at is the lanes of a type and slot as of a tick; nil when that is too long
// ago.
func (h *history) at(tick uint32, t int, slot uint32, stride int) []uint32 {
	for i := range historyScans { // newest first: baselines are recent
		k := (h.scan - i + historyScans) % historyScans
		if h.ticks[k] != tick {
			continue
		}
		lanes := h.lanes[k][t]
		if end := (int(slot) + 1) * stride; end <= len(lanes) {
			return lanes[end-stride : end]
		}
		return nil
	}
	return nil
}

// baseSnapshots is how old a baseline may be, in snapshots. Both sides keep at
// least as much.
const baseSnapshots = 48

// bases are the ticks of up to three values that a peer is known to have,
// newest first; 0 for none. They are what an update is coded against.
type bases [3]uint32

// coded is an update against one set of bases.
type coded struct {
	against bases
	update  wire.Update
}

// updates is the symbols that the newest values of one type become, made once
// a scan for each set of bases and shared by all peers that have it.
type updates struct {
	scan uint32
	list []coded
}

// pastOf gathers the lanes behind bases. Both sides do it in the same way:
// a base that is missing ends the list.
func pastOf(b bases, tick uint32, lanes func(tick uint32) []uint32, none []uint32) wire.Past {
	p := wire.Past{Base: none, Age: 1}
	if b[0] == 0 {
		return p
	}
	base := lanes(b[0])
	if base == nil {
		return p
	}
	p.Base, p.Age = base, tick-b[0]
	if b[1] == 0 {
		return p
	}
	if p.Older = lanes(b[1]); p.Older == nil {
		return p
	}
	p.Gap = b[0] - b[1]
	if b[2] == 0 {
		return p
	}
	if p.Oldest = lanes(b[2]); p.Oldest != nil {
		p.OldestGap = b[1] - b[2]
	}
	return p
}

// update is the newest value of type t in a slot, coded against what a peer
// has.
func (tr *tracker) update(t int, slot, tick uint32, b bases, share bool) wire.Update {
	v := &tr.values[t]
	u := &v.updates[slot]
	if u.scan != tr.scans {
		u.scan, u.list = tr.scans, u.list[:0]
	}
	for i := range u.list {
		if share && u.list[i].against == b {
			return u.list[i].update
		}
	}
	past := pastOf(b, tick, func(tick uint32) []uint32 { return tr.history.at(tick, t, slot, v.stride) }, v.none)
	begin := len(tr.symbols)
	up := tr.table.Types[t].Quantised.Update(tr.symbols, &past, v.lanes[int(slot)*v.stride:(int(slot)+1)*v.stride])
	tr.symbols = up.Symbols
	up.Symbols = up.Symbols[begin:len(up.Symbols):len(up.Symbols)]
	u.list = append(u.list, coded{b, up})
	return up
}
