package rewind

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/engine/physics"
	"github.com/tandem-engine/tandem/net/replicate"
)

// TestModesOfThePresent changes who predicts an entity. In every tick, and in every
// replay of one, it is either in the view of player 1 or predicted by player 1, and
// never both: else nothing could hit it, or everything twice.
func TestModesOfThePresent(t *testing.T) {
	for _, s := range []struct {
		name string
		make func(p *Past)
	}{
		{"server", func(p *Past) { p.Serve(3) }},
		{"client", func(p *Past) { p.Show(1) }},
	} {
		t.Run(s.name, func(t *testing.T) {
			app := engine.New(engine.Config{})
			nets := ecs.NewMap1[replicate.Net](app.Sim())
			e := nets.NewEntity(replicate.Net{ID: 1, Owner: 2, Mode: replicate.ByAll})
			p := Record(app, Config{World: square, Cell: 10}, sourceFunc(func(r *Recorder) {
				r.Circle(e, *nets.Get(e), physics.Circle{X: float32(app.Tick()) / 10, Radius: 1}, 0)
			}))
			s.make(p)
			var replay []uint32
			checked := 0
			app.Receive(systemFunc(func(engine.Tick) {
				for _, n := range replay {
					require.NoError(t, app.Resimulate(n))
				}
			}))
			app.Simulate(systemFunc(func(tick engine.Tick) {
				predicted := nets.Get(e).PredictedFor(1)
				v := p.View(tick, 1)
				require.Equal(t, !predicted, len(v.Shapes(nil)) == 1, "tick %d", tick.Number)
				_, found := v.Find(1, 0)
				require.Equal(t, !predicted, found)
				_, hit := v.First(physics.Segment{X0: -90, X1: 90}, 1)
				require.Equal(t, !predicted, hit)
				checked++
			}))
			for range 60 {
				if p.side == serving {
					p.See(1, Sight{Tick: app.Tick() + 1, Playhead: float64(app.Tick()) - 8, RTT: 100 * time.Millisecond})
				}
				tick := app.Tick() + 1
				if tick > 10 && tick%7 == 0 { // what was recorded until now was recorded in another mode
					nets.Get(e).Mode = []replicate.Mode{replicate.ByOwner, replicate.ByAll}[tick/7%2]
				}
				if replay = nil; p.side == showing && tick > 10 {
					replay = []uint32{tick - 3, tick - 2, tick - 1}
				}
				if p.newest == nil { // before the first snapshot there is no view
					nets.Get(e).Mode = replicate.ByAll
				}
				require.NoError(t, app.Step())
			}
			require.GreaterOrEqual(t, checked, 60)
		})
	}
}
