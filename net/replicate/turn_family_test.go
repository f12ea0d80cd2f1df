package replicate_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/net/replicate"
)

// TestFamiliesTurn: a driver gets into a car and out again, and its parts go
// along, as far as they were the car's.
func TestFamiliesTurn(t *testing.T) {
	const car, free, own, all = 10, replicate.Interpolated, replicate.ByOwner, replicate.ByAll
	type is = replicate.Net
	for name, c := range map[string]struct {
		car, part, to, want is
	}{
		"with the driver":          {is{}, is{}, is{Owner: 1, Mode: own}, is{Owner: 1, Mode: own}},
		"and without":              {is{Owner: 1, Mode: own}, is{Owner: 1, Mode: own}, is{}, is{}},
		"to another driver":        {is{Owner: 1, Mode: own}, is{Owner: 1, Mode: own}, is{Owner: 2, Mode: own}, is{Owner: 2, Mode: own}},
		"predicted by all":         {is{}, is{}, is{Mode: all}, is{Mode: all}},
		"not to be predicted":      {is{Owner: 1, Mode: own}, is{Mode: free}, is{Owner: 2, Mode: own}, is{Mode: free}},
		"no more than the car":     {is{Mode: all}, is{Owner: 1, Mode: own}, is{}, is{Owner: 1, Mode: free}},
		"as much as the car":       {is{Mode: all}, is{Owner: 1, Mode: own}, is{Owner: 1, Mode: own}, is{Owner: 1, Mode: own}},
		"of another":               {is{Mode: all}, is{Owner: 2, Mode: own}, is{Owner: 1, Mode: own}, is{Owner: 2, Mode: free}},
		"only the owner was alike": {is{Owner: 1, Mode: own}, is{Owner: 1, Mode: free}, is{Owner: 2, Mode: own}, is{Owner: 1, Mode: free}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			parts := ecs.NewMap3[replicate.Net, spot, replicate.Parent](s.app.Sim())
			c.car.ID, c.part.ID = car, car+1
			root := s.spots.NewEntity(c.car, spot{})
			part := parts.NewEntity(c.part, spot{}, replicate.Parent{ID: car})
			c.part.ID++
			under := parts.NewEntity(c.part, spot{}, replicate.Parent{ID: car + 1})
			s.play(10)
			require.Len(t, s.there(), 3)
			n := s.nets.Get(root)
			n.Owner, n.Mode = c.to.Owner, c.to.Mode
			appeared, vanished := s.play(10)
			require.Empty(t, appeared, "they are there all the time")
			require.Empty(t, vanished)
			for i, e := range []ecs.Entity{part, under} {
				want := replicate.Net{ID: replicate.ID(car + 1 + i), Owner: c.want.Owner, Mode: c.want.Mode}
				require.Equal(t, want, *s.nets.Get(e))
				require.Contains(t, s.there(), want)
			}
			predicted := 0
			for _, n := range s.there() {
				if n.PredictedFor(1) {
					predicted++
				}
			}
			require.Len(t, s.client.Own(), predicted+1, "and the values of the world")
			require.Equal(t, replicate.Describe(s.app), replicate.Describe(s.viewer.app))
		})
	}
}

// TestTurnedApart: what the game says of a child in the same tick holds, and who
// stands on what turns keeps his own.
func TestTurnedApart(t *testing.T) {
	s := newStage(t)
	parents := ecs.NewMap1[replicate.Parent](s.app.Sim())
	ship := s.spots.NewEntity(replicate.Net{ID: 10}, spot{})
	hatch := s.spots.NewEntity(replicate.Net{}, spot{})
	sailor := s.spots.NewEntity(replicate.Net{Owner: 1, Mode: replicate.ByOwner}, spot{})
	s.play(5)
	parents.Add(hatch, replicate.Parent{ID: 10})
	parents.Add(sailor, replicate.Parent{ID: 10})
	s.play(5)
	n := s.nets.Get(ship)
	n.Owner, n.Mode = 2, replicate.ByOwner
	s.nets.Get(hatch).Owner = 3
	s.play(5)
	require.Equal(t, replicate.Net{ID: s.nets.Get(hatch).ID, Owner: 3}, *s.nets.Get(hatch))
	require.Equal(t, replicate.Net{ID: s.nets.Get(sailor).ID, Owner: 1, Mode: replicate.ByOwner}, *s.nets.Get(sailor))
	require.Equal(t, replicate.Describe(s.app), replicate.Describe(s.viewer.app))
}

// TestWhatAChildIsToBe: a child is predicted again once its parent is.
func TestWhatAChildIsToBe(t *testing.T) {
	s := newStage(t)
	parts := ecs.NewMap3[replicate.Net, spot, replicate.Parent](s.app.Sim())
	root := s.spots.NewEntity(replicate.Net{ID: 10, Owner: 1, Mode: replicate.ByAll}, spot{})
	own := parts.NewEntity(replicate.Net{ID: 11, Owner: 1, Mode: replicate.ByOwner}, spot{}, replicate.Parent{ID: 10})
	under := parts.NewEntity(replicate.Net{ID: 12, Owner: 1, Mode: replicate.ByOwner}, spot{}, replicate.Parent{ID: 11})
	other := parts.NewEntity(replicate.Net{ID: 13, Owner: 2, Mode: replicate.ByAll}, spot{}, replicate.Parent{ID: 10})
	for _, c := range []struct{ root, own, other replicate.Mode }{
		{replicate.ByAll, replicate.ByOwner, replicate.ByAll},
		{replicate.Interpolated, replicate.Interpolated, replicate.Interpolated},
		{replicate.ByAll, replicate.ByOwner, replicate.ByAll},
		{replicate.ByOwner, replicate.ByOwner, replicate.Interpolated},
		{replicate.ByAll, replicate.ByAll, replicate.ByAll}, // like the root, and so with it
	} {
		s.nets.Get(root).Mode = c.root
		s.play(10)
		require.Equal(t, c.own, s.nets.Get(own).Mode)
		require.Equal(t, c.own, s.nets.Get(under).Mode)
		require.Equal(t, c.other, s.nets.Get(other).Mode)
		for _, e := range []ecs.Entity{own, under, other} {
			require.Contains(t, s.there(), *s.nets.Get(e))
		}
		require.Equal(t, replicate.Describe(s.app), replicate.Describe(s.viewer.app))
	}
}
