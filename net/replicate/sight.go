package replicate

import (
	"math"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine/physics"
)

// spot is from where a slot's entity is seen: near it, or if x is no number, from
// everywhere.
type spot struct{ x, y float32 }

// nowhere is the spot of what is seen from everywhere.
var nowhere = spot{x: float32(math.NaN())}

func (s spot) everywhere() bool { return s.x != s.x }

// squared is the square of the distance from the middle of a circle.
func (s spot) squared(c physics.Circle) float32 {
	dx, dy := s.x-c.X, s.y-c.Y
	return dx*dx + dy*dy
}

// beyond reports whether it is farther from the middle of a circle than the root
// of reach.
func (s spot) beyond(c physics.Circle, reach float32) bool { return s.squared(c) > reach }

// looking is the world's rules of interest, made ready for a scan; nil for none.
func (tr *tracker) looking() *Interest {
	in := looking(tr.world)
	if in != nil && in.xy != nil && tr.near == nil {
		tr.near = newCells(in.area.World, in.area.Radius/2)
	}
	return in
}

// place notes where a thing is and who may see it.
func (tr *tracker) place(i uint32, s *slot, in *Interest, q *ecs.Cursor) {
	if in == nil {
		return
	}
	s.groups = 0
	tr.grouped.drop(i)
	if g := q.Pointer(tr.groupID); g != nil && (*Groups)(g).Mask != 0 {
		s.groups = (*Groups)(g).Mask
		tr.grouped.put(i)
	}
	if in.xy == nil {
		return
	}
	p := q.Pointer(in.position)
	if s.placed = p != nil; s.placed {
		s.x, s.y = in.xy(p)
	}
	if tr.table.parent < 0 {
		tr.spot(i, s)
	}
}

// placeFamilies does what place does where things have parents, once those are
// known.
func (tr *tracker) placeFamilies(in *Interest) {
	if in == nil || in.xy == nil || tr.table.parent < 0 {
		return
	}
	tr.placeFamily()
	for i := range tr.slots {
		if s := &tr.slots[i]; !s.entity.IsZero() {
			tr.spot(uint32(i), s)
		}
	}
}

// spot puts a slot's entity where it is seen.
func (tr *tracker) spot(i uint32, s *slot) {
	at := nowhere
	if s.placed && s.net.Life != Always {
		if at = (spot{s.x, s.y}); at.everywhere() {
			at.x = float32(math.Inf(1)) // it has no place: nobody sees it
		}
	}
	if at != tr.spots[i] || s.born == tr.scans || tr.table.parent >= 0 {
		tr.move(i, at)
	}
}

// move puts a slot's entity to another spot.
func (tr *tracker) move(i uint32, to spot) {
	tr.spots[i] = to
	if tr.near == nil {
		return
	}
	tr.far.drop(i)
	switch {
	case tr.slots[i].parent != 0: // it is found by its parent
		tr.near.put(i, noCell)
	case to.everywhere():
		tr.far.put(i)
		tr.near.put(i, noCell)
	default:
		tr.near.put(i, tr.near.cell(to.x, to.y))
	}
}
