package wire

import "math"

// Past is what both sides know of a value before an update of it is read: the lanes it had at up to three earlier ticks. Base is what
// the update is coded against. Older is a value from before that, best the one that Base itself was coded against, since whoever has
// Base had that one too; Oldest is one from before Older. Either may be nil, and all lanes are of one codec.
//
// Both sides must have exactly the same Past, spans included: neither says in the datagram what it is. Coding keeps what it works out of
// the spans in it, so a Past is for one goroutine at a time.
type Past struct {
	Base, Older, Oldest []uint32
	Age                 uint32 // ticks from Base to the value coded
	Gap                 uint32 // ticks from Older to Base
	OldestGap           uint32 // ticks from Oldest to Older

	timing timing // of the fields above when a history was made last
}

// timing is what a history knows of time.
type timing struct {
	of             [3]uint32 // Age, Gap, OldestGap
	age, gap, gap2 int64
	ages, gaps     int64 // age in gaps, and gap in gap2s; 0: not a whole number
}

// maxReach is the most times its own length that a movement is continued: what was seen over one tick says little about the next hundred.
const maxReach = 8

// check panics on a past that no caller can mean. It cannot come from the wire.
func (p *Past) check(lanes int) {
	if len(p.Base) != lanes || p.Older != nil && len(p.Older) != lanes || p.Oldest != nil && len(p.Oldest) != lanes {
		panic("wire: a Past holds lanes of another codec; give Base, and Older and Oldest or nil, of Codec.Lanes() lanes each")
	}
	if p.Older == nil && p.Oldest != nil {
		panic("wire: a Past with Oldest needs Older; leave both nil if only Base is known")
	}
}

// guess is what is known about a lane before its new value is.
type guess struct {
	value  int64  // expected
	motion int64  // by which it was expected to move from base
	scale  uint64 // how wrong the guess may be, in eighths of a step, not a bound
}

// guesses holds those of a group.
type guesses struct {
	lane  [4]guess
	known bool // there is an older value, so that scale means something
}

// history is a Past as seen from one group: in an Optional that was absent there was nothing.
type history struct {
	base, older, oldest []uint32
	timing
}

func (p *Past) history() history {
	if of := [3]uint32{p.Age, p.Gap, p.OldestGap}; p.timing.of != of || p.timing.age == 0 {
		s := timing{of: of, age: span(p.Age), gap: span(p.Gap), gap2: span(p.OldestGap)}
		s.ages, s.gaps = whole(s.age, s.gap), whole(s.gap, s.gap2)
		p.timing = s
	}
	h := history{base: p.Base, older: p.Older, oldest: p.Oldest, timing: p.timing}
	if h.older == nil || h.age > maxReach*h.gap {
		h.older, h.oldest = nil, nil
	}
	if h.oldest != nil && h.gap > maxReach*h.gap2 {
		h.oldest = nil
	}
	return h
}

// span bounds a number of ticks so that no product with it overflows.
func span(ticks uint32) int64 { return int64(min(max(ticks, 1), 1<<20)) }

// within hides the values in which the Optional whose flag is lane i was absent.
func (h *history) within(i int) {
	if h.older != nil && (h.older[i] == 0 || h.base[i] == 0) {
		h.older, h.oldest = nil, nil
	}
	if h.oldest != nil && h.oldest[i] == 0 {
		h.oldest = nil
	}
}

// whole returns how often b goes into a without rest, 0 if there is one.
func whole(a, b int64) int64 {
	a32, b32 := uint32(a), uint32(b) // whose division is faster; spans fit
	if q := a32 / b32; q*b32 == a32 {
		return int64(q)
	}
	return 0
}

// aged is a change of a gap's length as it would be of the age's.
func (h *history) aged(d int64) int64 {
	if h.ages != 0 {
		return d * h.ages
	}
	return scaled(d, h.age, h.gap)
}

// gapped is a change of gap2's length as it would be of the gap's.
func (h *history) gapped(d int64) int64 {
	if h.gaps != 0 {
		return d * h.gaps
	}
	return scaled(d, h.gap, h.gap2)
}

