package channel

import (
	"encoding/binary"
	"time"
)

// ACK
//
//	+----------+-----------------+---------------+---------+-------------+
//	| 0x10 + n | largest uvarint | delay uvarint | mask u8 | words u32.. |
//	+----------+-----------------+---------------+---------+-------------+
//
// Largest is the highest packet number received. Delay is how long ago it arrived, in
// units of 8 microseconds. Then n words of history, 0 to 8: bit j of word i says whether
// packet largest-1-32i-j arrived; the numbers below zero count as arrived. The mask is
// there if n > 0: bit i set means word i follows, clear means it is all ones and left
// out. What lies behind the n words is not reported, which says nothing about it.
type ackFrame struct {
	Largest uint64
	Delay   time.Duration
	Words   int // words of History reported
	History [historyWords]uint32
}

const (
	historyWords = 8
	historyBits  = 32 * historyWords
	delayUnit    = 8 * time.Microsecond
	maxAckLen    = 1 + 10 + 5 + 1 + 4*historyWords
	maxDelay     = 10 * time.Second // a longer one is taken for this
)

func (f *ackFrame) Append(b []byte) []byte {
	b = append(b, frameAck+byte(f.Words))
	b = binary.AppendUvarint(b, f.Largest)
	b = binary.AppendUvarint(b, uint64(max(0, f.Delay)/delayUnit))
	if f.Words == 0 {
		return b
	}
	mask := len(b)
	b = append(b, 0)
	for i := range f.Words {
		if f.History[i] != ^uint32(0) {
			b[mask] |= 1 << i
			b = binary.LittleEndian.AppendUint32(b, f.History[i])
		}
	}
	return b
}

// parseAck reads an ACK frame. Words left out come back as all ones.
func parseAck(b []byte) (f ackFrame, n int, err error) {
	f.Words = int(b[0] - frameAck)
	n = 1
	largest, k := uvarint(b[n:])
	n += k
	if k == 0 {
		return f, 0, ErrMalformed
	}
	delay, k := uvarint(b[n:])
	n += k
	if k == 0 {
		return f, 0, ErrMalformed
	}
	f.Largest = largest
	f.Delay = time.Duration(min(delay, uint64(maxDelay/delayUnit))) * delayUnit
	if f.Words == 0 {
		return f, n, nil
	}
	if n >= len(b) {
		return f, 0, ErrMalformed
	}
	mask := b[n]
	n++
	if f.Words < historyWords && mask>>f.Words != 0 {
		return f, 0, ErrMalformed
	}
	for i := range f.Words {
		f.History[i] = ^uint32(0)
		if mask>>i&1 == 0 {
			continue
		}
		if len(b)-n < 4 {
			return f, 0, ErrMalformed
		}
		f.History[i] = binary.LittleEndian.Uint32(b[n:])
		n += 4
	}
	return f, n, nil
}
