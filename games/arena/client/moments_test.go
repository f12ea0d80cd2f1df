package client

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/games/arena/server"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/predict"
)

func struckAt(tick uint32, x float32) predict.Emitted[sim.Struck] {
	return predict.Emitted[sim.Struck]{Key: predict.EventKey{Tick: tick}, Value: sim.Struck{X: x, By: 1}}
}

// A hit that the client foresees is marked faintly until the server has spoken.
func TestHitMarks(t *testing.T) {
	var h hitMark
	h.foresee(struckAt(7, 10))
	require.InDelta(t, foreseen, h.bright, 1e-6)
	h.cancel(struckAt(8, 0))
	require.Positive(t, h.bright, "another one's")
	h.cancel(struckAt(7, 10))
	require.Zero(t, h.bright)

	h.foresee(struckAt(9, 20))
	h.fade(0.1)
	require.Greater(t, h.bright, float32(foreseen/2), "it waits")
	h.confirm(struckAt(9, 20))
	require.InDelta(t, 1, h.bright, 1e-6)
	h.foresee(struckAt(10, 30))
	require.InDelta(t, 20, h.x, 1e-6, "what is sure is not hidden by what is not")
	h.confirm(struckAt(10, 30))
	require.InDelta(t, 30, h.x, 1e-6, "but by the next that is")
	h.fade(1)
	require.Zero(t, h.bright)
}

// muzzles counts the flashes of guns that are to be seen.
func (s *stage) muzzles() (n int) {
	for i := range s.effects.above.All() {
		if s.effects.above.All()[i].Kind == &muzzle {
			n++
		}
	}
	return n
}

// A trigger that is pulled flashes at the bow once, however its bullet comes and goes.
func TestOneFlashAShot(t *testing.T) {
	m := newMatch(t, server.Rules{Rocks: -1}, 640, 360)
	m.play(8, func() bool { return m.stage.scene.own != nil })
	m.play(1, nil)
	flashes, before, shots := 0, 0, 0
	count := func() bool {
		flashes += max(0, m.stage.muzzles()-before)
		before, shots = m.stage.muzzles(), max(shots, len(m.stage.scene.shots))
		return false
	}
	m.keys.SetKey(input.KeySpace, true)
	m.play(0.05, count)
	m.keys.SetKey(input.KeySpace, false)
	m.play(1, count)
	require.Equal(t, 1, flashes)
	require.Equal(t, 1, shots)
}

// A pilot asks for others to be predicted with a key, and hears what comes of it; a second press takes it back.
func TestForesightKey(t *testing.T) {
	m := newMatch(t, server.Rules{Rocks: -1}, 640, 360)
	m.play(4, func() bool { return m.stage.scene.pilot != nil })
	for _, want := range []string{"PLAYERS ARE PREDICTED: 1 OF 1 WANT THEM PREDICTED (SHOTS HIT MORE SURELY WITHOUT: P)", "PLAYERS ARE INTERPOLATED: 0 OF 1 WANT THEM PREDICTED"} {
		m.keys.SetKey(input.KeyP, true)
		m.play(0.1, nil)
		m.keys.SetKey(input.KeyP, false)
		heard := false
		m.play(3, func() bool { heard = m.stage.hopping.text == want; return heard })
		require.True(t, heard, m.stage.hopping.text)
	}
}
