package session_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/session"
)

// busy is a plugin whose system keeps the room of that name in its tick for as long as
// hold takes.
func busy(name string, hold func(engine.Tick)) engine.Plugin {
	return func(app *engine.App) {
		room := session.RoomOf(app.World())
		app.Simulate(systemFunc(func(t engine.Tick) {
			if room.Name() == name {
				hold(t)
			}
		}))
	}
}

// TestDrainEndsThoughARoomHangs: a room whose system does not come back holds up a drain
// no longer than its limit and what the end of a server allows, and is named.
func TestDrainEndsThoughARoomHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		s, stop, ran := running(t, busy("2", func(t engine.Tick) {
			if t.Number == 30 {
				<-release
			}
		}))
		defer stop()
		time.Sleep(time.Second)
		s.Drain(5*time.Second, "bye")
		began := time.Now()
		limit := time.After(time.Hour)
		select {
		case err := <-ran:
			require.ErrorIs(t, err, session.ErrRoomHangs)
			require.ErrorContains(t, err, "tick for 10s: 2")
			require.InDelta(t, 15, time.Since(began).Seconds(), 0.1)
		case <-limit:
			stop()
			<-ran
			t.Fatal("Run had not returned an hour after the limit")
		}
	})
}

// TestNoRoomOpensAtTheEnd: while a server waits for its last room no other opens, which
// nobody would end.
func TestNoRoomOpensAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, stop, ran := running(t, busy("1", func(t engine.Tick) {
			if t.Number == 30 {
				time.Sleep(3 * time.Second)
			}
		}))
		time.Sleep(time.Second)
		stop()
		time.Sleep(time.Second)
		_, err := s.Open(session.RoomConfig{Name: "late"})
		require.NoError(t, <-ran)
		require.ErrorIs(t, err, session.ErrStopped)
		_, err = s.Open(session.RoomConfig{Name: "later"})
		require.ErrorIs(t, err, session.ErrStopped)
		require.Empty(t, s.Rooms())
	})
}

// TestOpenThatComesTooLate: a room whose plugins run while the server ends, and so while
// it looks at its rooms for the last time, does not open: nobody would run it.
func TestOpenThatComesTooLate(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*session.Server, context.CancelFunc)
		want error
	}{
		"drained": {func(s *session.Server, _ context.CancelFunc) { s.Drain(0, "") }, session.ErrDraining},
		"stopped": {func(_ *session.Server, stop context.CancelFunc) { stop() }, session.ErrStopped},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, stop, ran := running(t)
				defer stop()
				stopped := false
				_, err := s.Open(session.RoomConfig{Plugins: []engine.Plugin{func(app *engine.App) {
					app.OnStop(func() { stopped = true })
					c.end(s, stop)
					require.NoError(t, <-ran)
				}}})
				require.ErrorIs(t, err, c.want)
				require.Empty(t, s.Rooms())
				require.True(t, stopped, "what its plugins hold is given back")
			})
		})
	}
}
