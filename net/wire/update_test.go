package wire

import (
	"math"
	"math/big"
	"reflect"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// rigid has every kind of lane that updates treat in a way of its own.
type rigid struct {
	Seen     bool
	Place    [3]float32 `net:"min=-512,max=512,step=0.01"`
	Turn     [4]float32 `net:"quat,bits=10"`
	Heading  float32    `net:"angle,bits=12"`
	Raw      [2]float32
	Kind     uint8 `net:"enum=5"`
	Mass     float64
	Stamp    uint64 `net:"max=1000000000000"`
	Target   uint64 `net:"entity"`
	Tint     [3]uint8
	Nothing  uint8 `net:"enum=1"`
	Anchor   Optional[rigidAnchor]
	Ammo     int16                `net:"min=-5,max=300"`
	Spin     Optional[[4]float64] `net:"quat,bits=7"`
	Score    uint32
	Velocity struct{ X, Y float32 } `net:"min=-64,max=64,step=0.01"`
}

type rigidAnchor struct {
	At   [2]float32 `net:"min=0,max=100,step=0.5"`
	Slot Optional[uint16]
}

// drawLanes draws lanes that the codec can produce: near those of from where it is given.
func drawLanes(t *rapid.T, c *Codec, from []uint32) []uint32 {
	lanes := make([]uint32, len(c.lanes))
	for i := 0; i < len(lanes); i++ {
		l := c.lanes[i]
		switch {
		case from != nil && rapid.IntRange(0, 3).Draw(t, "same") == 0:
			lanes[i] = from[i]
		case from != nil && l.bits > 4 && rapid.IntRange(0, 3).Draw(t, "near") > 0:
			step := int64(rapid.IntRange(-40, 40).Draw(t, "step"))
			lanes[i] = uint32(min(max(int64(from[i])+step, 0), int64(l.max)))
		default:
			lanes[i] = rapid.Uint32Range(0, l.max).Draw(t, "lane")
		}
		if l.skip > 0 && lanes[i] == 0 {
			i += int(l.skip)
		}
	}
	for _, w := range c.wide {
		if joined(lanes[w.lane:]) > w.max {
			lanes[w.lane+1] = 0
		}
	}
	return lanes
}

func drawPast(t *rapid.T, c *Codec) (past Past, cur []uint32) {
	spans := rapid.OneOf(rapid.Uint32Range(0, 12), rapid.Uint32())
	past = Past{Age: spans.Draw(t, "age"), Gap: spans.Draw(t, "gap"), OldestGap: spans.Draw(t, "oldest gap")}
	known := rapid.IntRange(1, 3).Draw(t, "known")
	last := drawLanes(t, c, nil)
	if known == 3 {
		past.Oldest, last = last, drawLanes(t, c, last)
	}
	if known >= 2 {
		past.Older, last = last, drawLanes(t, c, last)
	}
	past.Base = last
	return past, drawLanes(t, c, last)
}

func TestUpdatesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := mustCompile[rigid](t, rapid.SampledFrom([]Mode{Quantised, Exact}).Draw(t, "mode"))
		var e Encoder
		e.Reset(nil)
		type update struct {
			past Past
			cur  []uint32
		}
		var all []update
		surprise := FirstOfEntity
		for range rapid.IntRange(1, 6).Draw(t, "updates") {
			past, cur := drawPast(t, c)
			symbols, after := c.Update(nil, &past, cur, surprise)
			e.Update(symbols)
			all = append(all, update{past, cur})
			if surprise = after; rapid.Bool().Draw(t, "same entity") {
				continue
			}
			surprise = FirstOfEntity
			all = append(all, update{})
			if rapid.Bool().Draw(t, "again") { // shared symbols are good anywhere
				symbols, _ = c.Update(symbols[:0], &past, cur, FirstOfEntity)
				e.Update(symbols)
				all = append(all, update{past, cur}, update{})
			}
		}
		var d Decoder
		d.Reset(e.Finish())
		for _, u := range all {
			if u.cur == nil {
				d.Entity()
				continue
			}
			got := make([]uint32, c.Lanes())
			for i := range got {
				got[i] = 0xdeadbeef
			}
			require.NoError(t, c.ReadUpdate(&d, &u.past, got))
			require.Equal(t, u.cur, got)
		}
		require.NoError(t, d.Done())
	})
}

