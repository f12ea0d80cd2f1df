package main

import (
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport"
)

// ear is a client's system that hears that the server closes.
type ear struct {
	news  *ecs.Events[session.ServerCloses]
	heard []session.ServerCloses
}

// Init implements engine.Initer.
func (e *ear) Init(s *ecs.Sim) { e.news = ecs.EventsOf[session.ServerCloses](s.World()) }

// Update implements engine.System.
func (e *ear) Update(engine.Tick) { e.heard = append(e.heard, e.news.Read()...) }

// drained starts a server with a player, and sends it the first signal.
func drained(t *testing.T, bin, limit string) (*process, *session.Client, session.ServerCloses) {
	t.Helper()
	p := launch(t, bin, "-addr", "127.0.0.1:0", "-bots", "2", "-identity", filepath.Join(t.TempDir(), "key"), "-drain", limit)
	e := &ear{}
	client := dial(t, p, func(app *engine.App) { app.Receive(e) })
	play(t, client, func() bool { return client.State() == session.Playing && client.Stats().Entities > 40 })
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	play(t, client, func() bool { return len(e.heard) > 0 || client.State() == session.Ended })
	require.Len(t, e.heard, 1, client.Err())
	return p, client, e.heard[0]
}

// requireClosed checks that the server has said goodbye to a client.
func requireClosed(t *testing.T, client *session.Client) {
	t.Helper()
	play(t, client, func() bool { return client.State() == session.Ended })
	var bye *transport.CloseError
	require.ErrorAs(t, client.Err(), &bye)
	require.Equal(t, transport.ShuttingDown, bye.Reason)
}

// The first signal lets nobody in any more and lets players play on; the server ends with the last of them, at the limit, or with
// the second signal.
func TestServerDrains(t *testing.T) {
	bin := build(t)
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no SIGTERM to send")
	}
	t.Run("until all have left", func(t *testing.T) {
		p, client, news := drained(t, bin, "1h")
		require.Equal(t, closing, news.Text)
		require.InDelta(t, time.Hour.Seconds(), news.Left.Seconds(), patience.Seconds())
		late := dial(t, p)
		requireClosed(t, late)
		require.ErrorContains(t, late.Err(), closing)
		ticks := client.Stats().Ticks
		play(t, client, func() bool { return client.Stats().Ticks > ticks+60 })
		require.Equal(t, session.Playing, client.State(), "who plays plays on")
		client.Leave()
		play(t, client, func() bool { return client.State() == session.Ended })
		require.Zero(t, p.status(), p.errs.String())
	})
	t.Run("until the limit", func(t *testing.T) {
		p, client, _ := drained(t, bin, "2s")
		requireClosed(t, client)
		require.ErrorContains(t, client.Err(), closing)
		require.Zero(t, p.status(), p.errs.String())
	})
	t.Run("until the second signal", func(t *testing.T) {
		p, client, _ := drained(t, bin, "1h")
		require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
		requireClosed(t, client)
		require.Zero(t, p.status(), p.errs.String())
	})
}
