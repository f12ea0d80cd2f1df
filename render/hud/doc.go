// Package hud draws text, panels and bars over the picture of a game.
//
// Lengths are in points: at a window of 1280 × 720 pixels a point is a pixel, in larger windows and on denser displays
// it grows, so that the layout stays the same. A Canvas collects what a frame shows; panels and bars first, text over
// them, when it is flushed. What must lie over text goes onto the canvas after a Flush.
package hud
