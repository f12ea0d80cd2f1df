package arena_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/net/message"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/session"
)

// seer is a player who asks for others to be predicted, and not, and counts what
// comes of it.
type seer struct {
	local     *session.Local
	wish      message.Outbox[sim.Foresight]
	ships     ecs.Filter1[sim.Ship] // predicted here
	wants     bool
	predicted int // others' ships that were, a tick each
	shown     int // ticks in which they were not
	fired     *predict.Events[sim.Fired]
	shots     map[predict.EventKey]int // shown, and not taken back
	begun     int
	cancelled int
}

func (s *seer) Init(to *ecs.Sim) {
	s.local = ecs.MustResource[session.Local](to.World())
	s.wish = message.To[sim.Foresight](to)
	s.ships = ecs.Query1[sim.Ship](to)
	s.fired = predict.EventsOf[sim.Fired](to)
	s.shots = map[predict.EventKey]int{}
}

func (s *seer) Update(t engine.Tick) {
	if t.Number%120 == 0 { // all clients at about the same time
		s.wants = t.Number%240 == 0
		s.wish.Server(sim.Foresight{Wanted: s.wants})
	}
	others := 0
	q := s.ships.Query()
	for q.Next() {
		if ship := q.Get(); ship.Pilot != s.local.Player {
			others++
		}
	}
	s.predicted += others
	if others == 0 {
		s.shown++
	}
}

func (s *seer) Present(engine.Frame) {
	for _, e := range s.fired.Begun() {
		s.shots[e.Key]++
		s.begun++
	}
	for _, e := range s.fired.Cancelled() {
		s.shots[e.Key]--
		s.cancelled++
	}
}

// within is the shots of some ticks that have not been taken back, and how often each
// has been shown.
func within(shots map[predict.EventKey]int, first, last uint32) map[predict.EventKey]int {
	found := map[predict.EventKey]int{}
	for key, n := range shots {
		if n != 0 && key.Tick >= first && key.Tick <= last {
			found[key] = n
		}
	}
	return found
}

// salvos notes what the server emits: a shot, where a gun has to wait anew.
type salvos struct {
	guns  ecs.Filter2[replicate.Net, sim.Gun]
	ready map[replicate.ID]uint32
	shots map[predict.EventKey]int
}

func (s *salvos) Init(to *ecs.Sim) {
	s.guns = ecs.Query2[replicate.Net, sim.Gun](to)
	s.ready, s.shots = map[replicate.ID]uint32{}, map[predict.EventKey]int{}
}

func (s *salvos) Update(t engine.Tick) {
	q := s.guns.Query()
	for q.Next() {
		net, gun := q.Get()
		if gun.Ready > t.Number && gun.Ready != s.ready[net.ID] {
			s.shots[predict.EventKey{Tick: t.Number, Source: net.ID}] = 1
		}
		s.ready[net.ID] = gun.Ready
	}
}

// TestModes plays over a bad line while the players let others be predicted and
// interpolated in turn, and half of them delay their commands. Each shot that the
// server's ships fire is shown once by every client, and nothing that was none is left
// standing. It ends with equal worlds in either mode.
func TestModes(t *testing.T) {
	if testing.Short() {
		t.Skip("minutes under the race detector, for a game in one goroutine")
	}
	eachWay(t, func(t *testing.T, hosted bool) {
		for _, length := range []time.Duration{13 * time.Second, 15 * time.Second} { // it ends in one mode, and in the other
			var seers []*seer
			fired := &salvos{}
			g := newGame(t, *firstSeed, hosted, setup{
				line:  &netsim.Profile{Delay: 50 * time.Millisecond, Jitter: 5 * time.Millisecond, Loss: 0.02},
				delay: predict.Delay{First: 60 * time.Millisecond}, onServer: func(app *engine.App) { app.Simulate(fired) },
				onClient: func(app *engine.App) {
					s := &seer{}
					seers = append(seers, s)
					app.Input(s)
					app.Present(s)
				},
			})
			g.run(length)
			first, last := uint32(settled), g.server.App().Tick()-2*60 // what is later may be under way
			emitted := within(fired.shots, first, last)
			require.Greater(t, len(emitted), 60)
			for i, d := range g.drivers {
				s, stats := seers[i], d.Stats()
				t.Logf("player %d: %d ticks delay, %d predicted, %d not; %d shots; of %d begun %d cancelled; %+v", i, stats.Input, s.predicted, s.shown, len(emitted), s.begun, s.cancelled, stats.Predict)
				require.Greater(t, s.predicted, 300)
				require.Greater(t, s.shown, 150)
				require.Equal(t, i%2 == 0 && !(hosted && i == 0), stats.Input > 0)
				require.Equal(t, emitted, within(s.shots, first, last))
				require.Less(t, s.cancelled, s.begun/5, "when others fire can only be guessed")
			}
			g.calm = true
			g.run(5 * time.Second)
			g.requireEqual()
		}
	})
}
