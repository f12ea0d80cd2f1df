package session_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/session"
)

// ears note, frame by frame, what a client's events say.
type ears struct {
	t                *testing.T
	booms            *predict.Events[boom]
	playing          map[predict.EventKey]int
	confirmed        map[predict.EventKey]int
	begun, cancelled int
}

func (e *ears) Init(s *ecs.Sim) { e.booms = predict.EventsOf[boom](s) }

func (e *ears) Present(engine.Frame) {
	for _, b := range e.booms.Begun() {
		e.playing[b.Key]++
		e.begun++
		require.Equal(e.t, 1, e.playing[b.Key], "%+v begins while it is playing", b.Key)
	}
	for _, b := range e.booms.Cancelled() {
		require.Equal(e.t, 1, e.playing[b.Key], "%+v is cancelled without having begun", b.Key)
		require.Zero(e.t, e.confirmed[b.Key], "%+v is cancelled after it was confirmed", b.Key)
		delete(e.playing, b.Key)
		e.cancelled++
	}
	for _, b := range e.booms.Confirmed() {
		e.confirmed[b.Key]++
		require.Equal(e.t, 1, e.confirmed[b.Key], "%+v is confirmed twice", b.Key)
		require.Equal(e.t, 1, e.playing[b.Key], "%+v is confirmed without having begun", b.Key)
	}
}

// TestReplayedEffectsPlayOnce plays over bad lines: the booms of each bomb, one
// when it is dropped and two when it ends, own ones predicted and others' told, are playing once at each client in the end, no
// boom that never was is, and all were confirmed.
func TestReplayedEffectsPlayOnce(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64) {
		log := boomLog{}
		game, heard := bombers, []*ears{}
		game.Server = func(app *engine.App) {
			ecs.SetResource(app.World(), &log)
			serverPlugin(app)
		}
		game.Client = func(app *engine.App) {
			e := &ears{t: t, playing: map[predict.EventKey]int{}, confirmed: map[predict.EventKey]int{}}
			heard = append(heard, e)
			app.Present(e)
		}
		line := netsim.Profile{Delay: 60 * time.Millisecond, Jitter: 20 * time.Millisecond, Loss: 0.1, Duplicate: 0.02, Reorder: 0.02}
		m := newMatchOf(t, game, seed, line)
		for range 3 {
			m.join()
		}
		for range 4 {
			m.run(4 * time.Second)
			m.net.SetDefault(netsim.Profile{Loss: 1}) // commands are lost for good: what they did here was wrong
			m.run(800 * time.Millisecond)
			m.net.SetDefault(line)
		}
		m.run(4 * time.Second)
		m.quiet = true
		m.run(8 * time.Second)
		cancelled := 0
		for i, e := range heard {
			requireBooms(t, log, e, m.clients[i])
			cancelled += e.cancelled
		}
		require.Greater(t, len(log), 100)
		require.Positive(t, cancelled)
		t.Logf("%d booms, %d cancelled", len(log), cancelled)
	})
}

// requireBooms compares what a client heard with what was.
func requireBooms(t *testing.T, log boomLog, e *ears, c *session.Client) {
	for k := range e.playing {
		require.Equal(t, 1, log[k], "%+v never happened: %+v", k, c.Stats())
		require.Equal(t, 1, e.confirmed[k], "%+v was not confirmed", k)
	}
	missed := 0
	for k := range log {
		if e.playing[k] == 0 {
			missed++
			require.Less(t, k.Tick, uint32(200), "%+v was missed", k)
		}
	}
	require.Less(t, missed, 30, "those before the client had joined")
}
