package replicate

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tandem-engine/tandem/engine"
)

// TestPlayheadIsMonotonic lets snapshots come late, clumped and not at all, at any
// frame rate: what is shown never goes back, is a little faster or slower than the
// server at most, and comes to rest behind the newest snapshot.
func TestPlayheadIsMonotonic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.SampledFrom([]int{30, 60, 75, 144, 240}).Draw(t, "frames a second")
		jitter := rapid.Float64Range(0, 12).Draw(t, "jitter in ticks")
		loss := rapid.Float64Range(0, 0.3).Draw(t, "loss")
		chance := rapid.Float64Range(0, 1)
		l := newTimeline(60, 3)
		frame := time.Second / time.Duration(rate)
		type arrival struct {
			at   float64
			tick uint32
		}
		var under []arrival
		sent, last := uint32(0), 0.0
		for n := range 12 * rate {
			now := time.Duration(n) * frame
			before, was := l.playhead, l.running
			l.advance(now)
			if was {
				passed := frame.Seconds() * 60
				require.GreaterOrEqual(t, l.playhead, before)
				require.InDelta(t, passed, l.playhead-before, passed*playbackRange+2.0/playheadSteps)
			}
			for ; float64(sent) <= now.Seconds()*60; sent += 3 {
				if n < 10*rate && chance.Draw(t, "luck") < loss {
					continue // the last seconds are without loss and jitter
				}
				at := float64(sent) + 6
				if n < 10*rate {
					at += jitter * chance.Draw(t, "delay")
				}
				last = max(last, at)
				under = append(under, arrival{last, sent})
			}
			for len(under) > 0 && under[0].at <= now.Seconds()*60 {
				l.heard(under[0].tick, true)
				under = under[1:]
			}
		}
		require.Less(t, l.playhead, float64(l.newest), "it waits for what is to come")
		require.Greater(t, l.playhead, float64(l.newest)-60)
	})
}

// TestDelayCountsFromValues: where a player's values come some ticks after the rest of
// a snapshot, what is shown is as far behind the values as it is without.
func TestDelayCountsFromValues(t *testing.T) {
	for _, moving := range []bool{true, false} {
		for part := range uint32(3) {
			l := newTimeline(60, 3)
			l.part = part
			for tick := range uint32(1200) {
				l.advance(time.Duration(tick) * time.Second / 60)
				if tick%3 == 0 {
					l.heard(tick, false)
				}
				if moving && tick >= 3 && tick%3 == part {
					values := tick - part
					l.heard(values, true)
					require.Equal(t, values, l.newest)
					if tick > 600 {
						require.InDelta(t, float64(values)-l.delay(), l.playhead, 3*deadBand+0.01, "part %d", part)
					}
				}
			}
			require.GreaterOrEqual(t, l.newest, uint32(1200-6), "what stands still is known to")
		}
	}
}

type path struct {
	X     float32 `net:"min=-1000,max=1000,step=0.01"`
	Angle float32 `net:"angle,bits=16"`
	Step  uint8   // no float: it steps
}

// TestGuessesAreBounded shows a thing at all moments before and after its samples:
// on the line between two, exactly there at each and at the last once it has
// stopped, and never further ahead than two snapshots go.
func TestGuessesAreBounded(t *testing.T) {
	app := engine.New(engine.Config{})
	Component[path](app, Interpolate(Lerp))
	require.NoError(t, app.Start())
	rapid.Check(t, func(t *rapid.T) {
		c := NewClient(app, ClientConfig{TickRate: 60, Interval: 3})
		tr, typ := newTrack(c.table.Types[0]), c.table.Types[0]
		column := typ.NewColumn()
		column.AppendZero()
		dst := (*path)(column.At(0))
		speed := rapid.Float32Range(-20, 20).Draw(t, "a snapshot")
		count := uint32(rapid.IntRange(2, 8).Draw(t, "samples"))
		for n := range count {
			v := (*path)(tr.spare())
			*v = path{speed * float32(n), wrapped(0.9 * float64(n)), uint8(n)}
			tr.insert(3 + 3*n)
		}
		last := 3 * count
		show := func(x float64) path {
			c.sample(tr, tr.passed(x), typ, column.At(0), x)
			return *dst
		}
		c.timeline.newest = last
		before := show(3)
		for x := 3.0; x < float64(last)+60; x += rapid.Float64Range(0.01, 1).Draw(t, "on") {
			now := show(x)
			require.LessOrEqual(t, (before.X-now.X)*sign(speed), float32(1e-4), "it never goes back")
			want := min((x-3)/3, float64(count-1)+guessIntervals)
			require.InDelta(t, float64(speed)*want, now.X, 1e-3)
			require.InDelta(t, 0, math.Remainder(0.9*want-float64(now.Angle), 2*math.Pi), 1e-3, "the shorter way round")
			require.Equal(t, uint8(min((x-3)/3, float64(count-1))), now.Step)
			before = now
		}
		c.timeline.newest = last + 3 // which says nothing of it: it has stopped
		require.InDelta(t, speed*float32(count-1), show(float64(last)+1).X, 0, "exactly")
		require.InDelta(t, speed*float32(count-1), show(float64(last)+50).X, 0)
	})
}

func sign(v float32) float32 { return map[bool]float32{true: 1, false: -1}[v >= 0] }

func wrapped(a float64) float32 { return float32(math.Remainder(a, 2*math.Pi)) }
