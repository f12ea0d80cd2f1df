// Package art draws the arena's pictures by calculation: ships, rocks, crates, glows, the sky.
//
// All of it is plain image code that needs no screen. What is lit comes as a Lit: a picture without any shadow, and the
// direction in which its surface looks at each pixel, so that the light keeps its direction while the thing turns.
// The same seed gives the same picture.
package art
