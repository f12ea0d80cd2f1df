package predict

import (
	"math/bits"

	"github.com/tandem-engine/tandem/net/wire"
)

// runBits is the most that the length of a run takes.
const runBits = 2 + 5

// writeRun writes how many of the left ticks a command is for: 1 bit, 1 for one
// tick; then, if more than two are left, 1 bit, 1 for all of them; then the length
// less 2, in the bits that left - 3 needs. Nothing if one is left.
func writeRun(w *wire.Writer, run, left uint32) {
	if left == 1 {
		return
	}
	w.Bool(run == 1)
	if run == 1 || left == 2 {
		return
	}
	w.Bool(run == left)
	if run < left {
		w.Bits(uint64(run-2), uint(bits.Len32(left-3)))
	}
}

// readRun reads the length of a run; false when it is beyond what is left.
func readRun(r *wire.Reader, left uint32) (run uint32, ok bool) {
	switch {
	case left == 1 || r.Bool():
		return 1, true
	case left == 2 || r.Bool():
		return left, true
	}
	run = 2 + uint32(r.Bits(uint(bits.Len32(left-3))))
	return run, run < left
}

// nearest is the tick nearest to near with the given low bits.
func nearest(near, low uint32) int64 {
	const spare = 32 - tickBits
	return int64(near) + int64(int32((low-near)<<spare)>>spare)
}
