//go:build race

package arena_test

// defaultSeeds: the race detector makes a game ten times slower.
const defaultSeeds = 1
