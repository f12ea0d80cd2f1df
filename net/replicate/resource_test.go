package replicate_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
)

// Resources of a test.
type (
	scores struct {
		Points [3]uint16
		Leader replicate.ID
		Phase  string `net:"len=10"`
	}
	wind struct {
		X float32 `net:"min=-10,max=10,step=0.01"`
	}
)

func resourcePlugin(app *engine.App) {
	plugin(app)
	replicate.Component[secret](app, replicate.OwnerOnly())
	replicate.Resource[scores](app, replicate.Rate(10))
	replicate.Resource[wind](app, replicate.Interpolate(replicate.Lerp))
}

// TestResources: all clients have the server's resources after quiet, also
// those who see nothing and to whom a rule of the game forbids everything.
func TestResources(t *testing.T) {
	for seed := *firstSeed; seed < lastSeed(); seed++ {
		ok := t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			l := newLimitedOf(t, seed, resourcePlugin)
			replicate.InterestOf(l.app.World()).Look(2, 1e6, 1e6, 1)
			s, w := ecs.Resource[scores](l.app.World()), ecs.Resource[wind](l.app.World())
			for i := range 200 {
				l.mingle()
				l.step(false)
				s.Points[i%3]++
				w.X = min(w.X+0.05, 9.5)
				if i%40 == 0 {
					s.Phase = fmt.Sprint("phase ", i/40)
					s.Leader = replicate.ID(1000 + i/40%3 + 1) // a player's
				}
			}
			for range quietTicks {
				l.step(false)
			}
			for i, v := range l.clients {
				got := ecs.Resource[scores](v.app.World())
				want := *s
				if _, ok := replicate.EntitiesOf(v.app.World()).Lookup(want.Leader); !ok {
					want.Leader = 0
				}
				require.Equal(t, want, *got, "client %d", i)
				require.InDelta(t, w.X, ecs.Resource[wind](v.app.World()).X, 0.006)
			}
		})
		if !ok {
			t.Fatalf("replay: go test ./net/replicate -run TestResources -seed %d -seeds 1", seed)
		}
	}
}

// TestResourceIsInterpolated: a resource moves between two snapshots, as shown.
func TestResourceIsInterpolated(t *testing.T) {
	m := newMatchOf(t, 1, resourcePlugin)
	m.joinAs(input.PlayerID(1), 0)
	w := ecs.Resource[wind](m.app.World())
	between := 0
	for range 200 {
		w.X = min(w.X+0.03, 9)
		m.step(false)
		x := float64(ecs.Resource[wind](m.clients[0].app.World()).X)
		if sent := x / 0.09; x > 0.5 && x < 5 && sent-float64(int(sent)) > 0.15 && sent-float64(int(sent)) < 0.85 {
			between++
		}
	}
	require.Greater(t, between, 40)
}

func TestResourceOfAnOwner(t *testing.T) {
	require.PanicsWithValue(t, "replicate: Resource[replicate_test.wind] with OwnerOnly: nobody owns the world; make it a component of what the player owns",
		func() { replicate.Resource[wind](engine.New(engine.Config{}), replicate.OwnerOnly()) })
}