func TestGroupsCoverTheLanes(t *testing.T) {
	c := mustCompile[rigid](t, Quantised)
	next := 0
	for _, g := range c.groups {
		for ; next < g.first; next++ {
			require.Zero(t, c.lanes[next].bits, "lane %d", next)
		}
		next += int(g.count)
	}
	require.Equal(t, c.Lanes(), next)
	counts := map[laneKind]int{}
	for _, g := range c.groups {
		counts[g.kind]++
	}
	require.Equal(t, 2, counts[laneQuat])
	require.Equal(t, 4, counts[laneFlag], "Seen and three Optionals")
	require.Equal(t, 2, counts[laneRaw], "Mass and Stamp; Target takes no bits")
	require.Equal(t, 1, counts[laneAngle])
	require.Equal(t, 1, counts[laneFloat], "two floats in one")
}

// bitsFor returns what an update costs in a datagram of its own kind, over many.
func bitsFor(c *Codec, past Past, cur []uint32) float64 {
	var e Encoder
	e.Reset(nil)
	u, _ := c.Update(nil, &past, cur, FirstOfEntity)
	for range 20 {
		e.Update(u)
	}
	return float64(len(e.Finish())) * 8 / 20
}

func TestWhatMovesEvenlyCostsLittle(t *testing.T) {
	c := mustCompile[moverPlace](t, Quantised)
	past := Past{Base: []uint32{51200, 50000}, Older: []uint32{51100, 50050}, Oldest: []uint32{51000, 50100}, Age: 6, Gap: 6, OldestGap: 6}
	on := bitsFor(c, past, []uint32{51300, 49950})
	require.Less(t, on, 8.0, "as before")
	off := bitsFor(c, past, []uint32{51303, 49949})
	require.Greater(t, off, on)
	require.Less(t, off, 14.0, "almost as before")
	require.Less(t, bitsFor(c, Past{Base: past.Base, Age: 6}, []uint32{51300, 49950}), 30.0, "with nothing older")
	require.Less(t, bitsFor(c, past, []uint32{3, 102000}), 64.0, "anything at all")
	past.Age = 3
	require.Less(t, bitsFor(c, past, []uint32{51250, 49975}), on+1, "half as far in half the time")
}

func TestARotationThatGoesOnCostsLittle(t *testing.T) {
	type spinner struct {
		Turn [4]float64 `net:"quat,bits=9"`
	}
	c := mustCompile[spinner](t, Quantised)
	at := func(angle float64) []uint32 {
		return quantised(c, spinner{[4]float64{0.6 * math.Sin(angle/2), 0, 0.8 * math.Sin(angle/2), math.Cos(angle / 2)}})
	}
	changes := 0
	for k := range 60 {
		a := float64(k) * 0.1
		past := Past{Base: at(a + 0.8), Older: at(a + 0.4), Oldest: at(a), Age: 6, Gap: 6, OldestGap: 6}
		cur := at(a + 1.2)
		if cur[0] != past.Base[0] {
			changes++
		}
		require.Less(t, bitsFor(c, past, cur), 14.0, "at %.1f rad", a)
	}
	require.Positive(t, changes, "the component left out has changed on the way")
}

