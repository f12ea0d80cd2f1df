package replicate

import (
	"math/bits"
	"slices"
)

// Counters is what a [Server] has written to all its peers, in bytes of messages as
// they go to the connection. StructureBytes, OwnBytes and RecordBytes are all of it.
type Counters struct {
	Snapshots      uint64 // one for each peer
	StructureBytes uint64 // spawns, despawns and changes of shape, with the values that come with them; copies too
	OwnBytes       uint64 // statuses, and what receivers predict, exact
	RecordBytes    uint64 // datagrams with updates
	Datagrams      uint64 // of them
	Records        uint64 // entities told of in them
	Types          []TypeCounters
}

// TypeCounters is what became of the values of one component type.
type TypeCounters struct {
	Name      string
	Updates   uint64  // newer values, in datagrams
	Bytes     float64 // of RecordBytes: as they were entropy-coded, parts of bits added up
	Exact     uint64  // exact values, to those who predict them; without those that are as told before
	ExactBits uint64  // of OwnBytes
	Begun     uint64  // values that came with a spawn or a change of shape
	BegunBits uint64  // of StructureBytes
}

// Overhead is what of RecordBytes belongs to no type: headers, and which entities
// and types there are.
func (c Counters) Overhead() float64 {
	rest := float64(c.RecordBytes)
	for i := range c.Types {
		rest -= c.Types[i].Bytes
	}
	return rest
}

// Since is what was written after from.
func (c Counters) Since(from Counters) Counters {
	c.Snapshots -= from.Snapshots
	c.StructureBytes -= from.StructureBytes
	c.OwnBytes -= from.OwnBytes
	c.RecordBytes -= from.RecordBytes
	c.Datagrams -= from.Datagrams
	c.Records -= from.Records
	c.Types = slices.Clone(c.Types)
	for i := range from.Types {
		t, f := &c.Types[i], &from.Types[i]
		t.Updates, t.Bytes = t.Updates-f.Updates, t.Bytes-f.Bytes
		t.Exact, t.ExactBits = t.Exact-f.Exact, t.ExactBits-f.ExactBits
		t.Begun, t.BegunBits = t.Begun-f.Begun, t.BegunBits-f.BegunBits
	}
	return c
}

// Counters is what the server has written so far. It is for the app's goroutine.
func (s *Server) Counters() Counters {
	s.count()
	c := s.counters
	c.Types = slices.Clone(c.Types)
	scale := s.meter.scale()
	for i := range c.Types {
		c.Types[i].Bytes *= scale
	}
	return c
}

// meter relates what updates were expected to cost to what they did. An update's
// symbols are made once for many datagrams, and so is what they are expected to
// cost, by models that have learned nothing; each datagram's own models do a little
// better. By how much is measured in one datagram of every.
type meter struct {
	every              uint32
	on                 bool   // in this datagram
	expected, measured uint64 // of metered datagrams, in 1/64 bit
}

// meterEvery is one of how many datagrams is metered.
const meterEvery = 16

// scale is how many bytes a type's updates took, of 1/64 bits expected.
func (m *meter) scale() float64 {
	if m.expected == 0 {
		return 1.0 / (8 * 64)
	}
	return float64(m.measured) / float64(m.expected) / (8 * 64)
}

// begin decides whether a datagram is metered.
func (m *meter) begin(seq uint32) { m.on = seq%m.every == 0 }

// write writes a record, and in a metered datagram measures what it takes.
func (s *Server) write(r *record) {
	r.uses++
	if !s.meter.on {
		s.put(r)
		return
	}
	before := s.encoder.Spent()
	s.put(r)
	s.meter.measured += s.encoder.Spent() - before
	for _, c := range s.tracker.costs[r.costs:][:bits.OnesCount64(uint64(r.key.types))] {
		s.meter.expected += uint64(c)
	}
}

func (s *Server) put(r *record) {
	if s.tracker.pieces {
		s.encoder.Piece(s.tracker.words[r.at:], r.size)
		return
	}
	s.encoder.Update(s.tracker.symbols[r.at : r.at+r.size])
}

// count adds up what the records of a scan were used for.
func (s *Server) count() {
	tr := s.tracker
	for i := range tr.blocks {
		for k := range tr.blocks[i] {
			r := &tr.blocks[i][k]
			if r.uses == 0 {
				continue
			}
			costs := tr.costs[r.costs:]
			for left := uint64(r.key.types); left != 0; left &= left - 1 {
				c := &s.counters.Types[bits.TrailingZeros64(left)]
				c.Updates += uint64(r.uses)
				c.Bytes += float64(uint64(r.uses) * uint64(costs[0]))
				costs = costs[1:]
			}
			r.uses = 0
		}
	}
}

// typeCounters is one for each type.
func typeCounters(t *Table) (all []TypeCounters) {
	for _, typ := range t.Types {
		all = append(all, TypeCounters{Name: typ.Name()})
	}
	return all
}
