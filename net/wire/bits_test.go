package wire

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// bitList is the reference for Writer: one bool a bit, no buffer to manage.
type bitList []bool

func (l *bitList) add(v uint64, n uint) {
	for i := range n {
		*l = append(*l, v>>i&1 == 1)
	}
}

// bytes packs the list, the first bit in the lowest bit of the first byte.
func (l bitList) bytes() []byte {
	out := make([]byte, (len(l)+7)/8)
	for i, set := range l {
		if set {
			out[i/8] |= 1 << (i % 8)
		}
	}
	return out
}

// TestWriterEqualsReference writes random things, takes some back, and compares with the list of bits; then it reads them back.
func TestWriterEqualsReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type written struct {
			v uint64
			n uint
		}
		var w Writer
		var ref bitList
		var all []written
		add := func(v uint64, n uint) {
			ref.add(v, n)
			all = append(all, written{v & (1<<n - 1), n})
		}
		t.Repeat(map[string]func(*rapid.T){
			"bits": func(t *rapid.T) {
				v, n := rapid.Uint64().Draw(t, "v"), rapid.UintRange(0, 64).Draw(t, "n")
				w.Bits(v, n)
				add(v, n)
			},
			"bytes": func(t *rapid.T) {
				p := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "p")
				if rapid.Bool().Draw(t, "as text") {
					w.text(string(p))
				} else {
					w.Bytes(p)
				}
				for _, b := range p {
					add(uint64(b), 8)
				}
			},
			"align": func(*rapid.T) {
				w.Align()
				add(0, uint(-len(ref)&7))
			},
			"rewind": func(t *rapid.T) {
				m := w.Mark()
				for range rapid.IntRange(1, 5).Draw(t, "writes") {
					w.Bits(rapid.Uint64().Draw(t, "v"), rapid.UintRange(0, 64).Draw(t, "n"))
				}
				w.Rewind(m)
			},
			"": func(t *rapid.T) {
				require.Equal(t, len(ref), w.BitLen())
			},
		})
		data := w.Finish()
		require.Equal(t, ref.bytes(), append([]byte{}, data...))

		var r Reader
		r.Reset(data)
		for _, x := range all {
			require.Equal(t, x.v, r.Bits(x.n))
		}
		require.NoError(t, r.Err())
		require.Less(t, r.Left(), 8)
	})
}

func TestWriterGoesOnAfterFinish(t *testing.T) {
	var w Writer
	w.Bits(5, 3)
	require.Equal(t, []byte{5}, w.Finish())
	w.Bits(0xabc, 12)
	require.Equal(t, []byte{5, 0xbc, 0x0a}, w.Finish())
}

func TestWriterContinuesInItsBuffer(t *testing.T) {
	buf := make([]byte, 100)
	var w Writer
	w.Reset(buf)
	for range 12 {
		w.Bits(1<<63, 64)
	}
	require.Same(t, &buf[0], &w.Finish()[0])
}

func TestReaderBytesAtAnyBit(t *testing.T) {
	want := []byte("seventeen bytes!!")
	for shift := range uint(8) {
		var w Writer
		w.Bits(0, shift)
		w.Bytes(want)
		var r Reader
		r.Reset(w.Finish())
		r.Bits(shift)
		got := make([]byte, len(want))
		r.Bytes(got)
		require.NoError(t, r.Err())
		require.Equal(t, want, got, "from bit %d", shift)
	}
}

func TestReaderKeepsItsFirstError(t *testing.T) {
	var r Reader
	r.Reset([]byte{0xff, 0xff})
	require.EqualValues(t, 0x1ff, r.Bits(9))
	require.Zero(t, r.Bits(8), "only 7 bits are left")
	require.ErrorIs(t, r.Err(), ErrShort)
	require.Zero(t, r.Bits(1), "after an error everything is zero")
	require.Zero(t, r.Left())
	r.Fail(ErrRange)
	require.ErrorIs(t, r.Err(), ErrShort)
	dst := []byte{1, 2}
	r.Bytes(dst)
	require.Equal(t, []byte{0, 0}, dst)
	require.Zero(t, r.Uvarint())
	require.Empty(t, r.String(10))
	r.Reset([]byte{7})
	require.EqualValues(t, 7, r.Uvarint())
	require.NoError(t, r.Err())
}

func TestReaderAlign(t *testing.T) {
	var r Reader
	r.Reset([]byte{0xff, 0x0a})
	r.Align()
	require.Equal(t, 16, r.Left())
	r.Bits(1)
	r.Align()
	r.Align()
	require.EqualValues(t, 0x0a, r.Bits(8))
}

func TestTooManyBitsAtOncePanic(t *testing.T) {
	var w Writer
	require.PanicsWithValue(t, "wire: Writer.Bits takes at most 64 bits", func() { w.Bits(0, 65) })
	var r Reader
	r.Reset(make([]byte, 100))
	require.PanicsWithValue(t, "wire: Reader.Bits takes at most 64 bits", func() { r.Bits(65) })
}

func TestVarintsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u, i := rapid.Uint64().Draw(t, "u"), rapid.Int64().Draw(t, "i")
		var w Writer
		w.Uvarint(u)
		require.Equal(t, binary.AppendUvarint(nil, u), append([]byte{}, w.Finish()...), "encoding/binary is the reference")
		w.Bits(1, 1)
		w.Varint(i)
		var r Reader
		r.Reset(w.Finish())
		require.Equal(t, u, r.Uvarint())
		r.Bits(1)
		require.Equal(t, i, r.Varint())
		require.NoError(t, r.Err())
	})
}

func TestVarintsHaveOneForm(t *testing.T) {
	for _, c := range []struct {
		data []byte
		want error
	}{
		{[]byte{0x80, 0x00}, ErrVarint},
		{[]byte{0x81, 0x80, 0x00}, ErrVarint},
		{[]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02}, ErrVarint},
		{[]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x81}, ErrVarint},
		{[]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, nil},
		{[]byte{0x80}, ErrShort},
		{nil, ErrShort},
		{[]byte{0}, nil},
	} {
		var r Reader
		r.Reset(c.data)
		r.Uvarint()
		require.ErrorIs(t, r.Err(), c.want, "% x", c.data)
	}
}

func TestStringBound(t *testing.T) {
	var w Writer
	w.String("tandem")
	data := w.Finish()
	var r Reader
	r.Reset(data)
	require.Equal(t, "tandem", r.String(6))
	r.Reset(data)
	require.Empty(t, r.String(5))
	require.ErrorIs(t, r.Err(), ErrLength)
	r.Reset(data[:4])
	require.Empty(t, r.String(6))
	require.ErrorIs(t, r.Err(), ErrShort)
}
