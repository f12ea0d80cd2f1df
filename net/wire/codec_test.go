package wire

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
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
	Hidden  int32            `net:"-"`
}

// drawEverything makes a value, one field in a few out of its range.
func drawEverything(t *rapid.T) everything {
	unruly := rapid.OneOf(rapid.Float64Range(-600, 600), rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1)}))
	f := rapid.Map(unruly, func(v float64) float32 { return float32(v) })
	point := rapid.Custom(func(t *rapid.T) vec2 { return vec2{f.Draw(t, "x"), f.Draw(t, "y")} })
	text := func(n int) *rapid.Generator[string] {
		return rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, n), func(b []byte) string { return string(b) })
	}
	v := everything{
		rapid.Bool().Draw(t, "Flag"), rapid.Int8().Draw(t, "Small"), rapid.Int32Range(-1100, 1100).Draw(t, "Ranged"),
		rapid.Uint16().Draw(t, "Width"), rapid.Int64().Draw(t, "Big"), rapid.Uint64Range(0, 2e12).Draw(t, "Wide"),
		rapid.IntRange(-7, 7).Draw(t, "Plain"), kindOf(rapid.Uint8Range(0, 6).Draw(t, "Kind")), point.Draw(t, "Place"),
		unruly.Draw(t, "Unit"), f.Draw(t, "Heading"), f.Draw(t, "Raw"), unruly.Draw(t, "Raw64"),
		[3]vec2{point.Draw(t, "Trail0"), point.Draw(t, "Trail1"), point.Draw(t, "Trail2")},
		Optional[vec2]{},
		Optional[string]{},
		text(16).Draw(t, "Name"), rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "Blob"),
		rapid.SliceOfN(point, 0, 8).Draw(t, "Points"), rapid.SliceOfN(text(7), 0, 4).Draw(t, "Words"), 0,
	}
	if rapid.Bool().Draw(t, "goal") {
		v.Goal = Some(point.Draw(t, "Goal"))
	}
	if rapid.Bool().Draw(t, "note") {
		v.Note = Some(text(9).Draw(t, "Note"))
	}
	return v
}

func mustCompile[T any](t require.TestingT, m Mode) *Codec {
	c, err := Of[T](m)
	require.NoError(t, err)
	return c
}

func encode[T any](t require.TestingT, c *Codec, v *T) []byte {
	var w Writer
	require.NoError(t, c.Encode(&w, unsafe.Pointer(v)))
	return w.Finish()
}

func decode[T any](t require.TestingT, c *Codec, b []byte) (v T) {
	var r Reader
	r.Reset(b)
	require.NoError(t, c.Decode(&r, unsafe.Pointer(&v)))
	require.Less(t, r.Left(), 8, "the decoder left data behind")
	return v
}

func TestEncodeEqualsReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawEverything(t)
		// The reference rounds in another order and has no bound for angles; a value within a hair of two lanes may fall to either side.
		in.Heading = float32(math.Mod(float64(in.Heading), 1000))
		if math.IsNaN(float64(in.Heading)) {
			in.Heading = 0
		}
		for _, m := range []Mode{Quantised, Exact} {
			require.Equal(t, refEncode(reflect.ValueOf(in), m), encode(t, mustCompile[everything](t, m), &in), "mode %d", m)
		}
	})
}

func TestCodecRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawEverything(t)
		c := mustCompile[everything](t, Quantised)
		data := encode(t, c, &in)
		once := decode[everything](t, c, data)
		require.Equal(t, data, encode(t, c, &once), "what was decoded encodes to the same bits")

		clamp := func(v, low, high float64) float64 {
			if math.IsNaN(v) {
				return low
			}
			return min(max(v, low), high)
		}
		require.InDelta(t, clamp(float64(in.Place.X), -512, 512), once.Place.X, 0.005+4e-5)
		require.InDelta(t, clamp(in.Unit, 0, 1), once.Unit, 0.5/(1<<20-1)+1e-12)
		require.InDelta(t, clamp(float64(in.Trail[2].Y), -1, 1), once.Trail[2].Y, 0.05+1e-6)
		require.Equal(t, in.Goal.Set, once.Goal.Set)
		require.Equal(t, in.Name, once.Name)
		require.Equal(t, in.Note, once.Note)
		require.True(t, bytes.Equal(in.Blob, once.Blob))
		require.Len(t, once.Points, len(in.Points))
		require.Equal(t, math.Float32bits(in.Raw), math.Float32bits(once.Raw))
		require.Equal(t, math.Float64bits(in.Raw64), math.Float64bits(once.Raw64))
	})
}

