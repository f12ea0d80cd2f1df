//go:build !race

package server

// games is how many games of a kind are played.
const games = 4
