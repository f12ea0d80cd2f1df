package predict

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/replicate"
)

type spot struct {
	X, Y float32 `net:"min=-100,max=100,step=0.01"`
}

// TestCorrectionsSlide: small ones lose half their size in a half-life, large ones
// are no faster than they may be, at any frame rate.
func TestCorrectionsSlide(t *testing.T) {
	app := engine.New(engine.Config{})
	replicate.Component[spot](app, replicate.Predict(), replicate.Interpolate(replicate.Lerp),
		replicate.HalfLife(200*time.Millisecond), replicate.Slide(30))
	require.NoError(t, app.Start())
	for _, rate := range []int{30, 60, 75, 144, 240} {
		s := newSmoother(replicate.TableOf(app))
		s.errors, s.has = make([]offsets, 8), make([]bool, 8)
		s.spare = offsets{30, 40}
		s.add(7, 0, replicate.TableOf(app).Types[0])
		dt := 1 / float64(rate)
		size := func() float64 { return math.Hypot(s.of(7, 0)[0], s.of(7, 0)[1]) }
		for range rate {
			before := size()
			s.decay(dt)
			require.LessOrEqual(t, before-size(), 30*dt+1e-9, "at %d frames a second", rate)
			require.InDelta(t, 4.0/3, s.of(7, 0)[1]/s.of(7, 0)[0], 1e-9, "along a straight line")
		}
		require.InDelta(t, 50-30, size(), 1e-6, "it slid as fast as it may")
		for size() > 5 { // 5·ln 2/0.2 is less than 30 a second
			s.decay(dt)
		}
		before := size()
		for range rate / 5 {
			s.decay(dt)
		}
		require.InDelta(t, before*math.Exp2(-float64(rate/5)*dt/0.2), size(), 1e-6)
	}
}
