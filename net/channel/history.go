package channel

import "time"

// history remembers which packets arrived: the highest number and the 256 before it,
// which is what an ACK can tell. A packet further behind could not be acknowledged, so
// it is not accepted either. That also bounds how old the truncated message ids of an
// accepted packet can be. The zero value has received nothing.
type history struct {
	largest   uint64
	arrivedAt time.Duration // of largest
	words     [historyBits / 64]uint64
	any       bool
	confirmed uint64 // highest largest of an ACK of ours that the peer has acknowledged
}

// verdict is what history thinks of a packet number.
type verdict uint8

const (
	fresh verdict = iota
	duplicate
	tooOld
)

// check says whether pn is new.
func (h *history) check(pn uint64) verdict {
	switch {
	case !h.any || pn > h.largest:
		return fresh
	case pn == h.largest:
		return duplicate
	case h.largest-pn > historyBits:
		return tooOld
	}
	i := h.largest - pn - 1
	if h.words[i/64]>>(i%64)&1 != 0 {
		return duplicate
	}
	return fresh
}

// add marks pn as arrived and reports whether it overtook nothing: false means it came
// after a higher number.
func (h *history) add(pn uint64, now time.Duration) (inOrder bool) {
	if !h.any {
		h.any, h.largest, h.arrivedAt = true, pn, now
		for i := pn; i < historyBits; i++ { // numbers below zero
			h.words[i/64] |= 1 << (i % 64)
		}
		return true
	}
	if pn < h.largest {
		i := h.largest - pn - 1
		h.words[i/64] |= 1 << (i % 64)
		return false
	}
	h.shift(pn - h.largest)
	h.largest, h.arrivedAt = pn, now
	return true
}

// shift moves the history by n packets; the old largest becomes bit n-1.
func (h *history) shift(n uint64) {
	if n > historyBits {
		h.words = [historyBits / 64]uint64{}
		return
	}
	for k := n; k > 0; {
		s := min(k, 63)
		for i := len(h.words) - 1; i > 0; i-- {
			h.words[i] = h.words[i]<<s | h.words[i-1]>>(64-s)
		}
		h.words[0] <<= s
		k -= s
	}
	i := n - 1
	h.words[i/64] |= 1 << (i % 64)
}

// frame fills in the ACK to send now. It reports as far back as the peer may not know
// yet: to the last ACK it is known to have read, and a margin for packets that arrived
// out of order since.
func (h *history) frame(now time.Duration) ackFrame {
	f := ackFrame{Largest: h.largest, Delay: now - h.arrivedAt, Words: historyWords}
	const margin = 64
	if h.confirmed > 0 {
		if back := h.largest - h.confirmed + margin; back < historyBits {
			f.Words = int(back+31) / 32
		}
	}
	for i := range f.Words {
		f.History[i] = uint32(h.words[i/2] >> (32 * (i % 2)))
	}
	return f
}
