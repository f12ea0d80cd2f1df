package draw

import (
	"math"

	"github.com/tandem-engine/tandem/render/particle"
)

// Particles adds the live particles of a pool whose pictures are in the batch's atlas, in world coordinates. Particles
// of a kind whose Sprite the atlas does not have are left out.
func (b *Batch) Particles(pool *particle.Pool) {
	var kind *particle.Kind
	var picture *Picture
	for i := range pool.All() {
		p := &pool.All()[i]
		if p.Kind != kind { // particles of a kind come in runs: look its picture up once
			kind, picture = p.Kind, b.atlas.Picture(p.Kind.Sprite)
		}
		if picture == nil {
			continue
		}
		height := p.Width()
		width := height * picture.Width / picture.Height
		if s := kind.Stretch; s > 0 {
			width += s * float32(math.Sqrt(float64(p.VX*p.VX+p.VY*p.VY)))
		}
		b.Draw(picture, Quad{
			X: p.X, Y: p.Y, Width: width, Height: height, Rotation: p.Rotation, Tint: p.Color(), Glow: kind.Glow,
		})
	}
}
