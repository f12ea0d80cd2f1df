package predict

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/wire"
)

// relayed is a message about two players, and their buffers.
func relayed(tick uint32) (*engine.App, []byte, [2]*CommandBuffer) {
	app := orderApp(func(t engine.Tick) order { return order{Turn: int8(t.Number%3) - 1, Fire: t.Number%7 < 3} })
	c := newCommands(app)
	bufs := [2]*CommandBuffer{NewCommandBuffer(app.World()), NewCommandBuffer(app.World())}
	for n := tick - 10; n < tick+4; n++ {
		c.sample(engine.Tick{Number: n}, 0)
		for i, b := range bufs {
			if n <= tick-uint32(i) {
				_ = b.Receive(c.Message(n-1, 0), min(n, tick), 0) // what it is: the test compares what comes of it
			}
		}
	}
	for n := tick - 10; n <= tick; n++ {
		bufs[0].Take(n)
		bufs[1].Take(n)
	}
	var w wire.Writer
	RelayHead(&w, tick)
	bufs[0].Relay(&w, 3, tick, 1000)
	bufs[1].Relay(&w, 9, tick, 1000)
	w.Bool(false)
	return app, w.Finish(), bufs
}

// TestRelay: a client has the command of each player whom it was told of as the
// server has it, and holds the last as the server does.
func TestRelay(t *testing.T) {
	app, m, bufs := relayed(5000)
	r := newRelays(NewCommandBuffer(app.World()).kind)
	require.NoError(t, r.receive(m, 4990))
	for i, player := range []input.PlayerID{3, 9} {
		for n := uint32(5000); n < 5000+holdTicks; n++ {
			want := bufs[i].hold
			if n > 5000 {
				want = bufs[i].Take(n)
			}
			require.Equal(t, *(*order)(want), *(*order)(r.of(player, n)), "player %d, tick %d", player, n)
		}
	}
	for _, player := range []input.PlayerID{3, 9} {
		require.Equal(t, order{}, *(*order)(r.of(player, 5000+holdTicks+5)), "it lets go")
	}
	require.Nil(t, r.of(4, 5000))
	require.Nil(t, r.of(3, 4999))
	require.NoError(t, r.receive(m, 5030), "again")
}

// TestRelaysAreBounded: a message takes no more than it may, and says so.
func TestRelaysAreBounded(t *testing.T) {
	_, _, bufs := relayed(5000)
	var w wire.Writer
	RelayHead(&w, 5000)
	told := 0
	for id := range input.PlayerID(200) {
		if bufs[0].Relay(&w, id+1, 5000, 100) {
			told++
		}
	}
	w.Bool(false)
	require.LessOrEqual(t, len(w.Finish()), 100)
	require.Greater(t, told, 20)
	require.False(t, bufs[0].Relay(&w, 1, 4999, 1000), "of another tick")
	require.Zero(t, testing.AllocsPerRun(20, func() {
		w.Reset(w.Finish()[:0])
		RelayHead(&w, 5000)
		bufs[0].Relay(&w, 1, 5000, 1000)
	}))
}

// TestRelaysGoRound: of more players than a client has room for it keeps those
// that it has heard of last, and takes no more memory for the others.
func TestRelaysGoRound(t *testing.T) {
	app, _, bufs := relayed(5000)
	r := newRelays(NewCommandBuffer(app.World()).kind)
	hear := func(player input.PlayerID, tick uint32) {
		bufs[0].Take(tick)
		var w wire.Writer
		RelayHead(&w, tick)
		require.True(t, bufs[0].Relay(&w, player, tick, 1000))
		w.Bool(false)
		require.NoError(t, r.receive(w.Finish(), tick))
	}
	hear(7, 5000)
	hear(3, 5001)
	for id := range input.PlayerID(mostRelays + 500) {
		hear(1000+id, 5002+uint32(id))
		hear(7, 5002+uint32(id))
	}
	require.Len(t, r.list, mostRelays)
	require.True(t, slices.IsSortedFunc(r.list, func(a, b *relay) int { return int(a.player) - int(b.player) }))
	last := uint32(5001 + mostRelays + 500)
	require.NotNil(t, r.of(7, last), "it is heard of all the time")
	require.NotNil(t, r.of(1000+mostRelays+499, last))
	require.Nil(t, r.of(3, last), "it is not heard of any more")
}

// FuzzRelays: a hostile server can be refused, nothing else.
func FuzzRelays(f *testing.F) {
	app, m, _ := relayed(5000)
	f.Add(m, uint32(4990))
	rng := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		b := append([]byte(nil), m...)
		b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
		f.Add(b, uint32(5000))
	}
	kind := NewCommandBuffer(app.World()).kind
	f.Fuzz(func(t *testing.T, data []byte, near uint32) {
		r := newRelays(kind)
		_ = r.receive(data, near) // a refusal is a fine answer
		for player := range input.PlayerID(12) {
			if p := (*order)(r.of(player, near+1)); p != nil && (p.Turn < -7 || p.Turn > 7) {
				t.Fatalf("turn %d", p.Turn)
			}
		}
	})
}
