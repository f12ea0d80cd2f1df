package channel

// PING
//
//	+------+
//	| 0x01 |
//	+------+
//
// Asks for an acknowledgement and nothing else.

func appendPing(b []byte) []byte { return append(b, framePing) }

// PAD
//
//	+------+
//	| 0x00 | ...
//	+------+
//
// parsePad returns how many bytes of padding b begins with.
func parsePad(b []byte) int {
	n := 0
	for n < len(b) && b[n] == framePad {
		n++
	}
	return n
}

// appendPad appends n bytes of padding.
func appendPad(b []byte, n int) []byte {
	for range n {
		b = append(b, framePad)
	}
	return b
}
