package rewind

import (
	"github.com/tandem-engine/tandem/engine/physics"
)

// span is the time from one frame to the next, indexed by place. All views of
// moments in between share it.
type span struct {
	frame  *frame
	stamp  uint64 // of the frame
	until  uint32 // frames up to this tick were looked at
	grid   *physics.Grid
	bounds physics.Box // of all shapes
}

// span returns the index of the time after a frame. Frames up to the tick until
// may tell where a shape is going.
func (p *Past) span(f *frame, until uint32) *span {
	s := &p.spans[f.tick/p.interval%grids]
	if f == &p.present {
		s = &p.now
	}
	if s.frame == f && s.stamp == f.stamp && s.until == until {
		return s
	}
	if s.grid == nil {
		s.grid = physics.NewGrid(p.config.World, p.config.Cell)
	}
	s.frame, s.stamp, s.until = f, f.stamp, until
	s.grid.Reset()
	for i := range f.shapes {
		box := f.shapes[i].bounds()
		if to, _ := p.following(f, i, until); to != nil {
			box = union(box, to.bounds())
		}
		box = grow(box, slack(box))
		s.grid.AddBox(box)
		if i == 0 {
			s.bounds = box
		}
		s.bounds = union(s.bounds, box)
	}
	return s
}

// slack is more than what rounding can do to the place of something between two
// places.
func slack(b physics.Box) float32 {
	return 1e-5 * (1 + max(abs(b.MinX), abs(b.MinY), abs(b.MaxX), abs(b.MaxY)))
}

func abs(v float32) float32 { return max(v, -v) }

// following finds the next change of shape i of a frame, up to the tick until:
// the shape then, and its tick. nil: none.
func (p *Past) following(f *frame, i int, until uint32) (*Shape, uint32) {
	for f.linked && int32(until-f.tick) > 0 && f.next[i] >= 0 {
		i = int(f.next[i])
		if f = p.at(f.tick + p.interval); f == nil {
			return nil, 0
		}
		if f.changed[i] == f.tick {
			return &f.shapes[i], f.tick
		}
	}
	return nil, 0
}

// pose is shape i of a frame at a moment in the frame's span, as a client shows
// it: on the way from its last change to the next. What stands still is not
// sent; after a long pause it began to move one snapshot before it changed.
func (p *Past) pose(s *Shape, f *frame, i int, until uint32, moment float64) {
	*s = f.shapes[i]
	to, tick := p.following(f, i, until)
	if to == nil {
		return
	}
	from := float64(f.changed[i])
	if float64(tick)-from > float64(stillIntervals*p.interval) {
		from = float64(tick - p.interval)
	}
	if moment > from {
		s.between(&f.shapes[i], to, (moment-from)/(float64(tick)-from))
	}
}
