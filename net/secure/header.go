package secure

import (
	"encoding/binary"
	"errors"
)

// Data packet header, 7 bytes in normal play, authenticated but not encrypted:
//
//	 0      1..4                 5..6 (7, 8)
//	+------+--------------------+-------------------------+
//	|0rrrppll| receiver id u32 LE | packet number, low bytes |
//	+------+--------------------+-------------------------+
//	 0   form: 0 data, 1 handshake
//	 rrr reserved, zero
//	 pp  key phase modulo 4
//	 ll  bytes of packet number minus 2: 0, 1 or 2

// MinHeaderSize and MaxHeaderSize bound a data packet's header in bytes.
const (
	MinHeaderSize = 7
	MaxHeaderSize = 9
)

// FormHandshake is the bit of a datagram's first byte that tells handshake
// packets from data packets.
const FormHandshake = 0x80

// ErrHeader says that a datagram does not start with a well-formed data header.
var ErrHeader = errors.New("secure: malformed data header")

// Header is the parsed header of a data packet.
type Header struct {
	ID        uint32 // the receiver's connection id
	Phase     uint8  // key phase modulo 4
	Truncated uint32 // low bytes of the packet number
	PNBytes   uint8  // how many bytes Truncated had on the wire: 2, 3 or 4
}

// Size is the header's length on the wire in bytes.
func (h Header) Size() int { return 5 + int(h.PNBytes) }

// ParseHeader reads the header of a data packet. The packet must also be long
// enough for one plaintext byte and a tag; anything else is ErrHeader.
func ParseHeader(p []byte) (Header, error) {
	if len(p) < MinHeaderSize+1+TagSize {
		return Header{}, ErrHeader
	}
	first := p[0]
	extra := first & 3
	if first&0xf0 != 0 || extra == 3 {
		return Header{}, ErrHeader
	}
	h := Header{
		ID:        binary.LittleEndian.Uint32(p[1:5]),
		Phase:     first >> 2 & 3,
		PNBytes:   2 + extra,
		Truncated: uint32(binary.LittleEndian.Uint16(p[5:7])),
	}
	if len(p) < h.Size()+1+TagSize {
		return Header{}, ErrHeader
	}
	if extra >= 1 {
		h.Truncated |= uint32(p[7]) << 16
	}
	if extra == 2 {
		h.Truncated |= uint32(p[8]) << 24
	}
	return h, nil
}

// AppendHeader appends the header of packet pn with pnBytes (2, 3 or 4) bytes of
// its number: enough for a receiver that has seen a packet at most half of their
// range before (RFC 9000, section 17.1).
func AppendHeader(dst []byte, id uint32, phase uint8, pn uint64, pnBytes int) []byte {
	dst = append(dst, (phase&3)<<2|byte(pnBytes-2),
		byte(id), byte(id>>8), byte(id>>16), byte(id>>24), byte(pn), byte(pn>>8))
	if pnBytes >= 3 {
		dst = append(dst, byte(pn>>16))
	}
	if pnBytes >= 4 {
		dst = append(dst, byte(pn>>24))
	}
	return dst
}

// restore finds the packet number nearest to expected whose low bytes are
// truncated (RFC 9000 appendix A.3).
func restore(expected uint64, truncated uint32, pnBytes uint8) uint64 {
	bits := uint(pnBytes) * 8
	window := uint64(1) << bits
	half := window / 2
	pn := expected&^(window-1) | uint64(truncated)
	switch {
	case pn+half <= expected && pn < 1<<63:
		return pn + window
	case pn > expected+half && pn >= window:
		return pn - window
	}
	return pn
}
