package wire

import (
	"encoding/hex"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"unsafe"
)

// The types of the streams in net/testdata/vectors/updates.json.
type (
	vectorPoint struct {
		At [3]float32 `net:"min=-512,max=512,step=0.01"`
	}
	vectorAngles struct {
		Turns [2]float32 `net:"angle,bits=12"`
	}
	vectorFloats struct{ X, Y float32 }
	vectorNames  struct {
		Alive  bool
		Weapon uint8 `net:"enum=5"`
		Score  int64
		Far    uint64 `net:"max=1000000000000"`
		Exact  float64
		Target uint64 `net:"entity"`
	}
	vectorRotation struct {
		Turn [4]float32 `net:"quat,bits=9"`
	}
	vectorOptional struct {
		Aim   Optional[vectorAim]
		After uint8
	}
	vectorAim struct {
		At   [2]uint8
		Lock Optional[int8]
		Rest int16
	}
	vectorFlags struct{ On [64]bool }
	vectorWide  struct {
		Kind uint8 `net:"enum=8"`
		Much uint8
	}
	vectorNarrow struct {
		Kind uint8 `net:"enum=5"`
		Much uint8 `net:"max=200"`
	}
	vectorText struct {
		Count uint8
		Text  string `net:"len=16"`
	}
	vectorBody struct {
		Place   [3]float32 `net:"min=-512,max=512,step=0.01"`
		Turn    [4]float32 `net:"quat,bits=9"`
		Heading float32    `net:"angle,bits=10"`
		Speed   [2]float32
		Awake   bool
		Kind    uint8 `net:"enum=3"`
		None    uint8 `net:"enum=1"`
		Health  uint8 `net:"max=100"`
		Charge  uint8 `net:"max=100"`
		Stamp   uint64
		Aim     Optional[vectorAim]
		Tint    [5]uint8
	}
)

var vectorTypes = map[string]reflect.Type{
	"point":    reflect.TypeFor[vectorPoint](),
	"angles":   reflect.TypeFor[vectorAngles](),
	"floats":   reflect.TypeFor[vectorFloats](),
	"names":    reflect.TypeFor[vectorNames](),
	"rotation": reflect.TypeFor[vectorRotation](),
	"optional": reflect.TypeFor[vectorOptional](),
	"flags":    reflect.TypeFor[vectorFlags](),
	"wide":     reflect.TypeFor[vectorWide](),
	"narrow":   reflect.TypeFor[vectorNarrow](),
	"text":     reflect.TypeFor[vectorText](),
	"body":     reflect.TypeFor[vectorBody](),
}

// bodyAt is the body of entity i at a tick, as lanes: it flies, bounces, spins, rests and jumps.
func bodyAt(t *testing.T, i, tick int) []uint32 {
	s, u := float64(tick)*0.07+float64(i), float32(tick)
	axis := [3]float64{0.6, 0, 0.8}
	half := 0.4 * s * (1 + 0.2*math.Round(4*math.Sin(s)))
	b := vectorBody{
		Place:   [3]float32{float32(math.Round(400 * math.Sin(s))), 3*u - 60, float32(tick % 9 * tick % 40)},
		Turn:    [4]float32{float32(axis[0] * math.Sin(half)), float32(axis[1]), float32(axis[2] * math.Sin(half)), float32(math.Cos(half))},
		Heading: 0.3 * u, Speed: [2]float32{u / 8, -1 / (1 + u)},
		Awake: tick%7 != 3, Kind: uint8(tick / 5 % 3), Health: uint8(100 - tick%50), Charge: uint8(2 * tick % 100),
		Stamp: uint64(tick/4) << 30, Tint: [5]uint8{1, 2, 3, uint8(tick), uint8(tick / 3)},
	}
	if tick%11 > 2 {
		b.Aim = Some(vectorAim{At: [2]uint8{uint8(5 * tick), uint8(tick)}, Rest: int16(-40 * tick)})
	}
	if tick%5 > 1 {
		b.Aim.Value.Lock = Some(int8(tick))
	}
	if i == 2 && tick > 20 {
		return bodyAt(t, 0, 20) // at rest
	}
	c := vectorCodec(t, "body")
	lanes := make([]uint32, c.Lanes())
	c.Quantise(lanes, unsafe.Pointer(&b))
	return lanes
}

