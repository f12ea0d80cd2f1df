package channel

import "encoding/binary"

// DATA
//
//	  7   6   5   4 .. 0
//	+---+---+---+---------+---------------+------------------------+----------------+---------+
//	| 1 | F | E | channel | channel u8 if | fields of the channel's| length uvarint | payload |
//	|   |   |   |         | the 5 bits=31 | kind, see below        | unless E       |         |
//	+---+---+---+---------+---------------+------------------------+----------------+---------+
//
// E: the payload reaches to the end of the packet and there is no length.
//
//	unreliable, sequenced   F=0: nothing
//	                        F=1: back uvarint, index uvarint, count uvarint
//	reliable, ordered,      F=0: id u16
//	latest                  F=1: id u16, index uvarint, count uvarint
//	bulk                    transfer u16, offset uvarint, and if the offset is 0:
//	                        size uvarint, the stream's length + 1, 0 if not known yet.
//	                        F=1: this is the end of the stream
//
// F marks a fragment: the message is cut into count pieces of FragmentSize bytes, only
// the last may be shorter, and never empty. Back is how many packets ago, in packet
// numbers, fragment 0 of the same message was sent: with the channel it names the
// message. Id is the low 16 bits of the message's number on its channel.
type dataFrame struct {
	Channel uint8
	F, E    bool
	ID      uint16
	Back    uint64
	Index   uint64
	Count   uint64
	Offset  uint64
	Size    uint64 // of a bulk stream + 1, if Offset is 0
	Payload []byte // aliases the packet
}

const (
	dataF       = 0x40
	dataE       = 0x20
	dataChannel = 0x1F // the 5 bits, all set: the channel follows in a byte

	// FragmentSize is the size in bytes of every fragment but the last. A longer
	// message travels in several fragments.
	FragmentSize = 1024
	maxFragments = 1024
)

// appendHeader appends everything but the payload; length is that of the payload and
// is left out if E is set.
func (f *dataFrame) appendHeader(b []byte, kind Kind, length int) []byte {
	first := byte(frameData)
	if f.F {
		first |= dataF
	}
	if f.E {
		first |= dataE
	}
	if f.Channel < dataChannel {
		b = append(b, first|f.Channel)
	} else {
		b = append(b, first|dataChannel, f.Channel)
	}
	if !kind.datagram() {
		b = binary.LittleEndian.AppendUint16(b, f.ID)
	}
	switch {
	case kind == Bulk:
		b = binary.AppendUvarint(b, f.Offset)
		if f.Offset == 0 {
			b = binary.AppendUvarint(b, f.Size)
		}
	case f.F:
		if kind.datagram() {
			b = binary.AppendUvarint(b, f.Back)
		}
		b = binary.AppendUvarint(b, f.Index)
		b = binary.AppendUvarint(b, f.Count)
	}
	if !f.E {
		b = binary.AppendUvarint(b, uint64(length))
	}
	return b
}

// headerLen is the number of bytes appendHeader appends.
func (f *dataFrame) headerLen(kind Kind, length int) int {
	n := 1
	if f.Channel >= dataChannel {
		n++
	}
	if !kind.datagram() {
		n += 2
	}
	switch {
	case kind == Bulk:
		n += uvarintLen(f.Offset)
		if f.Offset == 0 {
			n += uvarintLen(f.Size)
		}
	case f.F:
		if kind.datagram() {
			n += uvarintLen(f.Back)
		}
		n += uvarintLen(f.Index) + uvarintLen(f.Count)
	}
	if !f.E {
		n += uvarintLen(uint64(length))
	}
	return n
}

// dataNumber reads which channel a DATA frame is for and how many bytes that took.
func dataNumber(b []byte) (uint8, int, error) {
	if c := b[0] & dataChannel; c < dataChannel {
		return c, 1, nil
	}
	if len(b) < 2 || b[1] < dataChannel { // one way to write a number
		return 0, 0, ErrMalformed
	}
	return b[1], 2, nil
}

// fields reads numbers from the front of a slice; after one that is missing, short
// stays set.
type fields struct {
	b     []byte
	short bool
}

func (r *fields) uvarint() uint64 {
	v, n := uvarint(r.b)
	if n == 0 {
		r.short = true
		r.b = nil
	}
	r.b = r.b[n:]
	return v
}

func (r *fields) uint16() uint16 {
	if len(r.b) < 2 {
		r.short = true
		r.b = nil
		return 0
	}
	v := binary.LittleEndian.Uint16(r.b)
	r.b = r.b[2:]
	return v
}

// parseData reads a DATA frame of a channel of this kind. It checks the shape only;
// whether the numbers make sense is for the channel to say.
func parseData(b []byte, kind Kind) (f dataFrame, n int, err error) {
	ch, n, err := dataNumber(b)
	if err != nil {
		return f, 0, err
	}
	f.Channel, f.F, f.E = ch, b[0]&dataF != 0, b[0]&dataE != 0
	r := fields{b: b[n:]}
	if !kind.datagram() {
		f.ID = r.uint16()
	}
	switch {
	case kind == Bulk:
		f.Offset = r.uvarint()
		if f.Offset == 0 {
			f.Size = r.uvarint()
		}
	case f.F:
		if kind.datagram() {
			f.Back = r.uvarint()
		}
		f.Index = r.uvarint()
		f.Count = r.uvarint()
	}
	length := uint64(0)
	if !f.E {
		length = r.uvarint()
	} else {
		length = uint64(len(r.b))
	}
	if r.short || length > uint64(len(r.b)) {
		return f, 0, ErrMalformed
	}
	f.Payload = r.b[:length]
	return f, len(b) - len(r.b) + int(length), nil
}