func TestContinuedIsSlerp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var old, axis [4]float64
		for i := range old {
			old[i], axis[i] = rapid.Float64Range(-1, 1).Draw(t, "old"), rapid.Float64Range(-1, 1).Draw(t, "axis")
		}
		dot := func(a, b [4]float64) (d float64) {
			for i := range a {
				d += a[i] * b[i]
			}
			return d
		}
		n := math.Sqrt(dot(old, old))
		if n < 0.1 {
			t.Skip()
		}
		for i := range old {
			old[i] /= n
		}
		p := dot(axis, old)
		for i := range axis {
			axis[i] -= p * old[i]
		}
		if n = math.Sqrt(dot(axis, axis)); n < 0.1 {
			t.Skip()
		}
		angle := rapid.Float64Range(0.001, 0.5).Draw(t, "angle")
		times := rapid.Float64Range(0, 2).Draw(t, "times")
		at := func(a float64) (q [4]float64) {
			for i := range q {
				q[i] = old[i]*math.Cos(a) + axis[i]/n*math.Sin(a)
			}
			return q
		}
		now := at(angle)
		if rapid.Bool().Draw(t, "other sign") {
			for i := range now {
				now[i] = -now[i]
			}
		}
		got := continued(now, old, times)
		require.InDelta(t, 1, math.Abs(dot(got, at(angle*(1+times)))), 1e-6)
	})
}

func TestScaledRounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.Int64Range(-1<<40, 1<<40).Draw(t, "d")
		to, from := span(rapid.Uint32().Draw(t, "to")), span(rapid.Uint32().Draw(t, "from"))
		exact := big.NewRat(d, 1)
		exact.Mul(exact, big.NewRat(to, from))
		off := new(big.Rat).Sub(exact, big.NewRat(scaled(d, to, from), 1))
		require.LessOrEqual(t, off.Abs(off).Cmp(big.NewRat(1, 2)), 0)
	})
}

func TestClassesCoverMagnitudes(t *testing.T) {
	for v := uint64(1); v < 1000; v++ {
		class, width := classOf(v)
		if v >= 256 {
			require.Equal(t, farClass, class)
			continue
		}
		least, same := classLeast(class)
		require.Equal(t, width, same)
		require.Equal(t, v, least|v&(1<<width-1), "%d in class %d", v, class)
	}
}

func TestFloatsAreOnALine(t *testing.T) {
	g := group{kind: laneFloat, max: math.MaxUint32}
	last := int64(-1)
	for _, v := range []float32{float32(math.Inf(-1)), -1e30, -1, -1e-30, float32(math.Copysign(0, -1)), 0, 1e-30, 1, 1.0000001, 1e30, float32(math.Inf(1))} {
		at := g.line(math.Float32bits(v))
		require.Greater(t, at, last)
		require.Equal(t, math.Float32bits(v), g.lane(at))
		last = at
	}
}

func TestAnOptionalThatAppears(t *testing.T) {
	type holder struct {
		Held Optional[[2]float32] `net:"min=0,max=100,step=0.01"`
	}
	c := mustCompile[holder](t, Quantised)
	gone, held := []uint32{0, 0, 0}, []uint32{1, 5000, 6000}
	for _, past := range []Past{{Base: gone, Older: held}, {Base: held, Older: gone}, {Base: held, Older: held, Oldest: gone}, {Base: gone}} {
		for _, cur := range [][]uint32{gone, held, {1, 5002, 6000}} {
			var e Encoder
			e.Reset(nil)
			symbols, _ := c.Update(nil, &past, cur, FirstOfEntity)
			e.Update(symbols)
			var d Decoder
			d.Reset(e.Finish())
			got := []uint32{7, 7, 7}
			require.NoError(t, c.ReadUpdate(&d, &past, got))
			require.Equal(t, cur, got)
		}
	}
}

func TestPastsOfOtherCodecsPanic(t *testing.T) {
	c := mustCompile[moverPlace](t, Quantised)
	lanes := []uint32{1, 2}
	require.PanicsWithValue(t, "wire: a Past holds lanes of another codec; give Base, and Older and Oldest or nil, of Codec.Lanes() lanes each",
		func() { c.Update(nil, &Past{Base: lanes[:1]}, lanes, FirstOfEntity) })
	require.PanicsWithValue(t, "wire: a Past with Oldest needs Older; leave both nil if only Base is known",
		func() { c.Update(nil, &Past{Base: lanes, Oldest: lanes}, lanes, FirstOfEntity) })
}

