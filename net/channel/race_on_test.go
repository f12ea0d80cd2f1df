//go:build race

package channel

// underRace: everything takes ten times as long, so that long tests do less.
const underRace = true
