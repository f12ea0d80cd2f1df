package channel

import (
	"encoding/binary"
	"errors"
)

// The first byte of a frame says what it is:
//
//	0x00       PAD              one byte of nothing
//	0x01       PING             asks for an ACK
//	0x02       CLOSE            the last frame of a connection
//	0x03       PATH_CHALLENGE   8 bytes to be echoed on the same path
//	0x04       PATH_RESPONSE    the 8 bytes of a challenge
//	0x05       MTU_PROBE        asks for an ACK of a large packet
//	0x06       WINDOW           how far a bulk stream may go
//	0x07       CANCEL           one side gives a bulk stream up
//	0x10..0x18 ACK              with 0 to 8 words of history
//	0x80..0xFF DATA             a message, a fragment or a piece of a stream
//
// Everything else closes the connection.
const (
	framePad           = 0x00
	framePing          = 0x01
	frameClose         = 0x02
	framePathChallenge = 0x03
	framePathResponse  = 0x04
	frameMTUProbe      = 0x05
	frameWindow        = 0x06
	frameCancel        = 0x07
	frameAck           = 0x10
	frameAckLast       = frameAck + historyWords
	frameData          = 0x80
)

// Errors that Handle wraps: the peer broke the protocol, and the connection must close.
var (
	ErrProtocol  = errors.New("channel: peer broke the protocol")
	ErrMalformed = errors.New("malformed frame")
	ErrUnknown   = errors.New("unknown frame")
	ErrAckUnsent = errors.New("acknowledged a packet that was never sent")
	ErrSecondAck = errors.New("second acknowledgement in a packet")
	ErrChannel   = errors.New("no such channel")
	ErrFragment  = errors.New("fragment that does not fit its message")
	ErrWindow    = errors.New("data beyond the window")
	ErrTransfer  = errors.New("bulk transfer out of turn")
)

// uvarint reads a base-128 number of at most 64 bits and reports how many bytes it
// took, 0 if there is none.
func uvarint(b []byte) (uint64, int) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), 1
	}
	v, n := binary.Uvarint(b)
	return v, max(n, 0)
}

// uvarintLen is the number of bytes of v.
func uvarintLen(v uint64) int {
	n := 1
	for ; v >= 0x80; v >>= 7 {
		n++
	}
	return n
}
