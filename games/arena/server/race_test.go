//go:build race

package server

// games is how many games of a kind are played; the race detector makes each ten times slower.
const games = 1
