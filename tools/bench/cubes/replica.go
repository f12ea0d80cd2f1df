package cubes

import (
	"fmt"
	"slices"

	"github.com/tandem-engine/tandem/net/wire"
)

// lag is how many frames old the acknowledged one is that a frame is coded against.
const lag = 6

// A past says which frames, beside the one that a frame is coded against, predict it: older is that many frames before the base, oldest
// that many before older.
type past struct{ older, oldest int }

// history is one side's knowledge of frames, by which it makes the pasts of updates.
type history struct {
	codec  *wire.Codec
	cubes  int
	frames [][]uint32 // nil: never had
}

func (h *history) at(frame, cube int) []uint32 {
	if frame < 0 || h.frames[frame] == nil {
		return nil
	}
	n := h.codec.Lanes()
	return h.frames[frame][cube*n : cube*n+n]
}

func (h *history) past(frame, cube int, p past) wire.Past {
	base := frame - lag
	out := wire.Past{Base: h.at(base, cube), Age: lag, Gap: uint32(p.older), OldestGap: uint32(p.oldest)}
	if out.Older = h.at(base-p.older, cube); out.Older != nil {
		out.Oldest = h.at(base-p.older-p.oldest, cube)
	}
	return out
}

// expected lists the cubes that the base frame of this one told about, from id first on.
func (h *history) expected(dst []uint32, frame int, first uint32) []uint32 {
	if frame < 2*lag {
		return dst
	}
	for i := int(first); i < h.cubes; i++ {
		if !slices.Equal(h.at(frame-lag, i), h.at(frame-2*lag, i)) {
			dst = append(dst, uint32(i))
		}
	}
	return dst
}

// server writes frames. What it makes of them is valid until the next.
type server struct {
	history
	past     past
	limit    int // bytes of a datagram; 0: a frame is one, however long
	encoder  wire.Encoder
	symbols  []wire.Symbol
	ids      []uint32
	memory   [][]byte
	roster   wire.Roster
	datagram int
}

// startBits is the width of the first id that a datagram of several is about.
const startBits = 16

// begin starts a datagram about the cubes from id first on.
func (s *server) begin(frame int, first uint32) {
	if s.datagram == len(s.memory) {
		s.memory = append(s.memory, nil)
	}
	s.encoder.Reset(s.memory[s.datagram])
	if s.limit > 0 {
		s.encoder.Bits(uint64(first), startBits)
	}
	s.ids = s.expected(s.ids[:0], frame, first)
	s.roster.Reset(s.ids)
}

func (s *server) end() {
	s.roster.End(&s.encoder)
	s.memory[s.datagram] = s.encoder.Finish()
	s.datagram++
}

// write encodes a frame.
func (s *server) write(frame int) [][]byte {
	s.datagram = 0
	s.begin(frame, 0)
	for i := range s.cubes {
		now, p := s.at(frame, i), s.history.past(frame, i, s.past)
		if slices.Equal(now, p.Base) {
			continue
		}
		s.symbols, _ = s.codec.Update(s.symbols[:0], &p, now, wire.FirstOfEntity)
		if s.limit > 0 && s.encoder.Len()+mostRecord > s.limit {
			s.end()
			s.begin(frame, uint32(i))
		}
		s.roster.Put(&s.encoder, uint32(i))
		s.encoder.Types(1, 1, 1)
		s.encoder.Update(s.symbols)
	}
	s.end()
	return s.memory[:s.datagram]
}

// mostRecord is more bytes than a cube takes but in the worst of cases.
const mostRecord = 16

// client reads frames and keeps what it read.
type client struct {
	history
	past    past
	decoder wire.Decoder
	ids     []uint32
}

// read decodes a frame's datagrams, each by itself.
func (c *client) read(frame int, datagrams [][]byte, split bool) error {
	now := slices.Clone(c.frames[frame-lag])
	c.frames[frame] = now
	for _, data := range datagrams {
		c.decoder.Reset(data)
		first := uint32(0)
		if split {
			first = uint32(c.decoder.Bits(startBits))
		}
		if err := c.datagram(frame, first); err != nil {
			return fmt.Errorf("frame %d: %w", frame, err)
		}
	}
	return nil
}

func (c *client) datagram(frame int, first uint32) error {
	c.ids = c.expected(c.ids[:0], frame, first)
	var roster wire.Roster
	roster.Reset(c.ids)
	for {
		id, ok := roster.Next(&c.decoder, uint32(c.cubes))
		if !ok {
			return c.decoder.Done()
		}
		c.decoder.Types(1, 1)
		p := c.history.past(frame, int(id), c.past)
		if err := c.codec.ReadUpdate(&c.decoder, &p, c.at(frame, int(id))); err != nil {
			return fmt.Errorf("cube %d: %w", id, err)
		}
	}
}