// scaled returns d·to/from, rounded to nearest, halves away from zero. Spans are at most 2^20 and differences below 2^40.
func scaled(d, to, from int64) int64 {
	if to == from {
		return d
	}
	if d < 0 {
		return -(-d*to + from/2) / from
	}
	return (d*to + from/2) / from
}

// guessLine continues the movement of a group of numbers, angles or floats: base plus the step from older to base, plus half the
// change of that step since the one before, which is all acceleration of a thing that falls and all noise of a thing that trembles. Half,
// or a quarter after a short gap, is what recorded physics costs least with.
func (g *group) guessLine(h *history, out *guesses) {
	base := h.base[g.first : g.first+int(g.count)]
	out.known = h.older != nil
	if !out.known {
		for k, v := range base {
			out.lane[k&3] = guess{value: g.line(v)}
		}
		return
	}
	older := h.older[g.first:][:len(base)]
	oldest := older
	if h.oldest != nil {
		oldest = h.oldest[g.first:][:len(base)]
	}
	rough := 2*h.gap < h.age // seen over so short a time a bend is mostly rounding
	number, most, fastest := g.kind == laneNumber, uint64(0), uint64(0)
	for k, v := range base {
		step, before := int64(v)-int64(older[k]), int64(older[k])-int64(oldest[k])
		if !number {
			step, before = g.step(older[k], v), g.step(oldest[k], older[k])
		}
		bend, motion := h.aged(step-h.gapped(before)), h.aged(step)
		if rough {
			motion += bend / 4
		} else {
			motion += bend / 2
		}
		turn, moved := magnitude(bend), magnitude(motion)
		most, fastest = max(most, turn), max(fastest, moved)
		e := &out.lane[k&3]
		e.value, e.motion, e.scale = g.clamp(g.line(v)+motion), motion, 6*turn+moved
	}
	for k := range base {
		out.lane[k&3].scale += 6*most + fastest/2
	}
}

// step is the way from one value of a lane to another.
func (g *group) step(from, to uint32) int64 { return g.between(g.line(from), g.line(to)) }

// line maps a lane onto a line on which near values are near.
func (g *group) line(v uint32) int64 {
	if g.kind == laneFloat {
		return int64(v ^ (uint32(int32(v)>>31) | 1<<31)) // IEEE 754 floats in order, the negative ones downwards
	}
	return int64(v)
}

// lane is the inverse of line for values in 0..max.
func (g *group) lane(v int64) uint32 {
	if g.kind == laneFloat {
		u := uint32(v)
		return u ^ (^uint32(int32(u)>>31) | 1<<31)
	}
	return uint32(v)
}

// between returns the way from a to b, on a circle the shorter one.
func (g *group) between(a, b int64) int64 {
	if g.kind == laneAngle {
		far := 64 - uint(g.bits)
		return (b - a) << far >> far
	}
	return b - a
}

// clamp brings a guess back to where the lane can be.
func (g *group) clamp(v int64) int64 {
	if g.kind == laneAngle {
		return v & int64(g.max)
	}
	return min(max(v, 0), int64(g.max))
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return uint64(-v)
	}
	return uint64(v)
}

// turned is what is known about a rotation before its new value is.
type turned struct {
	quat   quaternions
	ahead  [4]float64 // expected
	order  [4]uint8   // components of ahead, largest magnitude first
	margin uint32     // steps between the two largest
	steps  guesses    // scale and motion of the three small lanes
}

// guessTurn continues a rotation by as much again.
func (g *group) guessTurn(h *history) (t turned) {
	t.quat = newQuaternions(uint(g.bits))
	base := h.base[g.first : g.first+4]
	now := t.quat.value(base)
	t.ahead = now
	t.steps.known = h.older != nil
	if h.older != nil {
		old := t.quat.value(h.older[g.first:])
		t.ahead = continued(now, old, float64(h.age)/float64(h.gap))
		said := old
		if h.oldest != nil {
			said = continued(old, t.quat.value(h.oldest[g.first:]), float64(h.gap)/float64(h.gap2))
		}
		t.weigh(base, old, said, h)
	}
	t.sort()
	return t
}

