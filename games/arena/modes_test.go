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
	events    struct{ begun, confirmed, cancelled int }
	fired     *predict.Events[sim.Fired]
}

func (s *seer) Init(to *ecs.Sim) {
	s.local = ecs.MustResource[session.Local](to.World())
	s.wish = message.To[sim.Foresight](to)
	s.ships = ecs.Query1[sim.Ship](to)
	s.fired = predict.EventsOf[sim.Fired](to)
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
	s.events.begun += len(s.fired.Begun())
	s.events.confirmed += len(s.fired.Confirmed())
	s.events.cancelled += len(s.fired.Cancelled())
}

// TestModes plays over a bad line while the players let others be predicted and
// interpolated in turn, and half of them delay their commands. Every shot is shown
// once and confirmed, but for those that were none. It ends with equal worlds in
// either mode.
func TestModes(t *testing.T) {
	if testing.Short() {
		t.Skip("minutes under the race detector, for a game in one goroutine")
	}
	eachWay(t, func(t *testing.T, hosted bool) {
		for _, length := range []time.Duration{13 * time.Second, 15 * time.Second} { // it ends in one mode, and in the other
			var seers []*seer
			g := newGame(t, *firstSeed, hosted, setup{
				line:  &netsim.Profile{Delay: 50 * time.Millisecond, Jitter: 5 * time.Millisecond, Loss: 0.02},
				delay: predict.Delay{First: 60 * time.Millisecond}, onServer: func(*engine.App) {},
				onClient: func(app *engine.App) {
					s := &seer{}
					seers = append(seers, s)
					app.Input(s)
					app.Present(s)
				},
			})
			g.run(length)
			for i, d := range g.drivers {
				s, stats := seers[i], d.Stats()
				t.Logf("player %d: %d ticks delay, %d predicted, %d not; shots %+v; %+v", i, stats.Input, s.predicted, s.shown, s.events, stats.Predict)
				require.Greater(t, s.predicted, 300)
				require.Greater(t, s.shown, 150)
				require.Equal(t, i%2 == 0 && !(hosted && i == 0), stats.Input > 0)
				require.Greater(t, s.events.begun, 25)
				require.InDelta(t, s.events.begun, s.events.confirmed+s.events.cancelled, 12, "but for the newest")
				require.Less(t, s.events.cancelled, s.events.begun/5, "when others fire can only be guessed")
			}
			g.calm = true
			g.run(5 * time.Second)
			g.requireEqual()
		}
	})
}