// bodyUpdate is the update of a body; spans as many as are known.
func bodyUpdate(t *testing.T, i, tick int, spans ...int) streamStep {
	s := streamStep{Op: "update", Codec: "body", Lanes: bodyAt(t, i, tick)}
	past := []struct {
		lanes *[]uint32
		span  *uint32
	}{{&s.Base, &s.Age}, {&s.Older, &s.Gap}, {&s.Oldest, &s.OldestGap}}
	for k, span := range spans {
		tick -= span
		*past[k].lanes, *past[k].span = bodyAt(t, i, tick), uint32(span)
	}
	if len(spans) == 0 {
		s.Base, s.Age = make([]uint32, len(s.Lanes)), 1
	}
	return s
}

// line is an update of a small codec.
func line(codec string, age, gap, gap2 uint32, lanes ...[]uint32) streamStep {
	s := streamStep{Op: "update", Codec: codec, Lanes: lanes[0], Base: lanes[1], Age: age}
	if len(lanes) > 2 {
		s.Older, s.Gap = lanes[2], gap
	}
	if len(lanes) > 3 {
		s.Oldest, s.OldestGap = lanes[3], gap2
	}
	return s
}

type l = []uint32

// lineVectors are short streams of each kind of lane.
func lineVectors() []streamVector {
	return []streamVector{
		{Name: "nothing", Steps: []streamStep{}},
		{Name: "raw bits, numbers and bytes", Steps: []streamStep{
			{Op: "bits", Width: 1, Value: 1},
			{Op: "bits", Width: 0},
			{Op: "bits", Width: 16, Value: 0xbeef},
			{Op: "bits", Width: 17, Value: 0x1beef},
			{Op: "bits", Width: 53, Value: 0x1f234567890abc},
			{Op: "uvarint", Value: 127},
			{Op: "uvarint", Value: 300},
			{Op: "bytes", Bytes: "00ff10"},
		}},
		{Name: "numbers: same, as guessed, near, far, without and with motion", Steps: []streamStep{
			line("point", 1, 0, 0, l{5, 6, 7}, l{5, 6, 7}),
			line("point", 1, 0, 0, l{5, 9, 70000}, l{5, 6, 7}),
			line("point", 3, 3, 0, l{120, 200, 300}, l{110, 200, 300}, l{100, 200, 300}),
			line("point", 2, 3, 4, l{50, 51, 1000}, l{40, 60, 900}, l{30, 75, 850}, l{20, 100, 860}),
			line("point", 9, 1, 0, l{50, 51, 1000}, l{40, 60, 900}, l{30, 75, 850}),
			line("point", 8, 1, 9, l{0, 102400, 3}, l{4, 102000, 2}, l{6, 101000, 1}, l{6, 3, 1}),
			line("point", 5, 17, 2, l{60, 70, 80}, l{50, 60, 70}, l{20, 30, 40}, l{100, 5, 900}),
			{Op: "entity"},
			line("point", 2, 2, 2, l{5, 6, 7}, l{5, 6, 7}, l{5, 6, 7}, l{5, 6, 7}),
			line("point", 2, 2, 2, l{6, 6, 6}, l{5, 6, 7}, l{4, 6, 7}, l{3, 6, 8}),
		}},
		{Name: "angles across the turn", Steps: []streamStep{
			line("angles", 2, 2, 0, l{10, 4090}, l{4090, 5}, l{4070, 16}),
			line("angles", 3, 2, 2, l{2100, 2000}, l{20, 2040}, l{4000, 2080}, l{3900, 2100}),
			line("angles", 1, 0, 0, l{2048, 0}, l{0, 2048}),
		}},
		{Name: "floats across zero", Steps: []streamStep{
			line("floats", 1, 0, 0, l{0x3f800000, 0xbf800000}, l{0, 0x80000000}),
			line("floats", 2, 2, 2, l{0x3f800010, 0xbf800020}, l{0x3f800008, 0xbf800010}, l{0x3f800000, 0xbf800001}, l{0x3f7ffff0, 0x3f000000}),
			line("floats", 1, 1, 0, l{0x7fc00000, 0xff800000}, l{0x7f7fffff, 0xff7fffff}, l{0xff7fffff, 0x7f7fffff}),
		}},
		nameVector(), optionalVector(), rotationVector(), rosterVector(),
	}
}

