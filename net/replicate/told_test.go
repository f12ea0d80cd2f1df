package replicate_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/wire"
)

// A shot flies straight: its place changes all the time and its speed never.
type (
	shotPlace struct{ X, Y float32 }
	shotSpeed struct{ X, Y float32 }
	shotSpin  struct {
		Turns  float32
		Banked bool
	}
	shotName struct {
		Text string `net:"len=8"`
	}
)

func shotSim(app *engine.App) {
	replicate.Component[shotPlace](app, replicate.Predict())
	replicate.Component[shotSpeed](app, replicate.Predict())
	replicate.Component[shotSpin](app, replicate.Predict())
	replicate.Component[shotName](app, replicate.Predict())
}

// checked is a follower that compares what is confirmed with what the server had.
type checked struct {
	follower
	t       *testing.T
	had     map[uint32]map[replicate.ID]string // by tick
	matched *int
}

func (c checked) Confirm(tick uint32, own []*replicate.Replica, r *wire.Reader) error {
	if err := c.follower.Confirm(tick, own, r); err != nil {
		return err
	}
	require.Len(c.t, own, len(c.had[tick]))
	for _, rep := range own {
		require.Equal(c.t, c.had[tick][rep.Net.ID], predictedState(c.app, rep.Entity), "tick %d, entity %d", tick, rep.Net.ID)
		*c.matched++
	}
	return nil
}

// predictedState is what an entity's predicted components hold.
func predictedState(app *engine.App, e ecs.Entity) (s string) {
	for _, typ := range replicate.TableOf(app).Types {
		if p := app.World().Pointer(e, typ.Component.ID); p != nil && typ.Predict {
			col := typ.NewColumn()
			col.Append(p)
			s += fmt.Sprintf("%s %+v, ", typ.Name(), col.Value(0))
		}
	}
	return s
}

// shooting is a server of shots, and one client that predicts those of mode ByAll.
type shooting struct {
	app, client *engine.App
	server      *replicate.Server
	line        *tape
	replicas    *replicate.Client
	had         map[uint32]map[replicate.ID]string
	matched     int
	tick        uint32
	shots       ecs.Map3[replicate.Net, shotPlace, shotSpeed]
	all         []ecs.Entity
}

func newShooting(t *testing.T) *shooting {
	s := &shooting{app: engine.New(engine.Config{}), client: engine.New(engine.Config{}), line: &tape{}, had: map[uint32]map[replicate.ID]string{}}
	shotSim(s.app)
	shotSim(s.client)
	s.server = replicate.NewServer(s.app, replicate.ServerConfig{Channels: replicate.Channels{Values: 1}})
	s.app.Replicate(s.server)
	s.server.Add(1, s.line)
	s.shots = ecs.NewMap3[replicate.Net, shotPlace, shotSpeed](s.app.Sim())
	s.replicas = replicate.NewClient(s.client, replicate.ClientConfig{Predictor: checked{follower{s.client}, t, s.had, &s.matched}, TickRate: 60})
	s.replicas.SetPlayer(1, 0)
	s.client.Receive(s.replicas)
	return s
}

// step is a tick of the server; it returns the messages.
func (s *shooting) step(t *testing.T) [][]byte {
	s.tick++
	had := map[replicate.ID]string{}
	s.line.messages = nil
	require.NoError(t, s.app.Step())
	for _, e := range s.all {
		if n, _, _ := s.shots.Get(e); n.PredictedFor(1) {
			had[n.ID] = predictedState(s.app, e)
		}
	}
	s.had[s.tick] = had
	return s.line.messages
}

func (s *shooting) give(m []byte) error {
	if m[0] == 0 {
		return s.replicas.Structure(m[1:])
	}
	return s.replicas.Values(m[1:])
}

// TestWhatStaysTakesABit: of a thing that flies straight only the place travels.
func TestWhatStaysTakesABit(t *testing.T) {
	s := newShooting(t)
	const shots, ticks = 50, 20
	for i := range shots {
		s.all = append(s.all, s.shots.NewEntity(replicate.Net{Mode: replicate.ByAll}, shotPlace{}, shotSpeed{float32(i) / 3, 1}))
	}
	fly := func() {
		for _, e := range s.all {
			_, place, speed := s.shots.Get(e)
			place.X, place.Y = place.X+speed.X/60, place.Y+speed.Y/60
		}
		for _, m := range s.step(t) {
			require.NoError(t, s.give(m))
		}
	}
	fly()
	before := s.server.Counters()
	for range ticks {
		fly()
	}
	c := s.server.Counters().Since(before)
	require.Equal(t, (ticks+1)*shots, s.matched)
	for _, typ := range c.Types {
		switch typ.Name {
		case "replicate_test.shotPlace":
			require.Equal(t, []uint64{ticks * shots, ticks * shots * (1 + 64)}, []uint64{typ.Exact, typ.ExactBits})
		case "replicate_test.shotSpeed":
			require.Equal(t, []uint64{0, ticks * shots}, []uint64{typ.Exact, typ.ExactBits})
		}
	}
	require.Less(t, c.OwnBytes, uint64(ticks*(shots*(65+1)/8+20)))
}

