package predict

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
)

var (
	pressSeeds = flag.Int("seeds", 200, "number of seeds of the random tests")
	pressFirst = flag.Uint64("seed", 1, "first seed of the random tests")
)

type leap struct {
	Turn int8 `net:"min=-7,max=7"`
	Jump input.Press
	Keys [2]input.Press
}

// TestPressesAreNeverLostOrDoubled sends presses over a line that loses single
// messages, and all of them for longer than a message reaches back and a command
// is held; from a client whose clock drops ticks and jumps, and whose delay
// changes. The server counts each press once, and none before it was made.
func TestPressesAreNeverLostOrDoubled(t *testing.T) {
	for seed := *pressFirst; seed < *pressFirst+uint64(*pressSeeds); seed++ {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			defer func() {
				if t.Failed() {
					t.Logf("replay: go test ./net/predict -run PressesAreNever -seed %d -seeds 1", seed)
				}
			}()
			playPresses(t, rand.New(rand.NewPCG(seed, 1)))
		})
	}
}

func playPresses(t *testing.T, rng *rand.Rand) {
	var made, counted [3]int
	quiet := false
	app := engine.New(engine.Config{})
	input.Command[leap](app)
	input.Sample(app, func(engine.Tick) leap {
		l := leap{Turn: int8(rng.IntN(15) - 7)}
		for i, p := range []*input.Press{&l.Jump, &l.Keys[0], &l.Keys[1]} {
			if n := max(rng.IntN(12)-9, 0); !quiet && n > 0 {
				*p = input.Presses(n)
				made[i] += n
			}
		}
		return l
	})
	c, b := newCommands(app), NewCommandBuffer(app.World())
	lead, delay, deaf, dark := uint32(10), uint32(0), 0, 0
	for n := uint32(1000); n < 2000; n++ {
		if quiet = n > 1900; quiet {
			deaf, dark = 0, 0
		}
		switch rng.IntN(200) {
		case 0:
			deaf = rng.IntN(100) // nothing arrives: at most 100 ticks with 0.4 presses each
		case 1:
			lead, c.jumped = lead+uint32(rng.IntN(15)), true // the clock jumps ahead
		case 2:
			if lead > 15 {
				lead, c.jumped = lead-uint32(rng.IntN(10)), true // and back
			}
		case 3:
			delay = uint32(rng.IntN(12))
		case 4:
			dark = rng.IntN(20) // the client's machine stands still
		}
		if dark--; dark < 0 {
			c.sample(engine.Tick{Number: n + lead}, delay)
			if m := c.Message(b.newest, 0); deaf <= 0 && rng.IntN(4) > 0 {
				require.NoError(t, b.Receive(m, n, 0))
			}
		}
		deaf--
		if p := (*leap)(b.Take(n)); p != nil {
			for i, x := range []input.Press{p.Jump, p.Keys[0], p.Keys[1]} {
				counted[i] += int(x.New)
				require.LessOrEqual(t, counted[i], made[i], "tick %d", n)
			}
		}
	}
	require.Equal(t, made, counted)
	require.Positive(t, made[0])
}

// TestPressesOfMissedTicksAreReplayed: the server had nothing for two ticks; what
// the client replays after them has their presses in the tick that the server
// gave them to.
func TestPressesOfMissedTicksAreReplayed(t *testing.T) {
	app := engine.New(engine.Config{})
	input.Command[leap](app)
	input.Sample(app, func(t engine.Tick) leap { return leap{Jump: input.Presses(int(t.Number % 2))} })
	c, b := newCommands(app), NewCommandBuffer(app.World())
	for n := uint32(10); n < 20; n++ {
		c.sample(engine.Tick{Number: n}, 0)
		if n < 15 {
			require.NoError(t, b.Receive(c.Message(0, 0), n, 0))
		}
		b.Take(n)
	}
	require.Equal(t, CommandCounts{InTime: 5, Repeated: 5}, b.Log().Counts())
	c.sample(engine.Tick{Number: 20}, 0)
	c.heard(19, b.Status().Recent)
	require.Equal(t, uint8(3), (*leap)(c.at(20)).Jump.New, "of ticks 15, 17 and 19")
	require.NoError(t, b.Receive(c.Message(14, 0), 20, 0))
	require.Equal(t, *(*leap)(c.at(20)), *(*leap)(b.Take(20)))
	require.Equal(t, CommandCounts{InTime: 6, Late: 5}, b.Log().Counts())
	c.heard(20, b.Status().Recent)
	require.Equal(t, CommandCounts{InTime: 6, Late: 5}, c.Log().Counts())
	status, known := c.Log().At(17)
	require.True(t, known)
	require.Equal(t, Late, status)
	require.Equal(t, "late", status.String())
	_, known = c.Log().At(9)
	require.False(t, known, "the client had given none")
	require.Equal(t, uint32(20), c.Log().Newest())
}

// TestRunsAreSmall measures commands of a player who presses something new now
// and then, with a round trip of 12 ticks, beside a bit for each repeated tick.
func TestRunsAreSmall(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var now order
	app := orderApp(func(engine.Tick) order {
		if rng.IntN(15) == 0 {
			now = order{Turn: int8(rng.IntN(3) - 1), Fire: rng.IntN(3) == 0}
		}
		return now
	})
	c := newCommands(app)
	bits, flags, messages := 0, 0, 0
	for n := uint32(100); n < 4000; n++ {
		c.sample(engine.Tick{Number: n}, 0)
		if n < 150 {
			continue
		}
		messages++
		bits += len(c.Message(n-12, 0)) * 8
		flags += 32 + 8 + 5 + c.kind.MaxBits()
		for k := n - 10; k <= n; k++ {
			if flags++; !c.kind.Equal(c.at(k), c.at(k-1)) {
				flags += c.kind.MaxBits()
			}
		}
	}
	t.Logf("%.1f bytes a message in runs, %.1f with a flag a tick", float64(bits)/8/float64(messages), float64(flags)/8/float64(messages))
	require.Less(t, float64(bits), 0.75*float64(flags))
}
