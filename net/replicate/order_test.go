package replicate

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// Knowledge that is put in order knows what it knew, and what moved lies side by side.
func TestOrderKeepsWhatIsKnown(t *testing.T) {
	const since = 100
	rng := rand.New(rand.NewPCG(1, 2))
	k := knowledge{fields: 2}
	var o order
	for range 300 {
		slot := uint32(rng.IntN(400))
		if at, ok := k.find(slot); ok {
			k.forget(at)
		} else {
			at := k.learn(known{id: ID(slot + 1), slot: slot, mask: 3}, 3, uint32(rng.IntN(2*since)))
			k.references(at)[0], k.references(at)[1] = slot, slot+1
		}
	}
	before := map[uint32]known{}
	for _, slot := range k.slots.all(nil) {
		at, _ := k.find(slot)
		before[slot] = k.list[at]
	}

	o.put(&k, since)
	require.Len(t, before, k.count())
	require.Empty(t, k.free)
	rests, last := false, -1
	for at := range k.list {
		e := &k.list[at]
		require.Equal(t, before[e.slot], *e)
		found, ok := k.find(e.slot)
		require.True(t, ok)
		require.Equal(t, at, found)
		require.Equal(t, []uint32{e.slot, e.slot + 1}, k.references(at))
		if !rests && e.first.sent < since {
			rests, last = true, -1
		}
		require.Equal(t, rests, e.first.sent < since, "what moved comes first")
		require.Greater(t, int(e.slot), last, "by slot")
		last = int(e.slot)
	}
	at := k.learn(known{id: 999, slot: 900}, 1, 1)
	require.Equal(t, len(before), at)
	for _, slot := range k.slots.all(nil) {
		at, _ := k.find(slot)
		k.forget(at) // takes no memory, and finds room in free
	}
	require.Zero(t, k.count())
}
