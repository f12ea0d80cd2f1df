package channel

import "math/bits"

// buffers hands out the byte slices that messages live in, in power-of-two classes,
// and keeps the returned ones for the next message. Everything it holds, used or free,
// counts towards the shared Budget above the guaranteed amount.
type buffers struct {
	free       [classes][][]byte
	spare      [classes]int32 // fewest that were free since the last settle
	peak       [classes]int32 // and most
	held       int            // bytes of all slices, in use and free
	kept       int            // bytes of the free ones
	guaranteed int
	shared     *Budget
}

const (
	minClassBits = 6 // 64 bytes
	maxClassBits = 21
	classes      = maxClassBits - minClassBits + 1
)

func classOf(n int) int {
	return max(bits.Len(uint(max(n, 1)-1)), minClassBits) - minClassBits
}

// sizeOf is what a buffer for n bytes really takes.
func sizeOf(n int) int { return 1 << (classOf(n) + minClassBits) }

// get returns a slice of length n with whatever it held before, or nil if the shared
// budget has no room.
func (s *buffers) get(n int, inTurn bool) []byte {
	c := classOf(n)
	if list := s.free[c]; len(list) > 0 {
		b := list[len(list)-1]
		s.free[c] = list[:len(list)-1]
		s.spare[c] = min(s.spare[c], int32(len(list)-1))
		s.kept -= cap(b)
		return b[:n]
	}
	size := sizeOf(n)
	if !s.charge(size, inTurn) {
		s.trim()
		if !s.charge(size, inTurn) {
			return nil
		}
	}
	return make([]byte, n, size)
}

// put takes back a slice that get returned.
func (s *buffers) put(b []byte) {
	c := classOf(cap(b))
	s.free[c] = append(s.free[c], b)
	s.peak[c] = max(s.peak[c], int32(len(s.free[c])))
	s.kept += cap(b)
}

// charge books size more bytes; what lies above the guaranteed amount is shared.
func (s *buffers) charge(size int, inTurn bool) bool {
	before := max(0, s.held-s.guaranteed)
	after := max(0, s.held+size-s.guaranteed)
	if after > before && !s.shared.take(after-before, inTurn) {
		return false
	}
	s.held += size
	return true
}

// discharge books size fewer bytes.
func (s *buffers) discharge(size int) {
	before := max(0, s.held-s.guaranteed)
	s.held -= size
	s.shared.give(before - max(0, s.held-s.guaranteed))
}

// settle gives the slices to the garbage collector that were not needed since the last
// settle.
func (s *buffers) settle() {
	for c := range s.free {
		list := s.free[c]
		n := int(s.spare[c])
		size := 1 << (c + minClassBits)
		clear(list[len(list)-n:])
		list = list[:len(list)-n]
		if most := int(s.peak[c]); cap(list) > 4*max(most, ringMin) {
			list = append(make([][]byte, 0, 2*max(most, len(list))), list...)
		}
		s.free[c] = list
		s.kept -= n * size
		s.discharge(n * size)
		s.spare[c], s.peak[c] = int32(len(list)), int32(len(list))
	}
}

// trim gives the free slices to the garbage collector.
func (s *buffers) trim() {
	if s.kept == 0 {
		return
	}
	s.discharge(s.kept)
	s.kept = 0
	s.free, s.spare, s.peak = [classes][][]byte{}, [classes]int32{}, [classes]int32{}
}

// release forgets everything; slices in use must not be returned afterwards.
func (s *buffers) release() {
	s.discharge(s.held)
	s.kept = 0
	s.free, s.spare, s.peak = [classes][][]byte{}, [classes]int32{}, [classes]int32{}
}
