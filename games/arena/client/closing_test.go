package client

import (
	"image"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/games/arena/server"
)

// Who plays on a server that closes reads why and how long there is, and plays on.
func TestClosingServerIsNoticed(t *testing.T) {
	m := newMatch(t, server.Rules{Rocks: -1}, 1280, 720)
	m.play(4, func() bool { return m.stage.scene.own != nil })
	require.Empty(t, m.stage.closing.notice())
	place, bright := image.Rect(400, 66, 880, 86), func(r, g, b float64) bool { return r > 0.6 && b < 0.6 }
	before := count(m.picture("open"), place, bright)

	m.host.Server().Drain(90*time.Second, "version 2 comes")
	m.play(1, func() bool { return m.stage.closing.text != "" })
	require.Equal(t, "version 2 comes · 1:30", m.stage.closing.notice())
	m.play(5, nil)
	require.Equal(t, "version 2 comes · 1:25", m.stage.closing.notice())
	require.Greater(t, count(m.picture("closing"), place, bright), before+200)
	require.NotNil(t, m.stage.scene.own)
	require.Zero(t, testing.AllocsPerRun(100, func() { m.stage.closing.notice() }))
}