func TestUpdatesAllocateNothing(t *testing.T) {
	s := newMovers(t, 60, 30, 1)
	b := spans{6, 6, 6}
	ids := s.expected(20, b)
	var e Encoder
	var d Decoder
	buf, symbols := make([]byte, 0, 4000), make([]Symbol, 0, 100)
	got := make([]uint32, 10)
	require.Zero(t, testing.AllocsPerRun(20, func() {
		e.Reset(buf)
		var r Roster
		r.Reset(ids)
		for i := range s.entities {
			p := s.past(0, 20, i, b)
			u, _ := s.codecs[0].Update(symbols, &p, s.at(0, 20, i), FirstOfEntity)
			r.Put(&e, uint32(i))
			e.Types(1, 3, 1)
			e.Update(u)
		}
		r.End(&e)
		d.Reset(e.Finish())
		r.Reset(ids)
		for {
			id, ok := r.Next(&d, 60)
			if !ok {
				break
			}
			d.Types(3, 1)
			p := s.past(0, 20, int(id), b)
			_ = s.codecs[0].ReadUpdate(&d, &p, got[:2])
		}
		if d.Done() != nil {
			panic(d.Err())
		}
	}))
}

func TestMoversTravel(t *testing.T) {
	s := newMovers(t, 80, 120, 7)
	var e Encoder
	for _, b := range []spans{{6, 6, 6}, {3, 3, 3}, {9, 2, 40}, {5, 1, 3}} {
		bytes, whole := 0, 0
		for f := 2 * b.age; f < s.frames; f += 5 {
			e.Reset(nil)
			s.write(&e, f, b)
			data := e.Finish()
			s.read(t, data, f, b)
			bytes += len(data)
			for i := range s.entities {
				for c, codec := range s.codecs {
					if s.changed(f, i, b)>>c&1 != 0 {
						for k := range codec.Lanes() {
							whole += int(codec.LaneBits(k))
						}
					}
				}
			}
		}
		require.Less(t, bytes*8*2, whole, "half of what whole values take, at least: %+v", b)
	}
}

func TestReferencesTakeNoBits(t *testing.T) {
	type local struct{ id, gen uint32 }
	type owner struct {
		Of    local                   `net:"entity"`
		Parts [2]local                `net:"entity"`
		Hue   [4]float32              `net:"color"`
		Rgb   struct{ R, G, B uint8 } `net:"color"`
	}
	c := mustCompile[owner](t, Quantised)
	v := owner{Of: local{3, 1}, Parts: [2]local{{4, 1}, {5, 9}}, Hue: [4]float32{0, 1, 0.5, 2}}
	lanes := quantised(c, v)
	require.Equal(t, []uint32{0, 0, 0, 0, 255, 128, 255, 0, 0, 0}, lanes)
	kinds := []Kind{}
	for _, f := range c.Fields() {
		kinds = append(kinds, f.Kind)
	}
	require.Equal(t, []Kind{Entity, Entity, Entity, Color, Color, Color, Color, Color, Color, Color}, kinds)
	require.Equal(t, reflect.TypeOf(v).Field(1).Offset+8, c.Fields()[2].Offset)
	c.Dequantise(unsafe.Pointer(&v), lanes)
	require.Equal(t, [2]local{}, v.Parts, "the zero entity, until the caller sets it")
	require.Zero(t, c.LaneBits(0))

	type named struct {
		Of    uint64
		Parts []uint32 `net:"len=3"`
	}
	_, err := CompileReferring(reflect.TypeFor[named](), Quantised, reflect.TypeFor[uint32]())
	require.ErrorContains(t, err, "cannot stand in a slice")
	n, err := CompileReferring(reflect.TypeFor[named](), Quantised, reflect.TypeFor[uint64]())
	require.NoError(t, err)
	require.Equal(t, "Of entity\nParts list len 3\nParts[] int 0..4294967295\n", n.Schema())
	plain := mustCompile[named](t, Quantised)
	require.Equal(t, 2, plain.Lanes(), "the cache tells them apart")
}
