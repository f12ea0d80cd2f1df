package sim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/rewind"
)

// TestReplaysAreExact rolls a fight between rocks back in every tick.
func TestReplaysAreExact(t *testing.T) {
	require.NoError(t, predict.SyncTest(predict.SyncTestConfig{
		Seed: 5,
		Sim: func(app *engine.App) {
			Plugin(app)
			input.Sample(app, func(t engine.Tick) Controls {
				r := t.Random(uint64(t.Number/20), 1)
				return Controls{Turn: int8(r.IntN(2*FullTurn+1) - FullTurn), Thrust: r.IntN(3) > 0, Fire: r.IntN(2) > 0}
			})
		},
		Setup: func(app *engine.App) {
			rewind.Of(app.World()).Show(1)
			frames := ecs.NewMap6[replicate.Net, Position, Velocity, Heading, Body, Ship](app.Sim())
			parts := ecs.NewMap3[Hull, Gun, Controls](app.Sim())
			rocks := ecs.NewMap6[replicate.Net, Rock, Hull, Body, Position, Velocity](app.Sim())
			r := engine.NewRandom(2)
			for pilot := range input.PlayerID(4) {
				e := frames.NewEntity(replicate.Net{Owner: pilot + 1, Mode: replicate.ByAll},
					Position{X: r.Range(-300, 300), Y: r.Range(-300, 300)}, Velocity{}, Heading{r.Range(-3, 3)},
					Body{Radius: ShipRadius, Mass: ShipMass, Bounce: ShipBounce}, Ship{Pilot: pilot + 1})
				parts.Add(e, Hull{Points: FullHull}, Gun{Energy: FullEnergy, Overload: 300}, Controls{})
			}
			for i := range 30 {
				kind := Rocks[i%len(Rocks)]
				rocks.NewEntity(replicate.Net{Mode: replicate.ByAll}, Rock{Size: RockSize(i % len(Rocks))}, Hull{Points: kind.Hull},
					Body{Radius: kind.Radius, Mass: kind.Mass, Bounce: 1},
					Position{X: r.Range(-900, 900), Y: r.Range(-900, 900)}, Velocity{X: r.Range(-90, 90), Y: r.Range(-90, 90)})
			}
		},
	}))
}
