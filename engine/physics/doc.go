// Package physics finds out what touches what, for games of circles in a box. It is small because its order must be
// deterministic: the same shapes added in the same order give the same answers in the same order and with the same bits
// on every processor. What a touch means is the game's business.
//
//   - two circles: [Circle.Overlaps], [Circle.Contact]
//   - a circle and a rectangle: [Box.Overlaps], [Box.Push]
//   - something in flight, which must not jump through what it hits: [Segment.Hit], [Circle.Sweep]
//   - which of many to look at: [Grid]
//
// Lengths are in the game's own unit; x grows to the right, y wherever the game wants.
package physics
