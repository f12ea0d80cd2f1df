package rewind

import (
	"slices"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/net/replicate"
)

// frame is what could be hit at the end of one tick.
type frame struct {
	tick    uint32
	stamp   uint64 // another one each time that the frame is filled
	valid   bool
	shapes  []Shape  // by ID and part
	changed []uint32 // a shape: tick of the frame since which it looks like this
	next    []int32  // a shape: its place in the following frame, -1: it is not there
	linked  bool     // next is filled in
}

func (f *frame) reset(tick uint32) {
	f.tick, f.valid, f.linked = tick, true, false
	clear(f.shapes) // they hold outlines
	f.shapes = f.shapes[:0]
}

// finish sorts the shapes and finds since when each is as it is. before is the
// frame before, nil for none.
func (f *frame) finish(before *frame) {
	slices.SortStableFunc(f.shapes, func(a, b Shape) int { return a.order(&b) })
	f.shapes = slices.CompactFunc(f.shapes, func(a, b Shape) bool { return a.order(&b) == 0 && a.Net.ID != 0 })
	f.changed = slices.Grow(f.changed[:0], len(f.shapes))[:len(f.shapes)]
	for i := range f.changed {
		f.changed[i] = f.tick
	}
	if before == nil {
		return
	}
	before.linked = true
	before.next = slices.Grow(before.next[:0], len(before.shapes))[:len(before.shapes)]
	k := 0
	for i := range before.shapes {
		old := &before.shapes[i]
		for k < len(f.shapes) && f.shapes[k].order(old) < 0 {
			k++
		}
		before.next[i] = -1
		if k < len(f.shapes) && f.shapes[k].order(old) == 0 {
			before.next[i] = int32(k)
			if !f.shapes[k].moved(old) {
				f.changed[k] = before.changed[i]
			}
		}
	}
}

// Recorder takes the shapes of one moment from a [Source].
type Recorder struct {
	past  *Past
	frame *frame
}

// Add adds a shape. Those of entities without a network ID, which no client knows yet, are seen
// in the present only. Of two with the same ID and part the first stays.
func (r *Recorder) Add(s Shape) {
	if s.Kind == Own && s.Outline == nil {
		panic("rewind: Shape of kind Own without Outline: give one")
	}
	r.frame.shapes = append(r.frame.shapes, s)
}

// Circle adds a disc.
func (r *Recorder) Circle(e ecs.Entity, n replicate.Net, c physics.Circle, tag uint64) {
	r.Add(Shape{Entity: e, Net: n, X: c.X, Y: c.Y, Radius: c.Radius, Tag: tag})
}

// Box adds a rectangle along the axes.
func (r *Recorder) Box(e ecs.Entity, n replicate.Net, b physics.Box, tag uint64) {
	r.Add(Shape{Entity: e, Net: n, Kind: Box, X: b.MinX, Y: b.MinY, X1: b.MaxX, Y1: b.MaxY, Tag: tag})
}

// Segment adds a line that is thick by radius on all sides.
func (r *Recorder) Segment(e ecs.Entity, n replicate.Net, s physics.Segment, radius float32, tag uint64) {
	r.Add(Shape{Entity: e, Net: n, Kind: Segment, X: s.X0, Y: s.Y0, X1: s.X1, Y1: s.Y1, Radius: radius, Tag: tag})
}

// Outline adds a shape of the game's own.
func (r *Recorder) Outline(e ecs.Entity, n replicate.Net, o Outline, at Place, tag uint64) {
	r.Add(Shape{Entity: e, Net: n, Kind: Own, X: at.X, Y: at.Y, Angle: at.Angle, Outline: o, Tag: tag})
}
