package client

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/stretchr/testify/require"
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/server"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/render/draw"
	"github.com/tandem-engine/tandem/render/screentest"
)

func TestMain(m *testing.M) { screentest.Main(m) }

func TestLook(t *testing.T) {
	if os.Getenv("LOOK") == "" {
		t.Skip()
	}
	game := session.Game{Name: "arena", Version: 1, Sim: sim.Plugin, Server: server.With(server.Rules{Bots: 8})}
	var st *stage
	host, err := session.NewHost(game, session.HostConfig{Name: "Ada", Seed: 3, Client: []engine.Plugin{func(a *engine.App) { st = add(a) }}})
	st.loading.wait()
	require.NoError(t, err)
	defer host.Close()
	w, h := 1280, 720
	screen := ebiten.NewImage(w, h)
	keys := ecs.Resource[input.State](host.App().World())
	var spent time.Duration
	frames := 0
	n := 0
	for now := time.Duration(0); now < 24*time.Second; now += time.Second / 60 {
		require.NoError(t, host.Advance(now))
		f := host.Frame(now)
		sec := now.Seconds()
		keys.SetKey(input.KeyW, int(sec*1.3)%2 == 0)
		keys.SetKey(input.KeyD, int(sec*2.7)%5 == 0)
		keys.SetKey(input.KeySpace, int(sec*2)%3 != 0)
		keys.SetKey(input.KeyTab, n > 23*60)
		require.NoError(t, host.App().Render(f))
		n++
		if n%60 == 40 {
			begin := time.Now()
			draw.Run(host.App(), screen, f)
			screentest.Save(t, fmt.Sprintf("look%02d", n/60), screen)
			spent += time.Since(begin)
			frames++
		}
	}
	t.Log("frame", spent/time.Duration(frames))
}
