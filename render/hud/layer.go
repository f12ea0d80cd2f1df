package hud

import (
	"github.com/hajimehoshi/ebiten/v2"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/render/draw"
)

// Layer draws a layer of an App onto a canvas of its own, which is made at the first frame:
//
//	draw.Add(app, hud.Layer(func(c *hud.Canvas, _ engine.Frame) {
//		c.Text(20, 30, score, hud.Text{Font: hud.Bold, Size: 24})
//	}))
//
// What the function puts there is flushed when it returns.
func Layer(paint func(c *Canvas, f engine.Frame)) draw.Layer { return layer((*Canvas).Begin, paint) }

// Board is a [Layer] of w × h points: see [Canvas.BeginBoard]. A whole small game can be drawn on one.
func Board(w, h float32, paint func(c *Canvas, f engine.Frame)) draw.Layer {
	return layer(func(c *Canvas, screen *ebiten.Image) { c.BeginBoard(screen, w, h) }, paint)
}

func layer(begin func(*Canvas, *ebiten.Image), paint func(*Canvas, engine.Frame)) draw.Layer {
	var c *Canvas
	return draw.LayerFunc(func(screen *ebiten.Image, f engine.Frame) {
		if c == nil {
			c = NewCanvas()
		}
		begin(c, screen)
		paint(c, f)
		c.Flush()
	})
}
