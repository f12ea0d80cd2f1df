package wire

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

type node struct {
	Children []node `net:"len=4"`
}

// with returns the type of a struct with one field, X of type T with the net tag.
func with[T any](tag string) reflect.Type {
	return reflect.StructOf([]reflect.StructField{{Name: "X", Type: reflect.TypeFor[T](), Tag: reflect.StructTag(`net:"` + tag + `"`)}})
}

// compileErrors are types without a codec and the text that must name the field and say what to write.
var compileErrors = []struct {
	t    reflect.Type
	want string
}{
	{with[map[int]int](""), `.X: map[int]int cannot travel; use a supported kind (see the package comment) or leave it out with net:"-"`},
	{with[chan int](""), `.X: chan int cannot travel`},
	{with[*int32](""), `.X: *int32 cannot travel`},
	{with[any](""), `.X: interface {} cannot travel`},
	{with[complex64](""), `.X: complex64 cannot travel`},
	{with[uintptr](""), `.X: uintptr cannot travel`},
	{with[func()](""), `.X: func() cannot travel`},
	{with[int](""), `.X: int has another size on other machines; give it min and max (or bits, or enum), or use int32 or int64`},
	{with[uint](""), `.X: uint has another size on other machines; give it min and max (or bits, or enum), or use uint32 or uint64`},
	{reflect.TypeFor[struct{ x int32 }](), `.x: is unexported: export it, or leave it out with net:"-"`},
	{with[float32]("mn=1"), `.X: unknown option "mn" in net tag; known are min, max, step, bits, enum, angle, quat, color, entity, len, -`},
	{with[float32]("min="), `.X: min is given without a value`},
	{with[float32]("angle=3"), `.X: angle takes no value`},
	{with[float32]("min=1,min=2"), `.X: min is given twice`},
	{with[float32]("-,min=2"), `.X: - leaves the field out, so nothing can stand beside it`},
	{with[float32]("min=0,max=1"), `.X: a float needs min, max and either step or bits, as in net:"min=-1,max=1,step=0.01"; without a tag it travels raw`},
	{with[float32]("bits=8"), `.X: a float needs min, max and either step or bits`},
	{with[float32]("min=0,max=1,step=0"), `.X: step=0 must be above 0`},
	{with[float32]("min=0,max=1,step=-1"), `.X: step=-1 must be above 0`},
	{with[float32]("min=1,max=1,step=0.1"), `.X: min 1 must be below max 1`},
	{with[float32]("min=NaN,max=1,step=0.1"), `.X: min=NaN is not a finite number`},
	{with[float64]("min=-1e308,max=1e308,step=1"), `.X: min -1e+308 must be below max 1e+308 by a finite number`},
	{with[float64]("min=0,max=1e-307,step=1e-309"), `.X: min 0 and max 1e-307 are too close or too far for float arithmetic; scale the value`},
	{with[float64]("min=0,max=1e307,step=1e300"), `.X: min 0 and max 1e+307 are too close or too far`},
	{with[float64]("min=0,max=1e12,step=0.01"), `.X: the range holds 100000000000000 steps, more than 32 bits; use a coarser step or a smaller range`},
	{with[float32]("min=-512,max=512,step=0.00001"), `.X: steps of 1e-05 are finer than the float can hold at 512 (6.1e-05); use a coarser step or float64`},
	{with[float32]("angle"), `.X: angle needs bits: net:"angle,bits=10" is a third of a degree`},
	{with[float32]("angle,bits=30"), `.X: steps of 5.85e-09 are finer than the float can hold at 3.14`},
	{with[float32]("angle,bits=0"), `.X: bits=0 must be a whole number from 1 to 32`},
	{with[float32]("angle,bits=9,max=3"), `.X: max means nothing for an angle`},
	{with[float32]("enum=3"), `.X: enum means nothing for a float`},
	{with[int8]("max=200"), `.X: max=200 is not a number of 8 bits`},
	{with[uint8]("min=-1"), `.X: min=-1 is not an unsigned number of 8 bits`},
	{with[int8]("min=5,max=5"), `.X: min 5 must be below max 5`},
	{with[int8]("min=0,max=5,step=1"), `.X: step means nothing for an integer`},
	{with[float32]("quat,bits=9"), `.X: quat stands on a rotation of four floats, such as [4]float32 or struct{ X, Y, Z, W float32 }, not on float32`},
	{with[[3]float32]("quat,bits=9"), `.X: quat stands on a rotation of four floats`},
	{with[[4]float32]("quat"), `.X: quat needs bits: net:"quat,bits=9" takes 29 bits and errs by 0.6 degrees at most`},
	{with[[4]float32]("quat,bits=1"), `.X: bits=1 is too coarse for a rotation; use at least 2`},
	{with[[4]float32]("quat,bits=21"), `.X: bits=21 must be a whole number from 1 to 20`},
	{with[[4]float32]("quat,bits=9,max=2"), `.X: max means nothing for a quaternion`},
	{with[uint32]("color"), `.X: color on an integer is one channel of 8 bits; use uint8 with net:"color" alone, or float32 with net:"color,bits=6"`},
	{with[float32]("color,max=1"), `.X: max means nothing for a color`},
	{with[float32]("color,bits=17"), `.X: bits=17 must be a whole number from 1 to 16`},
	{with[bool]("color"), `.X: color means nothing for a bool`},
	{with[uint32]("entity,max=3"), `.X: max means nothing for an entity`},
	{with[string]("entity"), `.X: entity stands on a reference of integers, 8 bytes at most, such as ecs.Entity, not on string`},
	{with[[]uint64]("len=3,entity"), `.X[]: an entity reference cannot stand in a slice, where nobody translates it; use an array, with the zero entity for none`},
	{with[uint8]("enum=257"), `.X: enum=257 must be the number of values, at least 1 and not more than the type holds`},
	{with[uint8]("enum=3,max=2"), `.X: enum is a range of its own; leave the other options out`},
	{with[uint8]("bits=3,max=2"), `.X: bits on an integer is a range of its own; leave the other options out`},
	{with[uint8]("bits=9"), `.X: bits=9 must be a whole number from 1 to 8`},
	{with[bool]("bits=1"), `.X: bits means nothing for a bool`},
	{with[string](""), `.X: needs a bound: net:"len=..."`},
	{with[[]int32](""), `.X: needs a bound: net:"len=..."`},
	{with[string]("len=70000"), `.X: len=70000 must be a whole number from 1 to 65535`},
	{with[string]("len=3,max=4"), `.X: max means nothing for a string`},
	{with[[]string]("len=3"), `.X[]: needs a bound: net:"len=..."`},
	{reflect.TypeFor[struct {
		X [2]struct {
			Y []struct{ Z any } `net:"len=3"`
		}
	}](), `.X[0].Y[].Z: interface {} cannot travel`},
	{with[[1025]bool](""), `.X: more than 1024 elements; use a slice with len`},
	{with[[513]int64](""), `.X[512]: more than 1024 numbers in one value; use a slice with len`},
	{with[[2][513]string]("len=3"), `.X[1][511]: more than 1024 strings and slices in one value; use a slice with len`},
	{reflect.TypeFor[node](), `wire.node.Children: wire.node contains itself; leave this field out with net:"-"`},
}

