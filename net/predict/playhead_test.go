package predict

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/engine"
)

// TestPlayheadsTravel: the server learns which moment was shown in each tick, to
// 1/256 tick where the tick's own message arrives, and to the unevenness of the
// playhead where only a later one does.
func TestPlayheadsTravel(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	app := orderApp(func(t engine.Tick) order { return order{Turn: int8(t.Number % 5)} })
	c, b := newCommands(app), NewCommandBuffer(app.World())
	exact, guessed := 0, 0
	shown := map[uint32]float64{}
	arrived := map[uint32]bool{}
	for n := uint32(100); n < 2000; n++ {
		tick := n + 6
		c.sample(engine.Tick{Number: tick}, 0)
		shown[tick] = float64(tick) - 20 + rng.Float64() // the playhead moves with frames, not with ticks
		m := c.Message(tick-8, shown[tick])
		if rng.IntN(4) > 0 {
			require.NoError(t, b.Receive(m, n, 0))
			arrived[tick] = true
		}
		if b.Take(n) == nil || n < 110 {
			continue
		}
		switch {
		case arrived[n]:
			require.InDelta(t, shown[n], b.Playhead(), 1.0/256)
			exact++
		case b.ticks[n%commandRing] == n:
			require.InDelta(t, shown[n], b.Playhead(), 1.01)
			guessed++
		}
	}
	require.Greater(t, exact, 1000)
	require.Greater(t, guessed, 300)
}

// TestPlayheadOfNothing: before a client shows anything it says so, and a server
// without commands carries on.
func TestPlayheadOfNothing(t *testing.T) {
	app := orderApp(func(engine.Tick) order { return order{} })
	c, b := newCommands(app), NewCommandBuffer(app.World())
	c.sample(engine.Tick{Number: 5}, 0)
	require.NoError(t, b.Receive(c.Message(0, 0), 5, 0))
	b.Take(5)
	require.Zero(t, b.Playhead())
	c.sample(engine.Tick{Number: 6}, 0)
	require.NoError(t, b.Receive(c.Message(5, 2.5), 6, 0))
	b.Take(6)
	require.InDelta(t, 2.5, b.Playhead(), 1.0/256)
	for n := uint32(7); n < 10; n++ {
		b.Take(n)
	}
	require.InDelta(t, 5.5, b.Playhead(), 1.0/256, "it is taken to move on")
	c.sample(engine.Tick{Number: 10}, 0)
	require.NoError(t, b.Receive(c.Message(9, 400), 10, 0))
	b.Take(10)
	require.InDelta(t, 10, b.Playhead(), 1e-9, "nobody sees what is to come")
}
