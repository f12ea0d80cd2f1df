package channel

import "encoding/binary"

// CANCEL
//
//	+------+------------+--------------+---------+
//	| 0x07 | channel u8 | transfer u16 | side u8 |
//	+------+------------+--------------+---------+
//
// Side 0: the sender of the bulk stream gives it up. Side 1: the receiver refuses it.
type cancelFrame struct {
	Channel    uint8
	Transfer   uint16
	ByReceiver bool
}

const cancelFrameLen = 5

func (f cancelFrame) Append(b []byte) []byte {
	side := byte(0)
	if f.ByReceiver {
		side = 1
	}
	b = append(b, frameCancel, f.Channel)
	return append(binary.LittleEndian.AppendUint16(b, f.Transfer), side)
}

func parseCancel(b []byte) (cancelFrame, int, error) {
	if len(b) < cancelFrameLen || b[4] > 1 {
		return cancelFrame{}, 0, ErrMalformed
	}
	return cancelFrame{b[1], binary.LittleEndian.Uint16(b[2:]), b[4] == 1}, cancelFrameLen, nil
}
