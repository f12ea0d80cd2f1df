//go:build race

package transport_test

// underRace: everything takes ten times as long, so that long tests do less.
const underRace = true
