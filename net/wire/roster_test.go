package wire

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func drawIDs(t *rapid.T, label string) []uint32 {
	ids := rapid.SliceOfN(rapid.OneOf(rapid.Uint32Range(0, 60), rapid.Uint32Range(0, 1<<20)), 0, 60).Draw(t, label)
	slices.Sort(ids)
	return slices.Compact(ids)
}

func TestRostersRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		expected, ids := drawIDs(t, "expected"), drawIDs(t, "ids")
		kept := slices.Clone(expected)
		possible := rapid.Uint64Range(1, 255).Draw(t, "possible")
		var types []uint64
		var e Encoder
		e.Reset(nil)
		var r Roster
		r.Reset(expected)
		for range ids {
			m := rapid.Uint64().Draw(t, "types") & possible
			if m == 0 {
				m = possible & -possible
			}
			types = append(types, m)
		}
		for i, id := range ids {
			r.Put(&e, id)
			e.Types(types[i], possible, types[i]^1)
		}
		r.End(&e)
		var d Decoder
		d.Reset(e.Finish())
		r.Reset(expected)
		for i, id := range ids {
			got, ok := r.Next(&d, 1<<21)
			require.True(t, ok)
			require.Equal(t, id, got)
			require.Equal(t, types[i], d.Types(possible, types[i]^1))
		}
		_, ok := r.Next(&d, 1<<21)
		require.False(t, ok)
		require.NoError(t, d.Done())
		require.Equal(t, kept, expected, "the list is not written into")
	})
}

func TestWhatWasExpectedCostsNextToNothing(t *testing.T) {
	var expected []uint32
	for i := range uint32(200) {
		expected = append(expected, i*7)
	}
	var e Encoder
	e.Reset(nil)
	var r Roster
	r.Reset(expected)
	for _, id := range expected {
		r.Put(&e, id)
	}
	r.End(&e)
	require.Less(t, len(e.Finish()), 8, "200 ids")
}

func TestRostersCheckIDs(t *testing.T) {
	var e Encoder
	e.Reset(nil)
	var r Roster
	r.Put(&e, 4)
	require.PanicsWithValue(t, "wire: Roster: ids must ascend; sort the records of a datagram by id", func() { r.Put(&e, 4) })
	r.Put(&e, 1<<32-1)
	r.End(&e)
	data := e.Finish()
	var d Decoder
	for _, c := range []struct{ limit, ids uint32 }{{4, 0}, {5, 1}, {1<<32 - 1, 1}} {
		d.Reset(data)
		r.Reset(nil)
		n := uint32(0)
		for {
			if _, ok := r.Next(&d, c.limit); !ok {
				break
			}
			n++
		}
		require.Equal(t, c.ids, n)
		require.ErrorIs(t, d.Err(), ErrRange)
	}
}
