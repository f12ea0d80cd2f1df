package wire

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzReadUpdate reads hostile updates against a hostile past. What is accepted is in range, and survives being written.
func FuzzReadUpdate(f *testing.F) { fuzzReadUpdate(f, (*Encoder).Reset, (*Decoder).Reset) }

// FuzzReadPieces is FuzzReadUpdate for prefix codes.
func FuzzReadPieces(f *testing.F) { fuzzReadUpdate(f, (*Encoder).ResetPieces, (*Decoder).ResetPieces) }

func fuzzReadUpdate(f *testing.F, write func(*Encoder, []byte), read func(*Decoder, []byte)) {
	c := mustCompile[rigid](f, Quantised)
	var w Writer
	for range 3 {
		c.WriteLanes(&w, quantised(c, rigid{Place: [3]float32{1, 2, 3}, Anchor: Some(rigidAnchor{Slot: Some(uint16(4))})}))
	}
	past := append([]byte{}, w.Finish()...)
	for _, v := range []rigid{{}, {Place: [3]float32{1.1, 2, 3.5}, Score: 9, Spin: Some([4]float64{1, 2, 3, 4})}} {
		p := readPast(c, past, 3, 6)
		var e Encoder
		write(&e, nil)
		symbols, _ := c.Update(nil, &p, quantised(c, v), FirstOfEntity)
		e.Update(symbols)
		f.Add(past, append([]byte{}, e.Finish()...), byte(3), byte(6))
	}
	f.Fuzz(func(t *testing.T, past, data []byte, known, age byte) {
		p := readPast(c, past, known%3+1, age)
		var d Decoder
		read(&d, data)
		cur, again := make([]uint32, c.Lanes()), make([]uint32, c.Lanes())
		for range 50 {
			if c.ReadUpdate(&d, &p, cur) != nil {
				require.Error(t, d.Err())
				return
			}
			for i, l := range c.lanes {
				require.LessOrEqual(t, cur[i], l.max)
			}
			var e Encoder
			write(&e, nil)
			symbols, _ := c.Update(nil, &p, cur, FirstOfEntity)
			e.Update(symbols)
			var back Decoder
			read(&back, e.Finish())
			require.NoError(t, c.ReadUpdate(&back, &p, again))
			require.Equal(t, cur, again)
			p.Base, cur = cur, p.Base
		}
	})
}

// readPast takes up to three values from bytes; what cannot be read is zeros.
func readPast(c *Codec, data []byte, known, age byte) Past {
	var r Reader
	r.Reset(data)
	var lanes [3][]uint32
	for i := range lanes {
		if lanes[i] = make([]uint32, c.Lanes()); c.ReadLanes(&r, lanes[i]) != nil {
			clear(lanes[i])
		}
	}
	p := Past{Base: lanes[0], Age: uint32(age), Gap: uint32(age / 2), OldestGap: 3}
	if known > 1 {
		p.Older = lanes[1]
	}
	if known > 2 {
		p.Oldest = lanes[2]
	}
	return p
}

// FuzzRoster reads hostile rosters: ids ascend, are below the limit, and are as many as the limit at most.
func FuzzRoster(f *testing.F) { fuzzRoster(f, (*Encoder).Reset, (*Decoder).Reset) }

// FuzzRosterPieces is FuzzRoster for prefix codes.
func FuzzRosterPieces(f *testing.F) { fuzzRoster(f, (*Encoder).ResetPieces, (*Decoder).ResetPieces) }

func fuzzRoster(f *testing.F, write func(*Encoder, []byte), read func(*Decoder, []byte)) {
	var e Encoder
	write(&e, nil)
	var r Roster
	r.Reset([]uint32{1, 2, 3, 50, 51, 52})
	for _, id := range []uint32{0, 1, 3, 40, 51, 90} {
		r.Record(&e, id, 3, 7, 3|uint64(id)&4)
	}
	r.End(&e)
	f.Add(append([]byte{}, e.Finish()...), []byte{1, 1, 1, 47, 1, 1})
	f.Fuzz(func(t *testing.T, data, gaps []byte) {
		const limit = 2000
		var expected []uint32
		last := uint32(0)
		for _, g := range gaps {
			last += uint32(g) + 1
			expected = append(expected, last)
		}
		var d Decoder
		read(&d, data)
		var r Roster
		r.Reset(expected)
		next, count := uint32(0), 0
		for {
			id, ok := r.Next(&d, limit)
			if !ok {
				return
			}
			require.GreaterOrEqual(t, id, next)
			require.Less(t, id, uint32(limit))
			types := d.Types(7, 5)
			require.Zero(t, types&^7)
			require.True(t, types != 0 || d.Err() != nil)
			next, count = id+1, count+1
			require.LessOrEqual(t, count, limit)
		}
	})
}
