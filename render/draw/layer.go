package draw

import (
	"github.com/hajimehoshi/ebiten/v2"
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
)

// Layer draws one part of the frame. It may be an [engine.Initer], to make its filters before the first tick.
//
// Draw gets the screen at its real resolution; see Scale for sizes that look the same on every display.
type Layer interface {
	Draw(screen *ebiten.Image, f engine.Frame)
}

// LayerFunc makes a Layer of a function.
type LayerFunc func(screen *ebiten.Image, f engine.Frame)

// Draw calls the function.
func (l LayerFunc) Draw(screen *ebiten.Image, f engine.Frame) { l(screen, f) }

// layers is the resource that holds an App's layers.
type layers struct{ list []Layer }

// Add puts layers on top of those that the App already has. It panics after the App's Start, as Present does.
func Add(app *engine.App, add ...Layer) {
	have := ecs.Resource[layers](app.World())
	if have == nil {
		have = &layers{}
		ecs.SetResource(app.World(), have)
	}
	for _, layer := range add {
		have.list = append(have.list, layer)
		if initer, ok := layer.(engine.Initer); ok {
			app.Present(initOnly{initer})
		}
	}
}

// Run draws the App's layers in order. Whoever drives the App calls it after App.Render.
func Run(app *engine.App, screen *ebiten.Image, f engine.Frame) {
	have := ecs.Resource[layers](app.World())
	if have == nil {
		return
	}
	for _, layer := range have.list {
		layer.Draw(screen, f)
	}
}

// initOnly hands Init through to a layer, which is no Presenter of its own.
type initOnly struct{ layer engine.Initer }

func (i initOnly) Init(s *ecs.Sim)      { i.layer.Init(s) }
func (i initOnly) Present(engine.Frame) {}

// Scale is the number of real pixels that one point takes on the display of the window: 1 on an ordinary display, 2 on
// one with twice the density. Text and panels are measured in points.
func Scale() float32 {
	if m := ebiten.Monitor(); m != nil {
		return float32(m.DeviceScaleFactor())
	}
	return 1
}
