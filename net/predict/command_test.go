package predict

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
)

type order struct {
	Turn int8 `net:"min=-7,max=7"`
	Fire bool
}

func orderApp(f func(t engine.Tick) order) *engine.App {
	app := engine.New(engine.Config{})
	input.Command[order](app)
	input.Sample(app, f)
	return app
}

// TestCommandsArrive sends every tick's commands over a line that loses and
// reorders: the server must see each tick's own command, or have counted it
// late, and never another's.
func TestCommandsArrive(t *testing.T) {
	for seed := range uint64(50) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			given := map[uint32]order{}
			app := orderApp(func(t engine.Tick) order {
				o := order{Turn: int8(rng.IntN(3) - 1), Fire: rng.IntN(4) == 0}
				if t.Number%5 != 0 && t.Number > 101 {
					o = given[t.Number-1]
				}
				given[t.Number] = o
				return o
			})
			c, b := newCommands(app), NewCommandBuffer(app.World())
			type msg struct {
				data []byte
				due  uint32
			}
			var line []msg
			right := 0
			for n := uint32(100); n < 400; n++ {
				c.sample(engine.Tick{Number: n + 10}, 0)
				confirmed := uint32(0)
				if n > 130 {
					confirmed = b.Status().Command - 3
				}
				if rng.IntN(10) > 2 {
					line = append(line, msg{append([]byte(nil), c.Message(confirmed, 0)...), n + uint32(rng.IntN(8))})
				}
				for i := 0; i < len(line); i++ {
					if line[i].due <= n {
						require.NoError(t, b.Receive(line[i].data, n, 0))
						line = append(line[:i], line[i+1:]...)
						i--
					}
				}
				before := b.late
				got := b.Take(n)
				if want, ok := given[n]; ok && got != nil && b.late == before {
					require.Equal(t, want, *(*order)(got), "tick %d", n)
					right++
				}
			}
			require.Greater(t, right, 270)
		})
	}
}

// TestCommandsAreImmutable: what was accepted for a tick stays.
func TestCommandsAreImmutable(t *testing.T) {
	turn := int8(1)
	app := orderApp(func(engine.Tick) order { return order{Turn: turn} })
	c, b := newCommands(app), NewCommandBuffer(app.World())
	c.sample(engine.Tick{Number: 10}, 0)
	require.NoError(t, b.Receive(c.Message(0, 0), 5, 0))
	turn = -1
	c.sample(engine.Tick{Number: 10}, 0)
	require.NoError(t, b.Receive(c.Message(0, 0), 5, 0))
	require.Equal(t, order{Turn: 1}, *(*order)(b.Take(10)))
}

// TestMissingCommandsAreHeldThenLetGo: a short gap repeats the last command, a
// long one releases all keys.
func TestMissingCommandsAreHeldThenLetGo(t *testing.T) {
	app := orderApp(func(engine.Tick) order { return order{Turn: 5, Fire: true} })
	c, b := newCommands(app), NewCommandBuffer(app.World())
	require.Nil(t, b.Take(9), "before the first command there is none")
	c.sample(engine.Tick{Number: 10}, 0)
	require.NoError(t, b.Receive(c.Message(0, 0), 10, 0))
	for n := uint32(10); n <= 10+holdTicks; n++ {
		require.Equal(t, order{Turn: 5, Fire: true}, *(*order)(b.Take(n)), "tick %d", n)
	}
	require.Equal(t, order{}, *(*order)(b.Take(10 + holdTicks + 1)))
	require.Equal(t, uint32(holdTicks+1), b.Status().Late)
}

func TestCommandsOutsideTheWindowAreIgnored(t *testing.T) {
	app := orderApp(func(engine.Tick) order { return order{Turn: 5} })
	c, b := newCommands(app), NewCommandBuffer(app.World())
	c.sample(engine.Tick{Number: 1000}, 0)
	require.NoError(t, b.Receive(c.Message(0, 0), 1000-commandWindow, 0))
	require.NoError(t, b.Receive(c.Message(0, 0), 1001, 0))
	require.Nil(t, b.Take(1000))
}

func TestCommandsAllocateNothing(t *testing.T) {
	app := orderApp(func(engine.Tick) order { return order{Turn: 5} })
	c, b := newCommands(app), NewCommandBuffer(app.World())
	n := uint32(1)
	var p unsafe.Pointer
	round := func() {
		c.sample(engine.Tick{Number: n}, 0)
		require.NoError(t, b.Receive(c.Message(n-1, 0), n, 0))
		p = b.Take(n)
		n++
	}
	round()
	require.Zero(t, testing.AllocsPerRun(100, round))
	require.NotNil(t, p)
}

// FuzzCommandBuffer: a hostile client can be refused, nothing else.
func FuzzCommandBuffer(f *testing.F) {
	app := orderApp(func(t engine.Tick) order { return order{Turn: int8(t.Number % 8)} })
	c := newCommands(app)
	for n := range uint32(20) {
		c.sample(engine.Tick{Number: n + 100}, 0)
		f.Add(append([]byte(nil), c.Message(0, 0)...))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b := NewCommandBuffer(app.World())
		for n := uint32(95); n < 125; n++ {
			if err := b.Receive(data, n, 0); err != nil {
				return
			}
			if p := b.Take(n); p != nil {
				if o := *(*order)(p); o.Turn < -7 || o.Turn > 7 {
					t.Fatalf("turn %d", o.Turn)
				}
			}
		}
	})
}

// TestKeys: both sides arrive at the same identity, and no two spawns share one.
func TestKeys(t *testing.T) {
	w := ecs.NewWorld(0)
	k := NewKeys(ecs.NewSim(w))
	require.Same(t, k, NewKeys(ecs.NewSim(w)))
	seen := map[any]bool{}
	for tick := range uint32(3) {
		k.restart(tick)
		first := k.Next(engine.Tick{Number: tick}, 1, 1).ID
		for range 10 {
			for owner := range input.PlayerID(3) {
				id := k.Next(engine.Tick{Number: tick}, owner, 2).ID
				require.False(t, seen[id])
				require.True(t, id.Predicted())
				require.Equal(t, tick, id.SpawnTick())
				seen[id] = true
			}
		}
		k.restart(tick)
		require.Equal(t, first, k.Next(engine.Tick{Number: tick}, 1, 1).ID, "a replay gives the same keys")
	}
}
