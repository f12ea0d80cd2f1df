package channel

import "encoding/binary"

// CLOSE
//
//	+------+------------+---------------+---------------+
//	| 0x02 | reason u16 | length uvarint| UTF-8 text    |
//	+------+------------+---------------+---------------+
//
// Nothing after it in the packet is read. Not acknowledged.
type closeFrame struct {
	Reason uint16
	Text   []byte // at most maxCloseText bytes
}

// maxCloseText is the longest text of a CLOSE, in bytes.
const maxCloseText = 256

func (f closeFrame) Append(b []byte) []byte {
	text := f.Text[:min(len(f.Text), maxCloseText)]
	b = append(b, frameClose)
	b = binary.LittleEndian.AppendUint16(b, f.Reason)
	b = binary.AppendUvarint(b, uint64(len(text)))
	return append(b, text...)
}

// parseClose reads a CLOSE frame; the text aliases b.
func parseClose(b []byte) (closeFrame, int, error) {
	if len(b) < 4 {
		return closeFrame{}, 0, ErrMalformed
	}
	n, k := uvarint(b[3:])
	if k == 0 || n > maxCloseText || int(n) > len(b)-3-k {
		return closeFrame{}, 0, ErrMalformed
	}
	at := 3 + k
	return closeFrame{binary.LittleEndian.Uint16(b[1:]), b[at : at+int(n)]}, at + int(n), nil
}
