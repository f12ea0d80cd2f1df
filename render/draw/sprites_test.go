package draw_test

import (
	"image/color"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/stretchr/testify/require"
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	d "github.com/tandem-engine/tandem/render/draw"
	"github.com/tandem-engine/tandem/render/screentest"
	"github.com/tandem-engine/tandem/render/sprite"
)

type place struct{ X, Y float32 }

func TestSpritesAreDrawnWhereTheyAreAndInLayers(t *testing.T) {
	app := engine.New(engine.Config{})
	camera := &sprite.Camera{X: 1000, Y: 1000, Zoom: 2}
	layer := d.NewSprites(testAtlas(), camera, func(p place) (x, y, rotation float32) { return p.X, p.Y, 0 })
	app.Add(func(app *engine.App) { d.Add(app, layer) })
	require.NoError(t, app.Start())
	things := ecs.NewMap2[place, sprite.Sprite](app.Sim())
	red, blue := sprite.Hex(0xff0000), sprite.Hex(0x0000ff)
	things.NewEntity(place{1000, 1000}, sprite.Sprite{Name: "white", Layer: 5, Tint: red, Scale: 0.25})
	things.NewEntity(place{1000, 1000}, sprite.Sprite{Name: "white", Layer: -5, Tint: blue, Scale: 0.5})
	things.NewEntity(place{1030, 1000}, sprite.Sprite{Name: "white", Tint: red, Scale: 0.25})
	things.NewEntity(place{1030, 1000}, sprite.Sprite{Name: "missing"})
	things.NewEntity(place{1030, 1000}, sprite.Sprite{})

	screen := ebiten.NewImage(200, 120)
	frame := func() {
		screen.Fill(color.Black)
		d.Run(app, screen, engine.Frame{})
	}
	frame()
	screentest.Save(t, t.Name(), screen)
	img := screentest.Pixels(screen)
	requireColor(t, img, 100, 60, 255, 0, 0)
	requireColor(t, img, 100+24, 60, 0, 0, 255)
	requireColor(t, img, 160, 60, 255, 0, 0)
	requireColor(t, img, 160+20, 60, 0, 0, 0)
	require.Equal(t, float32(200), camera.Width)
}
