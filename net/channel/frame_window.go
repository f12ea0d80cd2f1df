package channel

import "encoding/binary"

// WINDOW
//
//	+------+------------+--------------+---------------+
//	| 0x06 | channel u8 | transfer u16 | limit uvarint |
//	+------+------------+--------------+---------------+
//
// The receiver of a bulk stream lets the sender send bytes below limit.
type windowFrame struct {
	Channel  uint8
	Transfer uint16
	Limit    uint64
}

func (f windowFrame) Append(b []byte) []byte {
	b = append(b, frameWindow, f.Channel)
	b = binary.LittleEndian.AppendUint16(b, f.Transfer)
	return binary.AppendUvarint(b, f.Limit)
}

func parseWindow(b []byte) (windowFrame, int, error) {
	if len(b) < 5 {
		return windowFrame{}, 0, ErrMalformed
	}
	limit, k := uvarint(b[4:])
	if k == 0 {
		return windowFrame{}, 0, ErrMalformed
	}
	return windowFrame{b[1], binary.LittleEndian.Uint16(b[2:]), limit}, 4 + k, nil
}
