// Package draw turns sprites, particles and shapes into pixels, in few and large batches.
//
// An Atlas is one texture with many pictures. A Batch collects quads of an atlas, in world or screen coordinates, and
// draws them with one call. A Layer is a part of the frame that a game adds to its App; render/window draws the layers
// of an App in order, over each other.
//
// Everything here must run on the goroutine of Ebitengine's Update and Draw.
package draw
