//go:build !race

package arena_test

// defaultSeeds is how many seeds the whole games are played with.
const defaultSeeds = 20