// weigh finds how fast the rotation was and how wrong its last guess.
func (t *turned) weigh(base []uint32, old, said [4]float64, h *history) {
	was, meant := t.quat.seenFrom(old, base[0]), t.quat.seenFrom(said, base[0])
	var off [3]uint64
	most, fastest := uint64(0), uint64(0)
	for k := range 3 {
		e := &t.steps.lane[k]
		e.motion = scaled(int64(base[1+k])-was[k], h.age, h.gap)
		off[k] = magnitude(scaled(int64(base[1+k])-meant[k], h.age, h.gap))
		most, fastest = max(most, off[k]), max(fastest, magnitude(e.motion))
	}
	for k := range 3 {
		e := &t.steps.lane[k]
		e.scale = 6*off[k] + 6*most + magnitude(e.motion) + fastest
	}
}

// sort orders the components of ahead and measures how clear the largest is.
func (t *turned) sort() {
	t.order = [4]uint8{0, 1, 2, 3}
	size := func(i int) float64 { return math.Abs(t.ahead[t.order[i]]) }
	for i := 1; i < 4; i++ {
		for k := i; k > 0 && size(k) > size(k-1); k-- {
			t.order[k], t.order[k-1] = t.order[k-1], t.order[k]
		}
	}
	t.margin = uint32((size(0) - size(1)) * t.quat.n)
}

// look sets the guesses of the three small lanes, given which component is left out.
func (t *turned) look(largest uint32) {
	for k, v := range t.quat.seenFrom(t.ahead, largest) {
		t.steps.lane[k].value = min(max(v, 0), int64(t.quat.n))
	}
}

// seenFrom returns the three lanes of q when component largest is left out, without bounds.
func (s *quaternions) seenFrom(q [4]float64, largest uint32) (lanes [3]int64) {
	sign := 1.0
	if q[largest&3] < 0 {
		sign = -1
	}
	at := 0
	for i, c := range q {
		if uint32(i) != largest&3 {
			lanes[at] = s.step(sign * c)
			at++
		}
	}
	return lanes
}

// continued returns where a rotation arrives that went from old to now and goes on for t times as long: now·sin((1+t)θ)/sin θ -
// old·sin(tθ)/sin θ, the extrapolated slerp (Shoemake 1985). Turns of more than a third of a circle are not continued.
//
// The two weights come from the series of sin(aθ)/sin θ in sin²θ, so that nothing but IEEE 754 basic operations takes part and every
// machine gets the same bits; products are rounded before they are added for the same reason.
func continued(now, old [4]float64, t float64) [4]float64 {
	d := 0.0
	for i := range now {
		d += float64(now[i] * old[i])
	}
	sign := 1.0
	if d < 0 {
		d, sign = -d, -1
	}
	if d < 0.87 || d > 1-1e-9 {
		return now
	}
	a, b := 2*d, 1.0
	if t != 1 {
		x := 1 - float64(d*d)
		a, b = sineRatio(1+t, x), sineRatio(t, x)
	}
	b *= sign
	sum := 0.0
	for i := range now {
		now[i] = float64(now[i]*a) - float64(old[i]*b)
		sum += float64(now[i] * now[i])
	}
	if !(sum > 0) {
		return old
	}
	scale := 1 / math.Sqrt(sum)
	for i := range now {
		now[i] *= scale
	}
	return now
}

// sineRatio returns sin(aθ)/sin θ for x = sin²θ, to six terms.
func sineRatio(a, x float64) float64 {
	aa := float64(a * a)
	term := float64(float64(x*(1-aa)) * (1.0 / 6))
	sum := 1 + term
	term = float64(float64(float64(term*x)*(9-aa)) * (1.0 / 20))
	sum += term
	term = float64(float64(float64(term*x)*(25-aa)) * (1.0 / 42))
	sum += term
	term = float64(float64(float64(term*x)*(49-aa)) * (1.0 / 72))
	sum += term
	term = float64(float64(float64(term*x)*(81-aa)) * (1.0 / 110))
	return float64(a * (sum + term))
}
