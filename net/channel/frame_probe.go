package channel

import "encoding/binary"

// MTU_PROBE
//
//	+------+----------+
//	| 0x05 | size u16 |   followed by PAD up to the size being tried
//	+------+----------+
//
// The size is what the owner tries, in its own terms (bytes of UDP payload). An ACK of
// the packet proves the path carries it; its loss is no sign of congestion.
type probeFrame struct{ Size uint16 }

const probeFrameLen = 3

func (f probeFrame) Append(b []byte) []byte {
	return binary.LittleEndian.AppendUint16(append(b, frameMTUProbe), f.Size)
}

func parseProbe(b []byte) (probeFrame, int, error) {
	if len(b) < probeFrameLen {
		return probeFrame{}, 0, ErrMalformed
	}
	return probeFrame{binary.LittleEndian.Uint16(b[1:])}, probeFrameLen, nil
}