// toss changes what there is, seldom to what was not there before.
func (s *shooting) toss(rng *rand.Rand) {
	few := func() float32 { return float32(rng.IntN(2)) / 3 }
	sim := s.app.Sim()
	spins, names := ecs.NewMap1[shotSpin](sim), ecs.NewMap1[shotName](sim)
	if len(s.all) < 6 && rng.IntN(4) == 0 {
		s.all = append(s.all, s.shots.NewEntity(replicate.Net{Mode: replicate.Mode(rng.IntN(3)), Owner: input.PlayerID(rng.IntN(3))}, shotPlace{X: few()}, shotSpeed{X: few()}))
	}
	for i := 0; i < len(s.all); i++ {
		e := s.all[i]
		n, place, speed := s.shots.Get(e)
		switch rng.IntN(12) {
		case 0, 1:
			place.X = few()
		case 2:
			speed.Y = few()
		case 3:
			n.Mode, n.Owner = replicate.Mode(rng.IntN(3)), input.PlayerID(rng.IntN(3))
		case 4, 5:
			s.tossSpin(&spins, e, shotSpin{few(), rng.IntN(2) == 0}, rng.IntN(3) == 0)
		case 6:
			if names.Has(e) {
				names.Remove(e)
			} else {
				names.Add(e, shotName{})
			}
		case 7:
			if names.Has(e) {
				names.Get(e).Text = fmt.Sprint(rng.IntN(2))
			}
		case 8:
			if rng.IntN(6) == 0 {
				s.app.World().Despawn(e)
				s.all = append(s.all[:i], s.all[i+1:]...)
			}
		}
	}
}

// tossSpin changes a spin, or takes or gives it; what it was comes back often, and
// sometimes within a tick.
func (s *shooting) tossSpin(spins *ecs.Map1[shotSpin], e ecs.Entity, v shotSpin, shape bool) {
	switch {
	case !spins.Has(e):
		spins.Add(e, v)
	case shape:
		spins.Remove(e)
	default:
		*spins.Get(e) = v
	}
}

// TestWhatComesBackIsRight: values that change and change back, types that go and
// come, entities that turn, on a line that loses own messages and delays structure.
func TestWhatComesBackIsRight(t *testing.T) {
	told, followed := 0, uint64(0)
	for seed := *firstSeed; seed < lastSeed(); seed++ {
		t.Logf("go test ./net/replicate -run '^TestWhatComesBackIsRight$' -seed %d -seeds 1", seed)
		s, rng := newShooting(t), rand.New(rand.NewPCG(seed, 9))
		var late [][]byte
		for range 400 {
			s.toss(rng)
			for _, m := range s.step(t) {
				switch {
				case m[0] == 0:
					late = append(late, m)
				case rng.IntN(4) != 0:
					require.NoError(t, s.give(m))
				}
			}
			if rng.IntN(3) != 0 {
				for _, m := range late {
					require.NoError(t, s.give(m))
				}
				late = nil
			}
			s.replicas.Begin(time.Duration(s.tick) * time.Second / 60)
			require.NoError(t, s.client.Step())
		}
		told += s.matched
		for _, typ := range s.server.Counters().Types {
			followed += typ.Exact
		}
	}
	require.NotZero(t, told)
	require.NotZero(t, followed)
	t.Logf("%d entities confirmed, %d values followed", told, followed)
}

// TestHostileOwnValues: an own message that is cut anywhere, or says of a value
// that it is as it never was told, is refused.
func TestHostileOwnValues(t *testing.T) {
	s := newShooting(t)
	s.all = append(s.all, s.shots.NewEntity(replicate.Net{Mode: replicate.ByAll}, shotPlace{1, 2}, shotSpeed{3, 4}))
	messages := s.step(t)
	require.Len(t, messages, 2)
	require.NoError(t, s.give(messages[0]))
	for n := 1; n < len(messages[1]); n++ {
		victim := newShooting(t)
		require.NoError(t, victim.give(messages[0]))
		require.ErrorIs(t, victim.give(messages[1][:n]), replicate.ErrMalformed)
	}
	require.NoError(t, s.give(messages[1]))

	rep, spin := s.replicas.Own()[0], shotSpin{}
	for i, typ := range replicate.TableOf(s.client).Types {
		if typ.Name() == "replicate_test.shotSpin" {
			var r wire.Reader
			r.Reset([]byte{0xff})
			require.ErrorIs(t, rep.ReadExact(&r, i, unsafe.Pointer(&spin)), replicate.ErrMalformed)
			r.Reset(nil)
			require.Error(t, rep.ReadExact(&r, i, unsafe.Pointer(&spin)))
		}
	}
	require.Zero(t, spin)
}
