// Package sprite is the plain data of drawing: what a thing looks like, colours, and the camera.
//
// It imports nothing that needs a screen, so simulations, servers and tests may use it. Package render/draw turns
// this data into pixels. World coordinates have the same directions as the screen: X grows to the right, Y grows down,
// and a positive angle turns clockwise. Angles are radians.
package sprite
