package wire

import "math/bits"

// A context is what is known about a symbol before it is read. Contexts are in rows of 16: the row says what kind of symbol it is and
// how far off its guess may be, the place in the row how far off the entity's earlier guesses were, its surprise. contextModel leads
// from a context to the model that codes it: contexts whose symbols are alike share one, so that few models learn from many symbols.
const (
	scaleClasses = 26 // half octaves of guess.scale
	coldRow      = scaleClasses
	scaleRows    = scaleClasses + 1

	rowLine     = 0 // first lane of a group of numbers
	rowLineNext = rowLine + scaleRows
	rowTurn     = rowLineNext + scaleRows // first small lane of a quaternion
	rowTurnNext = rowTurn + scaleRows
	rowLargest  = rowTurnNext + scaleRows // which component a quaternion leaves out: 16 margins, 4 scales
	rowFlag     = rowLargest + 64         // 2 values, 3 pasts
	rowName     = rowFlag + 6             // 3 pasts, of an enum; then of raw lanes
	rowNext     = rowName + 6             // what comes next in a roster
	rowGap      = rowNext + 2             // how many ids an unexpected one is ahead
	rowType     = rowGap + 1              // whether a type of a record is there
	contextRows = rowType + 2
)

// Places in a row beyond 0..12, which are half octaves of error over scale.
const (
	surpriseMost    = 12
	surpriseUnknown = 13 // nothing of the entity has been read
	surpriseStill   = 14 // what has been read did not change
	surprises       = 16
)

// symbols of a lane that moves. From symbolFirst on: two for each class of magnitudes, the second for residuals against the motion.
const (
	symbolSame  = 0 // the whole group is as in base; only in its first lane
	symbolZero  = 1 // as guessed
	symbolFirst = 2
	alphabet    = 32 // symbols a model can have
	farClass    = (alphabet-symbolFirst)/2 - 1
)

// symbols of a name, of a flag and of the component that a quaternion leaves out.
const (
	nameSame  = 0
	nameBack  = 1 // as in older
	nameOther = 2 // raw bits follow
	turnSame  = 4 // the whole quaternion is as in base; 0..3: the place in turned.order
)

// halfOctave returns 0, 1, 2, 3 for themselves, then two classes for each doubling.
func halfOctave(v uint64) int {
	if v < 2 {
		return int(v)
	}
	k := bits.Len64(v) - 1
	return 2*k + int(v>>(k-1)&1)
}

// scaleRow returns the row offset of a guess.
func scaleRow(scale uint64, known bool) int {
	if !known {
		return coldRow
	}
	return min(halfOctave(scale), scaleClasses-1)
}

// trail follows how far off the guesses of one entity's update are.
type trail struct {
	wrong, scale uint64 // within the group, decaying
	all, allowed uint64 // sums over the group
	surprise     uint8  // of the entity so far
}

// note takes the residual of a lane.
func (t *trail) note(residual uint64, scale uint64) {
	t.wrong, t.scale = max(t.wrong/2, 8*residual), max(t.scale/2, scale)
	t.all, t.allowed = t.all+8*residual, t.allowed+scale
}

// inside returns the place in the row for the next lane of the group.
func (t *trail) inside() int { return surpriseOf(t.wrong, t.scale) }

// leave ends a group.
func (t *trail) leave(known, same bool) {
	switch {
	case same:
		t.surprise = surpriseStill
	case known:
		t.surprise = uint8(surpriseOf(t.all, t.allowed))
	}
	t.wrong, t.scale, t.all, t.allowed = 0, 0, 0, 0
}

func surpriseOf(wrong, scale uint64) int {
	return min(max(halfOctave(wrong)-halfOctave(scale)+surpriseMost/2, 0), surpriseMost)
}

// nameRow returns the row of a flag, an enum or raw lanes: whether there was an older value, and if it was another.
func (g *group) nameRow(h *history) int {
	past := 0
	if h.older != nil {
		past = 1
		for i := g.first; i < g.first+int(g.count); i++ {
			if h.older[i] != h.base[i] {
				past = 2
			}
		}
	}
	switch g.kind {
	case laneFlag:
		return rowFlag + 2*past + int(h.base[g.first])
	case laneEnum:
		return rowName + past
	default:
		return rowName + 3 + past
	}
}

// largestRow returns the row of the component that a quaternion leaves out.
func (t *turned) largestRow() int {
	scale := 0
	if t.steps.known {
		s := max(t.steps.lane[0].scale, t.steps.lane[1].scale, t.steps.lane[2].scale)
		scale = 1 + min(halfOctave(s)/6, 2)
	}
	return rowLargest + 16*scale + min(halfOctave(uint64(t.margin)), 15)
}
