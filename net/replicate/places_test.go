package replicate

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestPlaces compares places with a map.
func TestPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p places
		room, want := uint32(0), map[uint32]int{}
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			slot := uint32(rapid.IntRange(0, 1000).Draw(t, "slot"))
			if slot >= room {
				room = slot + 1
				p.grow(int(room))
			}
			if _, ok := want[slot]; ok {
				p.drop(slot)
				delete(want, slot)
			} else {
				want[slot] = rapid.IntRange(0, MaxSlots-1).Draw(t, "place")
				p.put(slot, want[slot])
			}
		}
		for slot := range uint32(1100) {
			at, ok := p.find(slot)
			place, knows := want[slot]
			require.Equal(t, knows, ok, "slot %d", slot)
			require.Equal(t, place, at, "slot %d", slot)
		}
		require.Len(t, p.at, len(want))
	})
}
