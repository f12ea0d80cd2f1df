package channel

// packet is a packet being built.
type packet struct {
	b      []byte
	limit  int // b may grow to this length
	pn     uint64
	refs   int // pushed to sentPackets so far
	flags  packetFlags
	ack    uint64 // largest of the ACK in it + 1
	frames int
	live   bool // no bulk streams

	last struct { // the last frame, if it is DATA
		ok      bool
		at      int // offset of its first byte
		length  int // offset of its length field
		payload int // offset of its payload
	}
}

// room is how many bytes are left.
func (p *packet) room() int { return p.limit - len(p.b) }

// data appends a DATA frame if it fits.
func (p *packet) data(f *dataFrame, kind Kind, payload []byte) bool {
	if f.headerLen(kind, len(payload))+len(payload) > p.room() {
		return false
	}
	p.last.ok, p.last.at = true, len(p.b)
	p.b = f.appendHeader(p.b, kind, len(payload))
	p.last.payload = len(p.b)
	p.last.length = len(p.b) - uvarintLen(uint64(len(payload)))
	p.b = append(p.b, payload...)
	p.flags |= flagEliciting
	p.frames++
	return true
}

// other notes that a frame that is not DATA was appended.
func (p *packet) other(f packetFlags) {
	p.last.ok = false
	p.flags |= f
	p.frames++
}

// seal lets a last DATA frame reach to the end of the packet, without a length.
func (p *packet) seal() {
	if !p.last.ok {
		return
	}
	p.b[p.last.at] |= dataE
	n := copy(p.b[p.last.length:], p.b[p.last.payload:])
	p.b = p.b[:p.last.length+n]
}
