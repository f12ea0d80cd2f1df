package draw

import (
	_ "embed"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/tandem-engine/tandem/render/sprite"
)

// MaxLights is the number of point lights that shine at once; further ones are left out.
const MaxLights = 8

//go:embed lit.kage
var litSource []byte

// Lights is the light that falls on lit pictures: a sun, what comes from everywhere, and points. Make one with
// NewLights.
type Lights struct {
	SunX, SunY, SunZ float32      // direction towards the sun, of length 1; Z points out of the screen
	Sun              sprite.Color // its colour, times its strength; alpha is ignored
	Ambient          sprite.Color // the light from everywhere
	Rim              sprite.Color // the shine along borders that look away from the viewer

	shader   *ebiten.Shader
	uniforms map[string]any
	options  ebiten.DrawTrianglesShaderOptions
	sun      [3]float32
	colors   [9]float32
	points   [4 * MaxLights]float32 // x, y in pixels, 1/radius, 0
	shine    [4 * MaxLights]float32
	count    int
}

// NewLights makes a white sun from the upper left.
func NewLights() (*Lights, error) {
	shader, err := ebiten.NewShader(litSource)
	if err != nil {
		return nil, err
	}
	l := &Lights{
		SunX: -0.55, SunY: -0.60, SunZ: 0.58,
		Sun: sprite.White, Ambient: sprite.Hex(0x292e47), Rim: sprite.Hex(0x26334d), shader: shader,
	}
	l.uniforms = map[string]any{
		"Sun": l.sun[:], "Colors": l.colors[:], "Points": l.points[:], "Shine": l.shine[:],
	}
	l.options.Uniforms = l.uniforms
	return l, nil
}

// Point adds a light for this frame: at a pixel of the screen, with a reach in pixels, and its colour times strength.
func (l *Lights) Point(x, y, reach float32, c sprite.Color) {
	if l.count == MaxLights || reach <= 0 {
		return
	}
	i := 4 * l.count
	l.points[i], l.points[i+1], l.points[i+2] = x, y, 1/reach
	l.shine[i], l.shine[i+1], l.shine[i+2] = c.R*c.A, c.G*c.A, c.B*c.A
	l.count++
}

// Clear removes the point lights, as is due at the beginning of each frame.
func (l *Lights) Clear() {
	l.count = 0
	clear(l.shine[:])
	clear(l.points[:])
}

// FlushLit draws what was added, under lights, and empties the batch. Only pictures from Atlas.AddLit may be in it.
func (b *Batch) FlushLit(screen *ebiten.Image, l *Lights) {
	if len(b.indices) > 0 {
		l.sun = [3]float32{l.SunX, l.SunY, l.SunZ}
		l.colors = [9]float32{l.Sun.R, l.Sun.G, l.Sun.B, l.Ambient.R, l.Ambient.G, l.Ambient.B, l.Rim.R, l.Rim.G, l.Rim.B}
		l.options.Images[0], l.options.Images[1] = b.atlas.image, b.atlas.surface
		screen.DrawTrianglesShader32(b.vertices, b.indices, l.shader, &l.options)
	}
	b.Reset()
}
