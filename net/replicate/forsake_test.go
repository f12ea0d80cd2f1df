package replicate_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/net/replicate"
)

// TestForsaken takes from a player what it saw only because it owned it. Of what
// the same tick changed the player hears nothing, and of what only owners know
// nothing is left.
func TestForsaken(t *testing.T) {
	for name, c := range map[string]struct {
		life replicate.Life
		mode replicate.Mode
		to   replicate.Net
		kept bool
	}{
		"kept":                           {replicate.AfterSight, replicate.Interpolated, replicate.Net{}, true},
		"kept, of another":               {replicate.AfterSight, replicate.Interpolated, replicate.Net{Owner: 2, Mode: replicate.ByOwner}, true},
		"always":                         {replicate.Always, replicate.Interpolated, replicate.Net{}, true},
		"gone":                           {replicate.WhileSeen, replicate.Interpolated, replicate.Net{}, false},
		"predicted before":               {replicate.AfterSight, replicate.ByOwner, replicate.Net{Owner: 2, Mode: replicate.ByOwner}, false},
		"predicted by all, out of sight": {replicate.AfterSight, replicate.Interpolated, replicate.Net{Mode: replicate.ByAll}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			titles, ciphers := ecs.NewMap1[title](s.app.Sim()), ecs.NewMap1[cipher](s.app.Sim())
			e := s.spots.NewEntity(replicate.Net{ID: 9, Owner: 1, Mode: c.mode, Life: c.life}, spot{X: 1})
			titles.Add(e, title{Text: "mine"})
			ciphers.Add(e, cipher{77})
			s.hidden[e] = true // from all but who owns it
			appeared, _ := s.play(10)
			require.Len(t, appeared, 1)
			there, ok := replicate.EntitiesOf(s.viewer.app.World()).Lookup(9)
			require.True(t, ok)
			known := ecs.NewMap2[title, cipher](ecs.NewSim(s.viewer.app.World()))
			text, code := known.Get(there)
			require.Equal(t, "mine", text.Text)
			require.Equal(t, uint16(77), code.Code)

			n := s.nets.Get(e)
			n.Owner, n.Mode = c.to.Owner, c.to.Mode
			titles.Get(e).Text = "theirs"
			_, vanished := s.play(10)
			titles.Get(e).Text = "news"
			_, more := s.play(10)
			require.Empty(t, more)
			require.Len(t, vanished, 1)
			require.Equal(t, replicate.Vanished{ID: 9, Entity: there, Kept: c.kept}, vanished[0])
			require.Equal(t, c.kept, len(s.there()) == 1)
			if c.kept {
				text, code = known.Get(there)
				require.Equal(t, "mine", text.Text, "as it was last seen")
				require.Nil(t, code, "only its owner knows")
				require.Equal(t, replicate.Net{ID: 9, Owner: c.to.Owner, Mode: c.to.Mode}, s.there()[0])
			}
		})
	}
}

// TestForsakenOutOfSight takes from a player what went out of its sight before: what
// it owned of a parent that is hidden from it.
func TestForsakenOutOfSight(t *testing.T) {
	for name, c := range map[string]struct {
		to   replicate.Net
		kept bool
	}{
		"nobody's":         {replicate.Net{}, true},
		"another's":        {replicate.Net{Owner: 2}, true},
		"predicted by all": {replicate.Net{Owner: 2, Mode: replicate.ByAll}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			parents := ecs.NewMap1[replicate.Parent](s.app.Sim())
			titles, ciphers := ecs.NewMap1[title](s.app.Sim()), ecs.NewMap1[cipher](s.app.Sim())
			house := s.spots.NewEntity(replicate.Net{ID: 8, Life: replicate.AfterSight}, spot{})
			safe := s.spots.NewEntity(replicate.Net{ID: 9, Owner: 1, Life: replicate.AfterSight}, spot{})
			parents.Add(safe, replicate.Parent{ID: 8})
			titles.Add(safe, title{Text: "mine"})
			ciphers.Add(safe, cipher{77})
			s.play(10)
			there, ok := replicate.EntitiesOf(s.viewer.app.World()).Lookup(9)
			require.True(t, ok)
			s.hidden[house] = true
			_, vanished := s.play(10)
			require.Contains(t, vanished, replicate.Vanished{ID: 9, Entity: there, Kept: true})
			text, code := ecs.NewMap1[title](ecs.NewSim(s.viewer.app.World())), ecs.NewMap1[cipher](ecs.NewSim(s.viewer.app.World()))
			require.Equal(t, uint16(77), code.Get(there).Code, "it is its owner's still")

			n := s.nets.Get(safe)
			n.Owner, n.Mode = c.to.Owner, c.to.Mode
			titles.Get(safe).Text = "theirs"
			s.play(10)
			_, ok = replicate.EntitiesOf(s.viewer.app.World()).Lookup(9)
			require.Equal(t, c.kept, ok)
			if c.kept {
				require.Equal(t, "mine", text.Get(there).Text, "as it was last seen")
				require.Nil(t, code.Get(there), "only its owner knows")
			}
		})
	}
}
