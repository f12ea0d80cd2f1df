package rewind

import (
	"cmp"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/net/replicate"
)

// Kind is what a shape is.
type Kind uint8

const (
	// Circle is the disc around (X, Y) with Radius. The zero value.
	Circle Kind = iota
	// Box is the rectangle along the axes from (X, Y) to (X1, Y1).
	Box
	// Segment is the line from (X, Y) to (X1, Y1), thick by Radius on all sides.
	Segment
	// Own is the game's own Outline at (X, Y), turned by Angle.
	Own
)

// Shape is one thing that can be hit, at one moment.
type Shape struct {
	Entity  ecs.Entity
	Net     replicate.Net // of the entity
	Part    uint8         // tells several shapes of one entity apart
	Kind    Kind
	Tag     uint64  // whatever the game wants to know of what is hit
	X, Y    float32 // see Kind
	X1, Y1  float32
	Radius  float32
	Angle   float32 // radians
	Outline Outline // of kind Own
}

// Place is where an [Outline] is.
type Place struct{ X, Y, Angle float32 }

// Outline is a shape of the game's own. It must not change once it is recorded,
// and its answers must not depend on anything but their arguments.
type Outline interface {
	// Reach is the distance from its place that no point of it exceeds.
	Reach() float32
	// Hit is where a disc that moves along a way first touches it, as a fraction
	// of the way. A disc that touches it from the start does so at 0.
	Hit(at Place, way physics.Segment, radius float32) (t float32, hit bool)
	// Overlaps reports whether it and a circle have a point in common.
	Overlaps(at Place, c physics.Circle) bool
	// Touches reports whether it and a box have a point in common.
	Touches(at Place, b physics.Box) bool
}

// place is where the outline of a shape is.
func (s *Shape) place() Place { return Place{s.X, s.Y, s.Angle} }

// order is the order of shapes in frames and results.
func (s *Shape) order(o *Shape) int {
	return cmp.Or(cmp.Compare(s.Net.ID, o.Net.ID), cmp.Compare(s.Part, o.Part))
}

// moved reports whether a shape is elsewhere than before.
func (s *Shape) moved(o *Shape) bool {
	return s.X != o.X || s.Y != o.Y || s.X1 != o.X1 || s.Y1 != o.Y1 || s.Radius != o.Radius || s.Angle != o.Angle || s.Kind != o.Kind
}

// bounds is the smallest box around the shape, or a little more.
func (s *Shape) bounds() physics.Box {
	switch s.Kind {
	case Circle:
		return physics.Circle{X: s.X, Y: s.Y, Radius: s.Radius}.Box()
	case Own:
		return physics.Circle{X: s.X, Y: s.Y, Radius: s.Outline.Reach()}.Box()
	default:
		return grow(physics.Segment{X0: s.X, Y0: s.Y, X1: s.X1, Y1: s.Y1}.Box(), s.Radius)
	}
}

// hit is where a disc on a way first touches the shape.
func (s *Shape) hit(way physics.Segment, radius float32) (t float32, hit bool) {
	switch s.Kind {
	case Circle:
		return way.Hit(physics.Circle{X: s.X, Y: s.Y, Radius: s.Radius + radius})
	case Box:
		return hitBox(way, s.box(), radius)
	case Segment:
		return hitSegment(way, physics.Segment{X0: s.X, Y0: s.Y, X1: s.X1, Y1: s.Y1}, s.Radius+radius)
	default:
		return s.Outline.Hit(s.place(), way, radius)
	}
}

// overlaps reports whether the shape and a circle have a point in common.
func (s *Shape) overlaps(c physics.Circle) bool {
	switch s.Kind {
	case Circle:
		return within(c.X-s.X, c.Y-s.Y, s.Radius+c.Radius)
	case Box:
		return s.box().Overlaps(c)
	case Segment:
		x, y := nearestOn(physics.Segment{X0: s.X, Y0: s.Y, X1: s.X1, Y1: s.Y1}, c.X, c.Y)
		return within(c.X-x, c.Y-y, s.Radius+c.Radius)
	default:
		return s.Outline.Overlaps(s.place(), c)
	}
}

// touches reports whether the shape and a box have a point in common.
func (s *Shape) touches(b physics.Box) bool {
	switch s.Kind {
	case Circle:
		return b.Overlaps(physics.Circle{X: s.X, Y: s.Y, Radius: s.Radius})
	case Box:
		return meet(s.box(), b)
	case Segment:
		_, hit := hitBox(physics.Segment{X0: s.X, Y0: s.Y, X1: s.X1, Y1: s.Y1}, b, s.Radius)
		return hit
	default:
		return s.Outline.Touches(s.place(), b)
	}
}

// box is the rectangle of a shape of kind Box.
func (s *Shape) box() physics.Box { return physics.Box{MinX: s.X, MinY: s.Y, MaxX: s.X1, MaxY: s.Y1} }

// between sets s to the shape on the way from a to b, as a client blends
// components: what is no float is a's.
func (s *Shape) between(a, b *Shape, f float64) {
	*s = *a
	s.X, s.Y = blend(a.X, b.X, f), blend(a.Y, b.Y, f)
	s.X1, s.Y1 = blend(a.X1, b.X1, f), blend(a.Y1, b.Y1, f)
	s.Radius = blend(a.Radius, b.Radius, f)
	s.Angle = float32(float64(a.Angle) + float64(turn(float64(b.Angle)-float64(a.Angle))*f))
}

func blend(a, b float32, f float64) float32 {
	return float32(float64(a) + float64((float64(b)-float64(a))*f))
}
