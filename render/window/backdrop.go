package window

import (
	"image/color"
	"time"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/render/draw"
)

// backdrop is what lies behind the menu: the game's own picture of an empty world.
type backdrop struct {
	app    *engine.App
	last   time.Duration
	frames uint64
}

func newBackdrop(p Program) *backdrop {
	app := engine.New(engine.Config{TickRate: p.Game.TickRate})
	app.Add(p.Game.Sim)
	if p.Game.Client != nil {
		app.Add(p.Game.Client)
	}
	app.Add(p.Client)
	return &backdrop{app: app}
}

func (b *backdrop) draw(screen *ebiten.Image, now time.Duration) {
	f := engine.Frame{Number: b.frames, Dt: float32(min(now-b.last, time.Second/10).Seconds()), Now: now}
	b.frames++
	b.last = now
	if b.app == nil || b.app.Render(f) != nil {
		b.app = nil // a game that cannot draw an empty world gets a plain menu
		screen.Fill(color.RGBA{7, 10, 22, 255})
		return
	}
	draw.Run(b.app, screen, f)
}
