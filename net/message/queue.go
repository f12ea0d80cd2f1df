package message

import (
	"fmt"
	"unsafe"

	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/wire"
)

// A channel message is a batch: messages one after the other, each
//
//	uvarint head       number of the type · 4 + form
//	formMessage:
//	   16 bits sequence    types that are sequenced
//	   16 bits tick        types tied to a tick: low bits
//	   value
//	formRequest:  uvarint call, request
//	formReply:    uvarint call, reply
//	formEnd:      uvarint call, 8 bits reason
//	padding to a whole byte
//
// The reliable channel carries the types that are reliable, the other one the
// rest. A batch is read to its end or to the first message that makes no sense.
const (
	formMessage = iota
	formRequest
	formReply
	formEnd
)

const formBits = 2

// Reasons of formEnd.
const (
	endCancelled = 1 // by who asked
	endRefused   = 2 // by who was asked
)

const (
	// MaxUnreliable is the largest message of a type that is not reliable, in
	// bytes, and the size of such a batch: with all headers it fits a datagram.
	MaxUnreliable = 1100
	// MaxReliable is the largest reliable message, in bytes.
	MaxReliable = 32 << 10
	// reliableBatch is the size at which a reliable batch is cut, in bytes.
	reliableBatch = 16 << 10
	// maxAhead is how far from now the tick of a message may be: the receiver
	// completes its low bits to the nearest.
	maxAhead = 1 << 14
)

// target is to whom a message goes.
type target struct {
	kind   targetKind
	player input.PlayerID
	entity replicate.ID
}

type targetKind uint8

const (
	toPlayer targetKind = iota // 0: the server
	toAll
	toAllBut
	toSeeing
)

// queue holds what was sent in this tick until the Send phase. A message is
// encoded once, however many get it.
type queue struct {
	writer  wire.Writer
	records []record
}

type record struct {
	to         target
	number     int // type
	start, end int // bytes in the writer
	sequence   int // where the sequence number stands in the message
}

// head is what stands before a value.
type head struct {
	form uint64
	tick uint32
	call uint32
}

// open reports whether what is sent to a target leaves this process at all.
func (h *hub) open(s *spec, to target) bool {
	if h.side == alone || h.replaying() {
		return false
	}
	if server := to == (target{}); server != (h.side == playing) {
		return false
	}
	if h.side == playing && s.origin == fromServer || h.side == serving && s.origin == fromClients {
		panic(fmt.Sprintf("message: %s is registered as from %s: leave out that option to send it from here", s.name, originNames[s.origin]))
	}
	return true
}

// write queues one message. value may be nil with a nil codec.
func (h *hub) write(s *spec, to target, hd head, codec *wire.Codec, value unsafe.Pointer) {
	w := &h.queue.writer
	rec := record{to: to, number: s.number, start: w.BitLen() / 8}
	mark := w.Mark()
	w.Uvarint(uint64(s.number)<<formBits | hd.form)
	if hd.form == formMessage {
		if s.delivery == sequenced {
			rec.sequence = w.BitLen()/8 - rec.start
			w.Bits(0, 16)
		}
		if s.due != onArrival {
			w.Bits(uint64(hd.tick), 16)
		}
	} else {
		w.Uvarint(uint64(hd.call))
	}
	if codec == nil {
		w.Bits(uint64(hd.tick), 8) // of an end: the reason
	} else if err := codec.Encode(w, value); err != nil {
		w.Rewind(mark)
		panic(fmt.Sprintf("message: %s: %v: shorten the value, or raise len in its net tag", s.name, err))
	}
	w.Align()
	rec.end = w.BitLen() / 8
	most := MaxReliable
	if s.delivery != reliable {
		most = MaxUnreliable
	}
	if size := rec.end - rec.start; size > most {
		w.Rewind(mark)
		panic(fmt.Sprintf("message: %s of %d bytes, at most %d travel as %s: send less, or register it as reliable", s.name, size, most, deliveryNames[s.delivery]))
	}
	h.queue.records = append(h.queue.records, rec)
}

// flush sends what was queued, in the Send phase.
func (h *hub) flush() {
	h.ticking = false
	q := &h.queue
	data := q.writer.Finish()
	for i := range q.records {
		rec := &q.records[i]
		h.spread(h.table.entries[rec.number].about(), rec, data[rec.start:rec.end])
	}
	q.records = q.records[:0]
	q.writer.Reset(data[:0])
	for _, p := range h.peers {
		p.sendReliable()
		p.sendUnreliable()
	}
}

// spread hands a message to the peers that it is for.
func (h *hub) spread(s *spec, rec *record, b []byte) {
	if rec.to.kind == toPlayer {
		if p := h.peer(rec.to.player); p != nil {
			p.put(s, rec, b)
		}
		return
	}
	for _, p := range h.peers {
		switch {
		case rec.to.kind == toAllBut && p.player == rec.to.player:
		case rec.to.kind == toSeeing && h.audience != nil && !h.audience.Knows(p.player, rec.to.entity):
		default:
			p.put(s, rec, b)
		}
	}
}

// nearest is the tick nearest to near with the given low bits.
func nearest(near uint32, low uint16) uint32 {
	return near + uint32(int32(int16(low-uint16(near))))
}
