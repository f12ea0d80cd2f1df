// Package particle simulates short-lived decoration: sparks, flames, smoke, debris.
//
// A Pool holds a fixed number of particles and allocates nothing once it is made. It draws nothing and imports nothing
// that needs a screen; render/draw shows a pool. The same seed and the same calls give the same particles. Particles
// are decoration on one screen: they are no part of the simulation and are never replicated.
package particle