func nameVector() streamVector {
	a, b := l{1, 2, 7, 0, 9, 0, 0, 0x3ff00000, 0}, l{0, 4, 7, 1, 0x4a511000, 0xd4, 1, 0x3ff00000, 0}
	zero := make(l, 9)
	return streamVector{Name: "flags, enums, 64-bit numbers and references", Steps: []streamStep{
		line("names", 1, 0, 0, a, zero),
		line("names", 1, 0, 0, a, a),
		line("names", 2, 2, 0, b, a, a),
		line("names", 2, 2, 0, a, b, a),
		line("names", 2, 2, 0, l{1, 3, 8, 8, 0, 0, 2, 2, 0}, b, a),
	}}
}

func optionalVector() streamVector {
	none, after := make(l, 7), l{0, 0, 0, 0, 0, 0, 9}
	half, full := l{1, 10, 20, 0, 0, 500, 7}, l{1, 12, 23, 1, 200, 520, 8}
	return streamVector{Name: "optionals that come and go, one within another", Steps: []streamStep{
		line("optional", 1, 0, 0, half, none),
		line("optional", 1, 0, 0, none, full),
		line("optional", 2, 2, 2, full, half, none, full),
		line("optional", 2, 2, 2, l{1, 14, 26, 1, 203, 545, 9}, full, half, full),
		line("optional", 2, 2, 2, l{1, 14, 26, 1, 203, 545, 9}, full, full, half),
		line("optional", 2, 2, 2, l{1, 14, 26, 0, 0, 545, 9}, full, full, full),
		line("optional", 2, 2, 2, half, after, full, half),
	}}
}

func rotationVector() streamVector {
	a, b, c := l{3, 255, 256, 255}, l{3, 270, 250, 251}, l{3, 290, 242, 249}
	return streamVector{Name: "rotations", Steps: []streamStep{
		line("rotation", 1, 0, 0, a, a),
		line("rotation", 1, 0, 0, l{0, 1, 2, 3}, a),
		line("rotation", 2, 2, 0, c, b, a),
		line("rotation", 3, 2, 0, c, b, a),
		line("rotation", 2, 3, 2, l{3, 300, 230, 247}, c, b, a),
		line("rotation", 2, 2, 2, l{1, 500, 200, 300}, l{0, 500, 210, 300}, l{0, 480, 220, 290}, l{2, 500, 240, 250}),
		line("rotation", 5, 4, 3, l{2, 500, 501, 502}, l{1, 511, 511, 511}, l{0, 0, 0, 0}, l{0, 500, 240, 250}),
		line("rotation", 2, 2, 2, c, c, c, c),
	}}
}

func rosterVector() streamVector {
	steps := []streamStep{{Op: "roster", Expected: l{4, 5, 6, 9, 4000, 4001, 65535}}}
	for _, id := range []uint32{0, 1, 4, 6, 7, 8, 9, 300, 3999, 65534, 65535} {
		steps = append(steps, streamStep{Op: "id", ID: id})
	}
	steps = append(steps, streamStep{Op: "end"}, streamStep{Op: "roster"}, streamStep{Op: "id", ID: 200}, streamStep{Op: "end"})
	return streamVector{Name: "slots, expected and not", Steps: steps}
}

