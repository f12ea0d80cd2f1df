package wire

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// FuzzReader runs a script of reads over data and compares what Bits gives with the list of bits.
func FuzzReader(f *testing.F) {
	f.Add([]byte("\x01\x80\x03text and more text"), []byte{0, 1, 8, 5, 3, 4, 2, 70, 6, 64})
	f.Fuzz(func(t *testing.T, data, script []byte) {
		var r Reader
		r.Reset(data)
		for _, op := range script {
			left, failed := r.Left(), r.Err() != nil
			at := len(data)*8 - left
			switch op {
			case 65:
				r.Uvarint()
			case 66:
				r.Varint()
			case 67:
				require.LessOrEqual(t, len(r.String(9)), 9)
			case 68:
				r.Align()
			case 69:
				r.Bytes(make([]byte, 11))
			default:
				n := uint(op) % 65
				got := r.Bits(n)
				if failed || int(n) > left {
					require.Zero(t, got)
					continue
				}
				require.Equal(t, refBits(data, at, n), got)
			}
			require.LessOrEqual(t, r.Left(), left)
			if failed {
				require.Error(t, r.Err())
				require.Zero(t, r.Left())
			}
		}
	})
}

// refBits is the reference for Reader.Bits: bit by bit.
func refBits(data []byte, at int, n uint) (v uint64) {
	for i := range int(n) {
		v |= uint64(data[(at+i)/8]>>((at+i)%8)&1) << i
	}
	return v
}

// FuzzDecode decodes hostile bytes as a type with every kind of field. What is accepted has one form: it encodes to the bits it came from.
func FuzzDecode(f *testing.F) {
	full := everything{
		Flag: true, Place: vec2{1, 2}, Goal: Some(vec2{3, 4}), Note: Some("note"), Name: "name", Blob: []byte{1, 2}, Points: []vec2{{1, 2}},
		Words: []string{"a", "b"},
	}
	for _, v := range []everything{{}, full} {
		for _, m := range []Mode{Quantised, Exact} {
			f.Add(append([]byte{}, encode(f, mustCompile[everything](f, m), &v)...), byte(m))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, m byte) {
		c := mustCompile[everything](t, Mode(m%2))
		var r Reader
		r.Reset(data)
		var v everything
		if c.Decode(&r, unsafe.Pointer(&v)) != nil {
			return
		}
		used := len(data)*8 - r.Left()
		var w Writer
		require.NoError(t, c.Encode(&w, unsafe.Pointer(&v)))
		require.Equal(t, used, w.BitLen())
		again := w.Finish()
		for at := 0; at < used; at += 64 {
			n := uint(min(64, used-at))
			require.Equal(t, refBits(data, at, n), refBits(again, at, n), "from bit %d", at)
		}
	})
}

// FuzzDelta reads a base and then a hostile difference from it. What is accepted is in range and survives being written.
func FuzzDelta(f *testing.F) {
	c := mustCompile[everything](f, Quantised)
	base := quantised(c, everything{Place: vec2{10, 20}, Goal: Some(vec2{1, 1})})
	for _, v := range []everything{{Place: vec2{10, 20}, Goal: Some(vec2{1, 1})}, {Place: vec2{11, -20}, Big: 3}} {
		var from, diff Writer
		c.WriteLanes(&from, base)
		c.WriteDelta(&diff, base, quantised(c, v))
		f.Add(from.Finish(), diff.Finish())
	}
	f.Fuzz(func(t *testing.T, from, diff []byte) {
		var r Reader
		base, cur, again := make([]uint32, c.Lanes()), make([]uint32, c.Lanes()), make([]uint32, c.Lanes())
		r.Reset(from)
		if c.ReadLanes(&r, base) != nil {
			return
		}
		r.Reset(diff)
		if c.ReadDelta(&r, base, cur) != nil {
			return
		}
		var v everything
		c.Dequantise(unsafe.Pointer(&v), cur)
		c.Quantise(again, unsafe.Pointer(&v))
		require.Equal(t, cur, again, "lanes that a value can have")
		var w Writer
		c.WriteDelta(&w, base, cur)
		r.Reset(w.Finish())
		require.NoError(t, c.ReadDelta(&r, base, again))
		require.Equal(t, cur, again)
	})
}
