package wire

import "math/bits"

// Symbol is one step of an update: a symbol of some model, raw bits, or both. It is opaque, and as good in any datagram.
type Symbol struct {
	extra uint32 // raw bits that follow
	ctx   uint16 // context, or rawOnly
	sym   uint8
	bits  uint8 // how many raw bits
}

const rawOnly = 1<<16 - 1

// Surprise is how far off the guesses about an entity were in the components that were written so far: what its next component is
// coded by.
type Surprise uint8

// FirstOfEntity is the surprise before an entity's first component.
const FirstOfEntity Surprise = surpriseUnknown

// Update appends to dst the symbols by which cur differs from past, ready for any datagram of any client that has that past, and returns
// them. cur and past hold lanes that this codec can produce. before is what the update of the entity's previous component returned,
// FirstOfEntity if there is none, and after is for its next. What has a tail needs WriteTail besides. It panics if past has lanes of
// another codec.
func (c *Codec) Update(dst []Symbol, past *Past, cur []uint32, before Surprise) (symbols []Symbol, after Surprise) {
	past.check(len(c.lanes))
	cur = cur[:len(c.lanes)]
	u := updater{trail: trail{surprise: uint8(before)}, out: dst, h: past.history()}
	var around history // of the optional that ends at until
	until := 0
	for i := 0; i < len(c.groups); i++ {
		g := &c.groups[i]
		if until > 0 && i >= until {
			u.h, until = around, 0
		}
		switch {
		case g.kind == laneQuat:
			u.turn(g, cur)
		case g.kind <= laneFloat:
			u.line(g, cur)
		default:
			u.name(g, cur)
			if g.kind == laneFlag && g.skip > 0 {
				if until == 0 {
					around = u.h
				}
				u.h.within(g.first)
				until = max(until, i+1+g.skip)
				if cur[g.first] == 0 {
					i += g.skip
				}
			}
		}
	}
	return u.out, Surprise(u.surprise)
}

// updater writes the symbols of one update.
type updater struct {
	trail
	out     []Symbol
	h       history
	guessed guesses
}

// put appends a symbol in a row, at the place of the entity's surprise.
func (u *updater) put(row int, sym uint8) {
	u.out = append(u.out, Symbol{ctx: uint16(row*surprises + int(u.surprise)), sym: sym})
}

// raw appends raw bits, 32 at most.
func (u *updater) raw(v uint32, n uint) {
	u.out = append(u.out, Symbol{ctx: rawOnly, extra: v, bits: uint8(n)})
}

// AppendBytes appends bytes to the symbols of an update, preceded by how many they are: what Encoder.Uvarint and Encoder.Bytes write.
func AppendBytes(dst []Symbol, p []byte) []Symbol {
	n := uint64(len(p))
	for ; n >= 0x80; n >>= 7 {
		dst = append(dst, Symbol{ctx: rawOnly, extra: uint32(n&0x7f | 0x80), bits: 8})
	}
	dst = append(dst, Symbol{ctx: rawOnly, extra: uint32(n), bits: 8})
	for _, b := range p {
		dst = append(dst, Symbol{ctx: rawOnly, extra: uint32(b), bits: 8})
	}
	return dst
}

// name codes a flag, an enum or raw lanes.
func (u *updater) name(g *group, cur []uint32) {
	row := g.nameRow(&u.h)
	end := g.first + int(g.count)
	now, base := cur[g.first:end], u.h.base[g.first:end]
	same := equalLanes(now, base)
	switch {
	case same:
		u.put(row, nameSame)
	case g.kind == laneFlag:
		u.put(row, nameBack)
	case u.h.older != nil && equalLanes(now, u.h.older[g.first:end]):
		u.put(row, nameBack)
	default:
		u.put(row, nameOther)
		for k, v := range now {
			u.raw(v, g.width(k))
		}
	}
}

// width returns the bits of lane k of a group of raw lanes: all but the last are whole.
func (g *group) width(k int) uint {
	if k < int(g.count)-1 {
		return 32
	}
	return uint(g.bits)
}

func equalLanes(a, b []uint32) bool {
	for i, v := range a {
		if v != b[i] {
			return false
		}
	}
	return true
}

