package pong_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/pong"
	"github.com/tandem-engine/tandem/games/pong/sim"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/netsim"
	"github.com/tandem-engine/tandem/net/predict"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/net/transport"
)

// hand is a player who follows the ball that its client predicts, until still is set.
func hand(app *engine.App, still *bool) {
	local := ecs.MustResource[session.Local](app.World())
	balls := ecs.Read1[sim.Ball](app.Sim().All())
	paddles := ecs.Read2[replicate.Net, sim.Paddle](app.Sim().All())
	input.Sample(app, func(t engine.Tick) (m sim.Move) {
		if *still {
			return m
		}
		y := float32(sim.Height / 2)
		ball := balls.Query()
		for ball.Next() {
			y = ball.Get().Y
		}
		q := paddles.Query()
		for q.Next() {
			if net, p := q.Get(); net.Owner == local.Player && t.Number/240%3 != 2 { // and misses now and then
				m.Dir = map[bool]int8{true: 1, false: -1}[y > p.Y]
			}
		}
		return m
	})
}

// TestPlay plays for a minute over a bad line, hosted and remote: rallies are
// played, points are counted, and all worlds are the same once everything has stopped
// where it was.
func TestPlay(t *testing.T) {
	for _, hosted := range []bool{true, false} {
		for seed := range uint64(3) {
			t.Run(fmt.Sprintf("hosted=%t/seed=%d", hosted, seed), func(t *testing.T) { play(t, hosted, seed) })
		}
	}
}

func play(t *testing.T, hosted bool, seed uint64) {
	net := netsim.NewNetwork(seed)
	net.SetDefault(netsim.Profile{Delay: 50 * time.Millisecond, Jitter: 5 * time.Millisecond, Loss: 0.05, Duplicate: 0.02})
	carrier, id := net.Carrier(netip.AddrPort{}), secure.IdentityFromSeed([32]byte{5})
	still, bounces := false, 0
	game, hand := watched(&still, &bounces), func(app *engine.App) { hand(app, &still) }
	var drivers []session.Driver
	var server *session.Server
	if hosted {
		h, err := session.NewHost(game, session.HostConfig{
			Name: "host", Carriers: []transport.Carrier{carrier}, Identity: id, Seed: seed,
			Client: []engine.Plugin{hand}, Rand: rand.NewChaCha8([32]byte{byte(seed)}),
		})
		require.NoError(t, err)
		server, drivers = h.Server(), append(drivers, h)
	} else {
		s, err := session.NewServer(game, session.ServerConfig{
			Carriers: []transport.Carrier{carrier}, Identity: id, Seed: seed, Rand: rand.NewChaCha8([32]byte{byte(seed)}),
		})
		require.NoError(t, err)
		server = s
	}
	for n := len(drivers); n < 3; n++ { // two play, one looks on
		c, err := session.NewClient(game, session.ClientConfig{
			Addr: carrier.LocalAddr(), Pin: id.Public, Carrier: net.Carrier(netip.AddrPort{}), Name: fmt.Sprint("player ", n),
			Plugins: []engine.Plugin{hand}, Rand: rand.NewChaCha8([32]byte{byte(seed), byte(n + 1)}),
		})
		require.NoError(t, err)
		drivers = append(drivers, c)
	}
	now := time.Duration(0)
	run := func(d time.Duration) {
		for end := now + d; now < end; now += time.Second / 120 {
			net.Advance(now)
			if !hosted {
				require.NoError(t, server.Advance(now))
			}
			for _, d := range drivers {
				require.NoError(t, d.Advance(now))
				require.NoError(t, d.App().Render(d.Frame(now)))
			}
		}
	}
	run(time.Minute)
	score := *ecs.MustResource[sim.Score](server.App().World())
	t.Logf("%d to %d, %d bounces were seen", score.Left, score.Right, bounces)
	require.Positive(t, score.Left+score.Right)
	require.Greater(t, bounces, 30)
	still = true
	run(5 * time.Second)
	for _, d := range drivers {
		require.Equal(t, replicate.Describe(server.App()), replicate.Describe(d.App()))
		require.Equal(t, *ecs.MustResource[sim.Score](server.App().World()), *ecs.MustResource[sim.Score](d.App().World()))
	}
}

// watched is pong with a ball that stops where it is while still is set, which
// counts the bounces that clients show.
func watched(still *bool, bounces *int) session.Game {
	game := pong.Game
	game.Sim = func(app *engine.App) {
		app.Add(pong.Game.Sim)
		q := ecs.Query1[sim.Ball](app.Sim())
		app.Simulate(systemFunc(func(engine.Tick) {
			balls := q.Query()
			for balls.Next() {
				if *still {
					ball := balls.Get()
					ball.VX, ball.VY = 0, 0
				}
			}
		}))
	}
	game.Client = func(app *engine.App) {
		events := predict.EventsOf[sim.Bounce](app.Sim())
		app.Present(presentFunc(func(engine.Frame) { *bounces += len(events.Begun()) - len(events.Cancelled()) }))
	}
	return game
}

type systemFunc func(engine.Tick)

func (f systemFunc) Update(t engine.Tick) { f(t) }

type presentFunc func(engine.Frame)

func (f presentFunc) Present(fr engine.Frame) { f(fr) }

// TestSync rolls every tick of a game back and plays it again.
func TestSync(t *testing.T) {
	require.NoError(t, predict.SyncTest(predict.SyncTestConfig{
		Sim: func(app *engine.App) {
			app.Add(sim.Plugin)
			input.Sample(app, func(t engine.Tick) sim.Move {
				r := t.Random(uint64(t.Number/20), 9)
				return sim.Move{Dir: int8(r.IntN(3) - 1)}
			})
		},
		Setup: func(app *engine.App) {
			paddles := ecs.NewMap3[replicate.Net, sim.Paddle, sim.Move](app.Sim())
			balls := ecs.NewMap2[replicate.Net, sim.Ball](app.Sim())
			paddles.NewEntity(replicate.Net{Owner: 1, Mode: replicate.ByOwner}, sim.Paddle{Y: 300}, sim.Move{})
			paddles.NewEntity(replicate.Net{Owner: 2, Mode: replicate.ByOwner}, sim.Paddle{Y: 400, Right: true}, sim.Move{})
			balls.NewEntity(replicate.Net{Mode: replicate.ByAll}, sim.Served(engine.Tick{Number: 1, Dt: 1.0 / 60}, true))
		},
		Ticks: 1200,
	}))
}

// TestItIsShort: sim and client together are what an author writes in an evening.
func TestItIsShort(t *testing.T) {
	lines := 0
	for _, file := range []string{"sim/sim.go", "client/client.go"} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		lines += bytes.Count(text, []byte("\n"))
	}
	require.LessOrEqual(t, lines, 250)
}