// floats has only what Exact must keep to the bit.
type floats struct {
	A float32 `net:"min=-1,max=1,step=0.1"`
	B float64 `net:"angle,bits=3"`
	C float32
	D Optional[[2]float64] `net:"min=0,max=1,bits=2"`
}

func TestExactIsBitExact(t *testing.T) {
	c := mustCompile[floats](t, Exact)
	rapid.Check(t, func(t *rapid.T) {
		f32 := func(name string) float32 { return math.Float32frombits(rapid.Uint32().Draw(t, name)) }
		f64 := func(name string) float64 { return math.Float64frombits(rapid.Uint64().Draw(t, name)) }
		in := floats{f32("A"), f64("B"), f32("C"), Some([2]float64{f64("D0"), f64("D1")})}
		out := decode[floats](t, c, encode(t, c, &in))
		require.Equal(t, memory(&in), memory(&out))
	})
}

// memory returns the bytes of v.
func memory[T any](v *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v))
}

func TestAbsentOptionalZeroesItsValue(t *testing.T) {
	type inner struct {
		A int8
		B float32 `net:"min=5,max=9,step=1"`
		C Optional[uint16]
		D string  `net:"len=4"`
		E []int64 `net:"len=4"`
		F float64
		G []byte `net:"len=4"`
		H int32  `net:"-"`
	}
	type outer struct{ V Optional[inner] }
	c := mustCompile[outer](t, Quantised)
	data := encode(t, c, &outer{Optional[inner]{Value: inner{A: 9, D: "too long for its bound"}}})
	require.Len(t, data, 1, "an absent value costs one bit, whatever is in it")

	v := outer{Some(inner{1, 6, Some(uint16(7)), "abc", []int64{1}, 2, []byte{3}, 4})}
	var r Reader
	r.Reset(data)
	require.NoError(t, c.Decode(&r, unsafe.Pointer(&v)))
	require.Equal(t, outer{Optional[inner]{Value: inner{H: 4}}}, v, "a field left out stays")
}

func TestDecodeDoesNotWriteIntoSharedMemory(t *testing.T) {
	c := mustCompile[everything](t, Quantised)
	data := encode(t, c, &everything{Blob: []byte{9, 9}, Points: []vec2{{9, 9}}, Words: []string{"nine"}, Name: "nine"})
	old := everything{Blob: []byte{1, 2}, Points: []vec2{{1, 2}}, Words: []string{"one"}, Name: "one"}
	v := old // shares the slices, as a copy of a component does
	var r Reader
	r.Reset(data)
	require.NoError(t, c.Decode(&r, unsafe.Pointer(&v)))
	require.Equal(t, []byte{1, 2}, old.Blob)
	require.Equal(t, []vec2{{1, 2}}, old.Points)
	require.Equal(t, []string{"one"}, old.Words)
	clear(data)
	require.Equal(t, "nine", v.Name, "nothing points into the packet")
	require.Equal(t, []byte{9, 9}, v.Blob)
}

func TestTooLongIsAnErrorAndWritesNothing(t *testing.T) {
	c := mustCompile[everything](t, Quantised)
	for want, v := range map[string]everything{
		"wire.everything.Name: 17, at most 16: wire: longer than its bound":      {Name: strings.Repeat("x", 17)},
		"wire.everything.Blob: 301, at most 300: wire: longer than its bound":    {Blob: make([]byte, 301)},
		"wire.everything.Points: 9, at most 8: wire: longer than its bound":      {Points: make([]vec2, 9)},
		"wire.everything.Words[]: 8, at most 7: wire: longer than its bound":     {Words: []string{"fits", "does not"}},
		"wire.everything.Note.Value: 10, at most 9: wire: longer than its bound": {Note: Some("ten bytes!")},
	} {
		var w Writer
		w.Bits(5, 3)
		err := c.Encode(&w, unsafe.Pointer(&v))
		require.ErrorIs(t, err, ErrLength)
		require.EqualError(t, err, want)
		require.Equal(t, 3, w.BitLen())
		require.Equal(t, []byte{5}, w.Finish())
	}
}

