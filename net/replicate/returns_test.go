package replicate_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
)

// stage is a server with a few entities and a client, player 1, who may see all
// but what is hidden from it. The line is perfect, and each step is a snapshot.
type stage struct {
	t      *testing.T
	app    *engine.App
	server *replicate.Server
	nets   ecs.Map1[replicate.Net]
	spots  ecs.Map2[replicate.Net, spot]
	hidden map[ecs.Entity]bool
	viewer
	tick     uint32
	appeared []replicate.Appeared // of the last step
	vanished []replicate.Vanished
}

func newStage(t *testing.T) *stage {
	s := &stage{t: t, app: engine.New(engine.Config{}), hidden: map[ecs.Entity]bool{}}
	s.app.Add(generatedSim)
	s.server = replicate.NewServer(s.app, replicate.ServerConfig{Channels: replicate.Channels{Structure: 0, Values: 1}})
	s.app.Replicate(s.server)
	s.nets, s.spots = ecs.NewMap1[replicate.Net](s.app.Sim()), ecs.NewMap2[replicate.Net, spot](s.app.Sim())
	replicate.InterestOf(s.app.World()).Allow(func(_ input.PlayerID, e ecs.Entity) bool { return !s.hidden[e] })
	s.viewer = viewer{app: engine.New(engine.Config{}), line: &line{rng: rand.New(rand.NewPCG(1, 1)), prompt: true}}
	s.viewer.app.Add(generatedSim)
	s.client = replicate.NewClient(s.viewer.app, replicate.ClientConfig{Predictor: follower{s.viewer.app}, TickRate: 60, Interval: 1})
	s.client.SetPlayer(1, 0)
	s.peer = s.server.Add(1, s.line)
	return s
}

// send lets the server take a snapshot, and the client read it.
func (s *stage) send() {
	s.tick++
	require.NoError(s.t, s.app.Step())
	s.line.tick = s.tick + 1
	require.NoError(s.t, s.line.hand(s.client, s.peer))
}

// show moves the client's timeline to where it should be.
func (s *stage) show() {
	s.client.Begin(time.Duration(s.tick) * time.Second / 60)
	s.client.Update(engine.Tick{Number: s.tick})
	w := s.viewer.app.World()
	s.appeared = append(s.appeared[:0], ecs.EventsOf[replicate.Appeared](w).Read()...)
	s.vanished = append(s.vanished[:0], ecs.EventsOf[replicate.Vanished](w).Read()...)
	w.ClearEvents()
}

// play is a number of snapshots, all of which are shown by the end.
func (s *stage) play(n int) (appeared []replicate.Appeared, vanished []replicate.Vanished) {
	for range n {
		s.send()
		s.show()
		appeared, vanished = append(appeared, s.appeared...), append(vanished, s.vanished...)
	}
	return appeared, vanished
}

// there lists the client's entities.
func (s *stage) there() (all []replicate.Net) {
	nets := ecs.Query1[replicate.Net](ecs.NewSim(s.viewer.app.World()))
	q := nets.Query()
	for q.Next() {
		if !q.Get().ID.World() {
			all = append(all, *q.Get())
		}
	}
	return all
}

// TestComesBackAsOnesOwn: what comes and goes, and is back as the player's own
// before the timeline has shown that it came, is there once.
func TestComesBackAsOnesOwn(t *testing.T) {
	s := newStage(t)
	for range 20 { // so unsteady that the timeline keeps its distance
		s.send()
		s.send()
		s.send()
		s.send()
		s.show()
	}
	e := s.spots.NewEntity(replicate.Net{}, spot{})
	s.send()
	s.hidden[e] = true
	s.send()
	n := s.nets.Get(e)
	n.Owner, n.Mode = 1, replicate.ByOwner
	delete(s.hidden, e)
	s.send()
	for range 20 {
		s.show()
		require.Equal(t, []replicate.Net{{ID: n.ID, Owner: 1, Mode: replicate.ByOwner}}, s.there())
		s.send()
	}
}

// TestTakenOutOfHiding: what was kept out of sight and is predicted once it is
// back has appeared.
func TestTakenOutOfHiding(t *testing.T) {
	s := newStage(t)
	e := s.spots.NewEntity(replicate.Net{Life: replicate.AfterSight}, spot{})
	appeared, vanished := s.play(20)
	require.Len(t, appeared, 1)
	require.Empty(t, vanished)
	s.hidden[e] = true
	appeared, vanished = s.play(20)
	require.Empty(t, appeared)
	require.Len(t, vanished, 1)
	require.True(t, vanished[0].Kept)
	s.nets.Get(e).Mode = replicate.ByAll
	delete(s.hidden, e)
	appeared, vanished = s.play(20)
	require.Len(t, appeared, 1)
	require.False(t, appeared[0].Spawned)
	require.Empty(t, vanished)
	s.hidden[e] = true
	appeared, vanished = s.play(20)
	require.Empty(t, appeared)
	require.Len(t, vanished, 1)
	require.False(t, vanished[0].Kept, "what is predicted cannot be kept")
	require.Empty(t, s.there())
}