// piecesVector is recordsVector as it goes in pieces, with one record more.
func piecesVector(t *testing.T) streamVector {
	v := recordsVector(t)
	v.Name, v.Pieces = "records in pieces", true
	steps := []streamStep{v.Steps[0]}
	for k := 1; k < len(v.Steps); k++ {
		s := v.Steps[k]
		if s.Op == "id" {
			k++
			id := s.ID
			s = v.Steps[k]
			s.Op, s.ID = "record", id
			if id == 200 {
				s.Likely = 4
				steps = append(steps, streamStep{Op: "record", ID: 8, Possible: 4, Likely: 4, Present: 4}, line("point", 1, 0, 0, l{1, 2, 3}, l{1, 2, 3}))
			}
		}
		steps = append(steps, s)
	}
	v.Steps = steps
	return v
}

// recordsVector is the stream of a whole records message: a roster that expects five slots, types, updates, a tail.
func recordsVector(t *testing.T) streamVector {
	text := streamStep{Op: "update", Codec: "text", Lanes: l{4}, Base: l{3}, Age: 3}
	var w Writer
	if err := vectorCodec(t, "text").WriteTail(&w, unsafe.Pointer(&vectorText{Text: "hej"})); err != nil {
		t.Fatal(err)
	}
	tail := w.Finish()
	return streamVector{Name: "records: types 0 body, 1 text, 2 point", Steps: []streamStep{
		{Op: "uvarint", Value: 2},
		{Op: "roster", Expected: l{2, 3, 5, 8, 200}},
		{Op: "id", ID: 2},
		{Op: "types", Possible: 7, Likely: 1, Present: 1},
		bodyUpdate(t, 0, 60, 3, 3, 3),
		{Op: "id", ID: 5},
		{Op: "types", Possible: 7, Likely: 5, Present: 6},
		text,
		{Op: "uvarint", Value: uint64(len(tail))},
		{Op: "bytes", Bytes: hex.EncodeToString(tail)},
		line("point", 3, 3, 0, l{120, 200, 300}, l{110, 200, 300}, l{100, 200, 300}),
		{Op: "id", ID: 7},
		{Op: "types", Possible: 1, Present: 1},
		bodyUpdate(t, 1, 60),
		{Op: "id", ID: 200},
		{Op: "types", Possible: 5, Likely: 4, Present: 4},
		line("point", 1, 0, 0, l{1, 2, 3}, l{0, 0, 0}),
		{Op: "id", ID: 60000},
		{Op: "types", Possible: 5, Likely: 4, Present: 5},
		bodyUpdate(t, 2, 40, 3, 3, 3),
		line("point", 1, 0, 0, l{1, 2, 3}, l{1, 2, 3}),
		{Op: "end"},
	}}
}

// walkVector is a long stream, in which the models learn.
func walkVector(t *testing.T) streamVector {
	v := streamVector{Name: "three bodies for a while, against pasts of all depths"}
	rng := rand.New(rand.NewPCG(15, 1))
	for tick := 40; tick < 76; tick += 3 {
		for i := range 3 {
			spans := []int{1 + rng.IntN(4), 1 + rng.IntN(4), 1 + rng.IntN(4)}
			if rng.IntN(4) == 0 {
				spans = []int{6, 2, 6}
			}
			v.Steps = append(v.Steps, streamStep{Op: "entity"}, bodyUpdate(t, i, tick, spans[:rng.IntN(5)%4]...))
		}
	}
	return v
}

// manyVector has so many uses of one model that its counts are halved.
func manyVector() streamVector {
	off, on := make(l, 64), make(l, 64)
	on[0], on[33] = 1, 1
	still := line("flags", 1, 1, 0, off, off, off)
	still.Repeat = 280
	return streamVector{Name: "20,000 flags", Steps: []streamStep{still, line("flags", 1, 1, 0, on, off, off), still}}
}

