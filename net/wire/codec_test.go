package wire

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

type kindOf uint8

type vec2 struct{ X, Y float32 }

// everything uses every kind of field a codec knows.
type everything struct {
	Flag    bool
	Small   int8
	Ranged  int32  `net:"min=-1000,max=1000"`
	Width   uint16 `net:"bits=11"`
	Big     int64
	Wide    uint64  `net:"max=1000000000000"`
	Plain   int     `net:"min=-5,max=5"`
	Kind    kindOf  `net:"enum=5"`
	Place   vec2    `net:"min=-512,max=512,step=0.01"`
	Unit    float64 `net:"min=0,max=1,bits=20"`
	Heading float32 `net:"angle,bits=12"`
	Raw     float32
	Raw64   float64
	Trail   [3]vec2          `net:"min=-1,max=1,step=0.1"`
	Goal    Optional[vec2]   `net:"min=0,max=100,step=0.5"`
	Note    Optional[string] `net:"len=9"`
	Name    string           `net:"len=16"`
	Blob    []byte           `net:"len=300"`
	Points  []vec2           `net:"len=8,min=0,max=10,step=0.25"`
	Words   []string         `net:"len=4,len=7"`
	Hidden  int              `net:"-"`
}

func mustCompile[T any](t testing.TB, m Mode) *Codec {
	t.Helper()
	c, err := Of[T](m)
	require.NoError(t, err)
	return c
}

func encode[T any](t testing.TB, c *Codec, v *T) []byte {
	t.Helper()
	var w Writer
	require.NoError(t, c.Encode(&w, unsafe.Pointer(v)))
	return w.Finish()
}

func decode[T any](t testing.TB, c *Codec, b []byte) T {
	t.Helper()
	var v T
	var r Reader
	r.Reset(b)
	require.NoError(t, c.Decode(&r, unsafe.Pointer(&v)))
	require.Less(t, r.Left(), 8, "the decoder left data behind")
	return v
}

func TestEverythingRoundTrips(t *testing.T) {
	in := everything{
		Flag: true, Small: -7, Ranged: 999, Width: 2047, Big: -1 << 60, Wide: 999_999_999_999, Plain: -5, Kind: 4,
		Place: vec2{-512, 12.34}, Unit: 1, Heading: -1, Raw: 1e-30, Raw64: -1e300, Trail: [3]vec2{{-1, 1}, {0, 0.5}, {0.2, -0.3}},
		Goal: Some(vec2{50, 99.5}), Note: Some("note"), Name: "Tandem", Blob: []byte{1, 2, 3}, Points: []vec2{{1, 2}, {3.25, 4.75}},
		Words: []string{"one", "", "seven!!"},
	}
	for _, m := range []Mode{Quantised, Exact} {
		c := mustCompile[everything](t, m)
		out := decode[everything](t, c, encode(t, c, &in))
		require.InDelta(t, in.Heading, out.Heading, 0.001)
		require.InDelta(t, in.Unit, out.Unit, 1e-6)
		if m == Quantised {
			out.Heading, out.Unit = in.Heading, in.Unit
		}
		require.Equal(t, in, out)
	}
	c := mustCompile[everything](t, Quantised)
	t.Log("\n" + c.Schema())
	require.Equal(t, everything{Place: vec2{0, 0}}, decode[everything](t, c, encode(t, c, &everything{})))
}
