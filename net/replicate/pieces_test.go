package replicate

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/input"
)

// TestMessagesFitADatagram: also where most of what was told of last time rests now,
// so that much is passed over between two things.
func TestMessagesFitADatagram(t *testing.T) {
	const things = 4000
	for _, pieces := range bothWays {
		for _, first := range []int{1, 370, 740, 1110} {
			c := newCrush(1, things, 1, pieces)
			move := func(most int) {
				for _, f := range c.line.fates {
					c.peer.Fate(f)
				}
				c.line.fates, c.line.most = c.line.fates[:0], 0
				for i, e := range c.all {
					if i < most || i == things-1 {
						c.places.Get(e).X += 0.07
					}
				}
				require.NoError(t, c.app.Step())
				require.LessOrEqual(t, c.line.most, valuesMessage)
			}
			for range 60 {
				move(things)
			}
			move(first)
			require.Positive(t, c.line.most)
		}
	}
}

// TestLivelyTypes: in pieces, what has changed a while ago is told with what changes,
// and after another while no more.
func TestLivelyTypes(t *testing.T) {
	for _, pieces := range bothWays {
		c := newCrush(1, 20, 1, pieces)
		for _, e := range c.all {
			c.moods.Add(e, starveMood{})
		}
		moods := func(ticks int) (updates uint64) {
			before := c.server.Counters().Types[0].Updates
			for range ticks {
				c.step(t)
			}
			return c.server.Counters().Types[0].Updates - before
		}
		require.Zero(t, moods(3*livelyScans), "they came with the structure, and have not changed")
		for _, e := range c.all {
			c.moods.Get(e).Value++
		}
		if pieces < 0 {
			require.EqualValues(t, 20, moods(3*livelyScans))
		} else {
			require.EqualValues(t, 20*livelyScans, moods(livelyScans))
			require.Zero(t, moods(2*livelyScans))
		}
	}
}

// TestSpreadPart is what PROTOCOL.md says under Values.
func TestSpreadPart(t *testing.T) {
	for interval, parts := range map[uint32][]uint32{
		1: {0, 0, 0, 0, 0, 0},
		2: {0, 1, 1, 0, 1, 1},
		3: {1, 2, 1, 2, 1, 2},
		4: {1, 2, 3, 1, 2, 3},
	} {
		for player, part := range parts {
			require.Equal(t, part, spreadPart(input.PlayerID(player), interval), "player %d, interval %d", player, interval)
		}
	}
}
