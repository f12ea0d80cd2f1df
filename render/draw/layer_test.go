package draw_test

import (
	"testing"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/stretchr/testify/require"
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	d "github.com/tandem-engine/tandem/render/draw"
)

type recorder struct {
	name  string
	calls *[]string
}

func (r recorder) Init(*ecs.Sim)                    { *r.calls = append(*r.calls, "init "+r.name) }
func (r recorder) Draw(*ebiten.Image, engine.Frame) { *r.calls = append(*r.calls, "draw "+r.name) }

func TestLayersAreInitialisedOnceAndDrawnInOrder(t *testing.T) {
	app := engine.New(engine.Config{})
	var calls []string
	d.Run(app, nil, engine.Frame{})
	d.Add(app, recorder{"sky", &calls}, recorder{"ships", &calls})
	d.Add(app, d.LayerFunc(func(*ebiten.Image, engine.Frame) { calls = append(calls, "draw text") }))
	require.NoError(t, app.Start())
	for range 2 {
		require.NoError(t, app.Render(engine.Frame{}))
		d.Run(app, nil, engine.Frame{})
	}
	require.Equal(t, []string{
		"init sky", "init ships",
		"draw sky", "draw ships", "draw text",
		"draw sky", "draw ships", "draw text",
	}, calls)
}