// line codes numbers, angles or floats.
func (u *updater) line(g *group, cur []uint32) {
	guessed := &u.guessed
	g.guessLine(&u.h, guessed)
	end := g.first + int(g.count)
	same := equalLanes(cur[g.first:end], u.h.base[g.first:end])
	if same {
		u.put(rowLine+scaleRow(guessed.lane[0].scale, guessed.known), symbolSame)
	} else {
		var off [4]int64
		for k, v := range cur[g.first:end] {
			off[k&3] = g.between(guessed.lane[k&3].value, g.line(v))
		}
		u.residuals(rowLine, guessed.lane[:g.count], guessed.known, &off)
	}
	u.leave(guessed.known, same)
}

// turn codes a quaternion.
func (u *updater) turn(g *group, cur []uint32) {
	t := g.guessTurn(&u.h)
	now := cur[g.first : g.first+4]
	row := t.largestRow()
	if equalLanes(now, u.h.base[g.first:g.first+4]) {
		u.put(row, turnSame)
		u.leave(t.steps.known, true)
		return
	}
	for place, component := range t.order {
		if uint32(component) == now[0] {
			u.put(row, uint8(place))
		}
	}
	t.look(now[0])
	var off [4]int64
	for k := range 3 {
		off[k] = int64(now[1+k]) - t.steps.lane[k].value
	}
	u.residuals(rowTurn, t.steps.lane[:3], t.steps.known, &off)
	u.leave(t.steps.known, false)
}

// residuals codes what the guesses of a group lack. row is that of the first lane, the others' rows are the next scaleRows.
func (u *updater) residuals(row int, guessed []guess, known bool, off *[4]int64) {
	for k := range guessed {
		e := &guessed[k]
		r := off[k&3]
		at := len(u.out)
		if k == 0 {
			u.put(row+scaleRow(e.scale, known), 0)
		} else {
			ctx := (row+scaleRows+scaleRow(e.scale, known))*surprises + u.inside()
			u.out = append(u.out, Symbol{ctx: uint16(ctx)})
		}
		u.note(magnitude(r), e.scale)
		if e.motion < 0 {
			r = -r
		}
		u.residual(&u.out[at], r)
	}
}

// residual sets the symbol and raw bits of r. Magnitudes up to 3 are classes of their own, then two classes a doubling up to 127, one up
// to 255, and one for all others, whose length in bits follows.
func (u *updater) residual(s *Symbol, r int64) {
	if r == 0 {
		s.sym = symbolZero
		return
	}
	v := magnitude(r)
	class, width := farClass, uint(0)
	if v < uint64(len(classes)) {
		class, width = int(classes[v].class), uint(classes[v].width)
	}
	s.sym = uint8(symbolFirst + 2*class)
	if r < 0 {
		s.sym++
	}
	if class < farClass {
		s.bits, s.extra = s.bits|uint8(width), uint32(v)&(1<<width-1)
		return
	}
	n := uint(bits.Len64(v)) - 1 // 8..32
	s.bits, s.extra = s.bits|farBits, uint32(n-farLeast)
	u.raw(uint32(v&(1<<n-1)), n)
}

const (
	farBits  = 5
	farLeast = 8
	farMost  = 32
)

// classes is classOf of the magnitudes below farClass.
var classes = func() (out [256]struct{ class, width uint8 }) {
	for v := 1; v < len(out); v++ {
		class, width := classOf(uint64(v))
		out[v].class, out[v].width = uint8(class), uint8(width)
	}
	return out
}()

// classOf returns the class of a magnitude above 0, and how many of its low bits the class leaves open.
func classOf(v uint64) (class int, width uint) {
	switch {
	case v < 4:
		return int(v) - 1, 0
	case v < 128:
		return halfOctave(v) - 1, uint(bits.Len64(v)) - 2
	case v < 256:
		return farClass - 1, 7
	default:
		return farClass, 0
	}
}

// classLeast returns the least magnitude of a class below farClass, and how many low bits it leaves open.
func classLeast(class int) (least uint64, width uint) {
	switch {
	case class < 3:
		return uint64(class) + 1, 0
	case class < farClass-1:
		k := uint(class+1) / 2
		return 1<<k | uint64(class+1)&1<<(k-1), k - 1
	default:
		return 128, 7
	}
}
