package transport

import "encoding/binary"

// The control channel is a reserved ordered channel of the Link. It carries what
// the handshake packets cannot.

// maxAppText bounds the application's table in bytes.
const maxAppText = 256 << 10

// Types of control messages: the first byte.
const (
	ctrlStart  = 1 // c→s: hashes, ML-KEM key
	ctrlReady  = 2 // s→c: admitted; ML-KEM ciphertext
	ctrlTable  = 3 // both: a piece of a table, when a hash differs
	ctrlChain  = 4 // s→c: certificate chain
	ctrlResume = 5 // s→c: resume secret
	ctrlReset  = 6 // s→c: the client has moved: new stateless reset token
	ctrlFinish = 7 // c→s: phase 1 entered
)

// start is the client's first message.
type start struct {
	channels, app [32]byte
	mtu           uint16 // largest datagram the client takes
	mlkem         []byte // encapsulation key, or none
}

func (s *start) append(dst []byte) []byte {
	dst = append(dst, ctrlStart)
	dst = append(dst, s.channels[:]...)
	dst = append(dst, s.app[:]...)
	dst = binary.LittleEndian.AppendUint16(dst, s.mtu)
	return appendBlob(dst, s.mlkem)
}

func parseStart(p []byte) (s start, err error) {
	if len(p) < 1+32+32+2+4 {
		return s, errPacket
	}
	copy(s.channels[:], p[1:])
	copy(s.app[:], p[33:])
	s.mtu = binary.LittleEndian.Uint16(p[65:])
	s.mlkem, _, err = cutBlob(p[67:])
	return s, err
}

func appendReady(dst, ciphertext []byte) []byte {
	return appendBlob(append(dst, ctrlReady), ciphertext)
}

func parseReady(p []byte) (ciphertext []byte, err error) {
	ciphertext, _, err = cutBlob(p[1:])
	return ciphertext, err
}

// appendResetToken appends a new reset token; other says that the client was seen at
// another address and not only at another port.
func appendResetToken(dst []byte, token [resetTokenSize]byte, other bool) []byte {
	dst = append(append(dst, ctrlReset), token[:]...)
	if other {
		return append(dst, 1)
	}
	return append(dst, 0)
}

func parseResetToken(p []byte) (token [resetTokenSize]byte, other bool, err error) {
	if len(p) != 1+resetTokenSize+1 || p[1+resetTokenSize] > 1 {
		return token, false, errPacket
	}
	return [resetTokenSize]byte(p[1:]), p[1+resetTokenSize] == 1, nil
}

// tableChunk is the largest piece of a table in one message, in bytes.
const tableChunk = 32 << 10

// appendTable appends a piece of table which: 0 channels, 1 components.
func appendTable(dst []byte, which int, last bool, chunk []byte) []byte {
	flags := byte(which)
	if last {
		flags |= 0x80
	}
	return append(append(dst, ctrlTable, flags), chunk...)
}

func parseTable(p []byte) (which int, last bool, chunk []byte, err error) {
	if len(p) < 2 || p[1]&0x7e != 0 {
		return 0, false, nil, errPacket
	}
	return int(p[1] & 1), p[1]&0x80 != 0, p[2:], nil
}

// appendBlob appends a u32 length and the bytes.
func appendBlob(dst, b []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(b)))
	return append(dst, b...)
}

// cutBlob reads what appendBlob wrote; the blob aliases p.
func cutBlob(p []byte) (blob, rest []byte, err error) {
	if len(p) < 4 {
		return nil, nil, errPacket
	}
	n := binary.LittleEndian.Uint32(p)
	if uint64(n) > uint64(len(p)-4) {
		return nil, nil, errPacket
	}
	return p[4 : 4+n], p[4+n:], nil
}
