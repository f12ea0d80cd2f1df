package secure

// Replay window after RFC 6479: a ring of 64-bit blocks that never shifts.
const (
	windowBlocks = 32
	// WindowSize is how many packet numbers below the newest are still told
	// apart from replays. Older ones are refused.
	WindowSize = (windowBlocks - 1) * 64
)

// Window remembers which packet numbers have been accepted. The zero value has
// accepted none. It is not safe for use by several goroutines.
type Window struct {
	newest uint64 // newest accepted number + 1; 0: none yet
	ring   [windowBlocks]uint64
}

// Check reports whether pn is new: neither accepted before nor older than the
// window. It changes nothing, so it can be asked before a packet is decrypted.
func (w *Window) Check(pn uint64) bool {
	if pn >= w.newest {
		return true
	}
	if w.newest-pn > WindowSize {
		return false
	}
	return w.ring[pn/64%windowBlocks]&(1<<(pn%64)) == 0
}

// Accept marks pn as seen and reports whether it was new. Only packets that
// passed authentication may get here.
func (w *Window) Accept(pn uint64) bool {
	if !w.Check(pn) {
		return false
	}
	if pn >= w.newest {
		w.advance(pn)
	}
	w.ring[pn/64%windowBlocks] |= 1 << (pn % 64)
	return true
}

func (w *Window) advance(pn uint64) {
	block := pn / 64
	last := uint64(0)
	if w.newest > 0 {
		last = (w.newest - 1) / 64
	}
	steps := min(block-last, windowBlocks)
	for i := range steps {
		w.ring[(block-i)%windowBlocks] = 0
	}
	w.newest = pn + 1
}

// Expected is the packet number after the newest accepted one.
func (w *Window) Expected() uint64 { return w.newest }