// What hostile bytes claim must not take memory that they cannot fill.
func TestHostileLengthsTakeNoMemory(t *testing.T) {
	type big struct {
		V [][4096]byte `net:"len=65535"`
	}
	_, err := Of[big](Quantised)
	require.Error(t, err, "an element has more lanes than a codec may")
	type list struct {
		V []uint64 `net:"len=65535"`
	}
	c := mustCompile[list](t, Quantised)
	var v list
	claim := []byte{0xff, 0xff, 1, 2, 3, 4, 5}
	allocs := testing.AllocsPerRun(100, func() {
		var r Reader
		r.Reset(claim)
		if err := c.Decode(&r, unsafe.Pointer(&v)); !errors.Is(err, ErrShort) {
			t.Fatal(err)
		}
	})
	require.Zero(t, allocs)
}

func TestOutOfRangeIsRefused(t *testing.T) {
	for _, c := range []struct {
		codec *Codec
		data  []byte
		want  error
	}{
		{mustCompile[struct {
			X uint8 `net:"enum=5"`
		}](t, Quantised), []byte{5}, ErrRange},
		{mustCompile[struct {
			X float32 `net:"min=0,max=1,step=0.1"`
		}](t, Quantised), []byte{11}, ErrRange},
		{mustCompile[struct {
			X uint64 `net:"max=0x1_0000_0001"`
		}](t, Quantised), []byte{2, 0, 0, 0, 1}, ErrRange},
		{mustCompile[struct {
			X uint64 `net:"max=0x1_0000_0001"`
		}](t, Quantised), []byte{1, 0, 0, 0, 1}, nil},
		{mustCompile[struct {
			X string `net:"len=5"`
		}](t, Quantised), []byte{6}, ErrLength},
		{mustCompile[struct{ X int32 }](t, Quantised), []byte{1, 2, 3}, ErrShort},
	} {
		var r Reader
		r.Reset(c.data)
		v := reflect.New(c.codec.Type())
		require.ErrorIs(t, c.codec.Decode(&r, v.UnsafePointer()), c.want)
	}
}

func TestRootNeedNotBeAStruct(t *testing.T) {
	type score uint32
	c := mustCompile[score](t, Quantised)
	require.Equal(t, "int 0..4294967295\n", c.Schema())
	v := score(77)
	require.Equal(t, v, decode[score](t, c, encode(t, c, &v)))
}

func TestTagComponentTakesNoBits(t *testing.T) {
	c := mustCompile[struct{}](t, Quantised)
	require.Zero(t, c.Lanes())
	require.True(t, c.Fixed())
	require.Empty(t, c.Schema())
	require.Empty(t, encode(t, c, &struct{}{}))
}

// component is what a game replicates much: fixed size, a few numbers.
type component struct {
	Place   vec2    `net:"min=-512,max=512,step=0.01"`
	Speed   vec2    `net:"min=-64,max=64,step=0.01"`
	Heading float32 `net:"angle,bits=10"`
	Health  uint8   `net:"max=100"`
	Firing  bool
	Target  Optional[uint32]
}

func TestFixedComponentsAllocateNothing(t *testing.T) {
	zeroAllocs[component](t, component{Place: vec2{1, 2}, Target: Some(uint32(3))})
	zeroAllocs[[100]component](t, [100]component{7: {Health: 9}})
}

func zeroAllocs[T any](t *testing.T, v T) {
	for _, m := range []Mode{Quantised, Exact} {
		c := mustCompile[T](t, m)
		base, cur := make([]uint32, c.Lanes()), make([]uint32, c.Lanes())
		var w Writer
		var r Reader
		var out T
		buf := make([]byte, 16<<10)
		require.Zero(t, testing.AllocsPerRun(100, func() {
			w.Reset(buf)
			err := c.Encode(&w, unsafe.Pointer(&v))
			c.Quantise(cur, unsafe.Pointer(&v))
			c.WriteDelta(&w, base, cur)
			r.Reset(w.Finish())
			if err != nil || c.Decode(&r, unsafe.Pointer(&out)) != nil || c.ReadDelta(&r, base, cur) != nil {
				t.Fatal(err, r.Err())
			}
			c.Dequantise(unsafe.Pointer(&out), cur)
		}))
	}
}

func TestUnchangedTextAllocatesNothing(t *testing.T) {
	c := mustCompile[everything](t, Quantised)
	v := everything{Name: "Tandem", Blob: []byte{1, 2, 3}}
	data := encode(t, c, &v)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		var r Reader
		r.Reset(data)
		if err := c.Decode(&r, unsafe.Pointer(&v)); err != nil {
			t.Fatal(err)
		}
	}))
}
