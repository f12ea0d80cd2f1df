package client

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/games/arena/server"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/render/particle"
)

// hop presses the key and plays until something comes of it.
func (m *match) hop(done func() bool) {
	m.t.Helper()
	m.keys.SetKey(input.KeyN, true)
	m.play(0.1, nil)
	m.keys.SetKey(input.KeyN, false)
	came := false
	m.play(3, func() bool { came = done(); return came })
	require.True(m.t, came)
}

// A pilot changes the arena with a key, over the same connection: there is a new ship at once, and nothing of the arena
// that is left seems to blow up.
func TestHopping(t *testing.T) {
	m := newMatch(t, server.Rules{Bots: 6}, 640, 360)
	m.play(4, func() bool { return m.stage.scene.own != nil })
	m.hop(func() bool { return m.stage.hopping.text == "this server has no other arena" })

	other, err := m.host.Server().Open(session.RoomConfig{Name: "2", Seed: 8, MaxPlayers: 1})
	require.NoError(t, err)
	m.play(1, nil)
	rocks := len(m.stage.scene.rocks)
	require.Greater(t, rocks, 20)
	m.hop(func() bool { return ecs.Resource[session.Local](m.host.App().World()).Room == "2" })
	require.Equal(t, session.Playing, m.host.State())
	require.Equal(t, "ARENA 2", m.stage.hopping.text)
	for _, pool := range []*particle.Pool{m.stage.effects.above, m.stage.effects.below} {
		for _, p := range pool.All() {
			require.NotContains(t, []*particle.Kind{&fireball, &shockRing, &wreckage, &rubble}, p.Kind, "nothing blows up")
		}
	}
	require.Empty(t, m.stage.feed.lines)
	require.Equal(t, 1, other.Players())

	m.play(2, nil)
	require.NotNil(t, m.stage.scene.own, "a ship waits in the other arena")
	require.Equal(t, "Ada", m.stage.scene.pilot.Name)
	require.Len(t, m.stage.scene.pilots, 7)
	m.picture("hopped") // it aims the camera
	x, y := m.stage.scene.own.x, m.stage.scene.own.y
	require.InDelta(t, x, m.stage.camera.X, 400, "the camera is there")
	require.InDelta(t, y, m.stage.camera.Y, 400)

	m.hop(func() bool { return m.stage.scene.local.Room == "" }) // back home
	m.play(1, nil)
	require.Zero(t, other.Players())
	require.NotNil(t, m.stage.scene.own)
}
