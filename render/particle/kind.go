package particle

import "github.com/tandem-engine/tandem/render/sprite"

// Range is an interval from which a value is drawn evenly. Equal ends give that value.
type Range struct{ Min, Max float32 }

// Exactly is the range that holds one value.
func Exactly(v float32) Range { return Range{v, v} }

// Kind describes one sort of particle. A Kind must stay unchanged while particles of it live.
type Kind struct {
	Sprite  string      // picture in the atlas, tinted by Ramp
	Life    Range       // seconds
	Speed   Range       // world units a second along the direction it is thrown in
	Spread  float32     // radians by which that direction may differ to either side; math.Pi is all around
	Inherit float32     // share of the source's velocity that the particle takes over
	Drag    float32     // share of speed lost a second, for small shares; 0: none
	Scatter float32     // world units around the source in which it begins
	Spin    Range       // radians a second
	Size    Range       // world units across
	Grow    float32     // size at the end of life over size at birth; 0 means it shrinks to nothing, 1 keeps it
	Stretch float32     // seconds of its movement by which it is drawn longer: makes streaks of sparks
	Ramp    sprite.Ramp // colour over its life
	Glow    float32     // 0: covers what is beneath; 1: adds its light
	Aligned bool        // points along its movement instead of a random way
}

// Source is where and how particles are thrown out.
type Source struct {
	X, Y      float32      // world units
	VX, VY    float32      // world units a second
	Direction float32      // radians
	Tint      sprite.Color // multiplies the kind's ramp; the zero value means sprite.White
	Scale     float32      // multiplies size and speed; 0 means 1
}