func TestCompileErrors(t *testing.T) {
	for _, c := range compileErrors {
		for _, m := range []Mode{Quantised, Exact} {
			_, err := Compile(c.t, m)
			var ce *CompileError
			require.ErrorAs(t, err, &ce, "%v", c.t)
			require.Equal(t, c.t, ce.Type)
			require.True(t, strings.HasPrefix(err.Error(), "wire: "+c.t.String()+"."), err.Error())
			require.Contains(t, err.Error(), c.want)
		}
	}
}

func TestSchemaIsCanonical(t *testing.T) {
	quantised := mustCompile[everything](t, Quantised)
	require.Equal(t, strings.TrimLeft(`
Flag bool
Small int -128..127
Ranged int -1000..1000
Width int 0..2047
Big int -9223372036854775808..9223372036854775807
Wide int 0..1000000000000
Plain int -5..5
Kind enum 5
Place.X float -512..512 in 102400 steps
Place.Y float -512..512 in 102400 steps
Unit float 0..1 in 1048575 steps
Heading angle 12 bits
Raw float32
Raw64 float64
Trail[3].X float -1..1 in 20 steps
Trail[3].Y float -1..1 in 20 steps
Goal optional
Goal.Value.X float 0..100 in 200 steps
Goal.Value.Y float 0..100 in 200 steps
Note optional
Note.Value string len 9
Name string len 16
Blob bytes len 300
Points list len 8
Points[].X float 0..10 in 40 steps
Points[].Y float 0..10 in 40 steps
Words list len 4
Words[] string len 7
`, "\n"), quantised.Schema())
	exact := mustCompile[everything](t, Exact)
	require.Contains(t, exact.Schema(), "Place.X float32\n")
	require.Contains(t, exact.Schema(), "Unit float64\n")
	require.Contains(t, exact.Schema(), "Ranged int -1000..1000\n", "integers travel alike in both modes")
}

func TestEqualWireFormsHaveEqualSchemas(t *testing.T) {
	type score int32
	type one struct {
		X float32 `net:"min=0,max=1,step=0.01"`
		N score   `net:"min=0,max=7"`
	}
	type two struct {
		X float64 `net:"bits=32,max=1.0,min=0"`
		N uint8   `net:"bits=3"`
	}
	type three struct {
		_ int32
		X float64 `net:"step=0.01, max=1.00, min=0.0"`
		n int     `net:"-"`
		N uint8   `net:"bits=3"`
	}
	a, b, c := mustCompile[one](t, Quantised), mustCompile[two](t, Quantised), mustCompile[three](t, Quantised)
	require.NotEqual(t, a.Schema(), b.Schema())
	require.Equal(t, a.Schema(), c.Schema())
	_ = three{}.n
}

func TestCodecsAreCached(t *testing.T) {
	require.Same(t, mustCompile[everything](t, Quantised), mustCompile[everything](t, Quantised))
	require.NotSame(t, mustCompile[everything](t, Quantised), mustCompile[everything](t, Exact))
}

func TestFieldsTellWhereAndHowFine(t *testing.T) {
	type body struct {
		Dead    bool    `net:"-"`
		Trail   [2]vec2 `net:"min=-1,max=1,step=0.5"`
		Heading float64 `net:"angle,bits=8"`
		Speed   float32
		Name    string `net:"len=3"`
	}
	f := mustCompile[body](t, Quantised).Fields()
	var b body
	typ := reflect.TypeOf(b)
	require.Len(t, f, 7)
	require.Equal(t, Field{"Trail[1].Y", reflect.TypeFor[float32](), typ.Field(1).Offset + 12, 3, 0.5, false, Plain}, f[3])
	require.Equal(t, "Heading", f[4].Path)
	require.True(t, f[4].Angle)
	require.InDelta(t, 0.02454, f[4].Step, 1e-5)
	require.Equal(t, Field{"Speed", reflect.TypeFor[float32](), typ.Field(3).Offset, 5, 0, false, Plain}, f[5])
	require.Equal(t, Field{"Name", reflect.TypeFor[string](), typ.Field(4).Offset, -1, 0, false, Plain}, f[6])
}