// brokenVectors are streams that cannot be read.
func brokenVectors(t *testing.T) (out []streamVector) {
	good := lineVectors()[1]
	b := good.encode(t)
	for _, bad := range []struct {
		name, error string
		bytes       []byte
	}{
		{"cut short", "short", b[:4]},
		{"goes on after its end", "trailing", append(append([]byte{}, b...), 0, 0, 0, 0, 0, 0, 0, 0, 0)},
		{"beyond the interval", "range", []byte{255, 255, 255, 255, 255, 255, 255, 255}},
	} {
		out = append(out, streamVector{Name: bad.name, Steps: good.Steps, Bytes: hex.EncodeToString(bad.bytes), Error: bad.error})
	}
	for _, high := range []struct {
		name  string
		lanes l
	}{{"an enum", l{7, 100}}, {"a number", l{4, 255}}} {
		v := streamVector{Name: high.name + " above its greatest value", Steps: []streamStep{line("wide", 1, 0, 0, high.lanes, l{0, 0})}, Error: "range"}
		v.Bytes = hex.EncodeToString(v.encode(t))
		v.Steps[0].Codec = "narrow"
		out = append(out, v)
	}
	out = append(out, streamVector{
		Name: "a slot beyond 65535", Steps: []streamStep{{Op: "roster", Expected: l{3, 70000}}, {Op: "id", ID: 3}, {Op: "id", ID: 4}},
		Bytes: hex.EncodeToString((&streamVector{Steps: []streamStep{{Op: "roster", Expected: l{3, 70000}}, {Op: "id", ID: 3}, {Op: "id", ID: 69999}}}).encode(t)), Error: "range",
	}, streamVector{
		Name: "an unexpected slot that is not before the expected one", Steps: []streamStep{{Op: "roster", Expected: l{60}}, {Op: "id", ID: 60}},
		Bytes: hex.EncodeToString((&streamVector{Steps: []streamStep{{Op: "roster", Expected: l{71}}, {Op: "id", ID: 70}}}).encode(t)), Error: "range",
	})
	out = append(out, brokenPieces(t)...)
	padded := streamVector{Steps: []streamStep{{Op: "bits", Width: 8, Value: 0x80}, {Op: "bits", Width: 8}}}
	return append(out, streamVector{Name: "a padded uvarint", Steps: []streamStep{{Op: "uvarint"}}, Bytes: hex.EncodeToString(padded.encode(t)), Error: "varint"})
}

// brokenPieces are streams of pieces that cannot be read.
func brokenPieces(t *testing.T) (out []streamVector) {
	good := lineVectors()[1]
	good.Pieces = true
	b := good.encode(t)
	roster := func(likely uint64, expected ...uint32) []streamStep {
		return []streamStep{{Op: "roster", Expected: expected}, {Op: "record", ID: 3, Possible: 3, Likely: likely, Present: 1}}
	}
	for _, bad := range []struct {
		name, error string
		steps       []streamStep
		bytes       []byte
	}{
		{"pieces cut short", "short", good.Steps, b[:4]},
		{"pieces that go on after their end", "trailing", good.Steps, append(append([]byte{}, b...), 0)},
		{"pieces whose last byte is not filled with zeros", "trailing", []streamStep{{Op: "bits", Width: 3, Value: 5}}, []byte{0b101_101}},
		{"an expected slot where none is", "range", roster(1), []byte{pieceCame}},
		{"not an expected slot where none is", "range", roster(1), []byte{pieceNot}},
		{"expected types where none are", "range", roster(0, 3), []byte{pieceCame}},
	} {
		out = append(out, streamVector{Name: bad.name, Pieces: true, Steps: bad.steps, Bytes: hex.EncodeToString(bad.bytes), Error: bad.error})
	}
	return out
}

func buildUpdateVectors(t *testing.T) updateVectorFile {
	f := updateVectorFile{Comment: "Streams of PROTOCOL.md, section 15. A codec is its schema text of section 14.", Codecs: map[string]string{}}
	for name := range vectorTypes {
		f.Codecs[name] = vectorCodec(t, name).Schema()
	}
	f.Streams = append(lineVectors(), recordsVector(t), walkVector(t), manyVector(), piecesVector(t))
	for _, v := range append(lineVectors(), walkVector(t)) {
		v.Name, v.Pieces = v.Name+", in pieces", true
		f.Streams = append(f.Streams, v)
	}
	for i := range f.Streams {
		f.Streams[i].Bytes = hex.EncodeToString(f.Streams[i].encode(t))
	}
	f.Streams = append(f.Streams, brokenVectors(t)...)
	return f
}
