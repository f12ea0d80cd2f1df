package client

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena"
	"github.com/tandem-engine/tandem/games/arena/bots"
	"github.com/tandem-engine/tandem/games/arena/server"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/net/message"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport"
)

// flashes notes which guns are shown to fire on one client, which wants the ships of others predicted.
type flashes struct {
	scene       scene
	moments     moments
	wish        message.Outbox[sim.Foresight]
	shots       map[uint64][]uint32 // of each of the other ships: ticks in which it was shown to fire
	own, others int
	twice       int // of others: sooner than a gun can
}

// Init implements engine.Initer.
func (f *flashes) Init(s *ecs.Sim) {
	f.scene.init(s)
	f.moments.init(s)
	f.wish = message.To[sim.Foresight](s)
	f.shots = map[uint64][]uint32{}
}

// Update implements engine.System.
func (f *flashes) Update(t engine.Tick) {
	if t.Number%60 == 0 {
		f.wish.Server(sim.Foresight{Wanted: true})
	}
}

// Present implements engine.Presenter.
func (f *flashes) Present(fr engine.Frame) {
	f.scene.read(fr)
	each(f.moments.fired, &f.scene, func(gun *ship, shot predict.Emitted[sim.Fired]) {
		if gun.own {
			f.own++
			return
		}
		f.others++
		for _, tick := range f.shots[gun.key] {
			if apart := float64(tick) - float64(shot.Key.Tick); math.Abs(apart) < math.Floor(sim.ShotPause*60) {
				f.twice++
			}
		}
		f.shots[gun.key] = append(f.shots[gun.key], shot.Key.Tick)
	})
}

// TestOthersFlashOnce: where the ships of others are predicted, a shot that was guessed a tick too early or too late is shown once.
func TestOthersFlashOnce(t *testing.T) {
	network := netsim.NewNetwork(1)
	network.SetDefault(netsim.Profile{Delay: 40 * time.Millisecond})
	carrier, id := network.Carrier(netip.AddrPort{}), secure.IdentityFromSeed([32]byte{7})
	s, err := session.NewServer(arena.With(server.Rules{Bots: 1}), session.ServerConfig{
		Identity: id, Carriers: []transport.Carrier{carrier}, Seed: 1, Rand: rand.NewChaCha8([32]byte{1}),
	})
	require.NoError(t, err)
	var drivers []*session.Client
	var all []*flashes
	for n := range byte(4) {
		f := &flashes{}
		all = append(all, f)
		c, err := session.NewClient(arena.Game, session.ClientConfig{
			Addr: carrier.LocalAddr(), Pin: id.Public, Carrier: network.Carrier(netip.AddrPort{}), Name: fmt.Sprint("player ", n),
			Rand: rand.NewChaCha8([32]byte{2, n}), Plugins: []engine.Plugin{bots.Autopilot(1), func(app *engine.App) {
				app.Input(f)
				app.Present(f)
			}},
		})
		require.NoError(t, err)
		drivers = append(drivers, c)
	}
	for now := time.Duration(0); now < 15*time.Second; now += time.Second / 120 {
		network.Advance(now)
		require.NoError(t, s.Advance(now))
		for _, c := range drivers {
			require.NoError(t, c.Advance(now))
			if c.State() == session.Playing {
				require.NoError(t, c.App().Render(c.Frame(now)))
			}
		}
	}
	for i, f := range all {
		t.Logf("player %d: %d own shots, %d of others, %d too soon", i, f.own, f.others, f.twice)
		require.Greater(t, f.own, 10)
		require.Greater(t, f.others, 30)
		require.Zero(t, f.twice)
	}
}
