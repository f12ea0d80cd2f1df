package draw

import (
	"slices"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/render/sprite"
)

// Sprites is a layer that draws every entity that has a [sprite.Sprite] and a pose. Make one with NewSprites.
type Sprites[P any] struct {
	atlas  *Atlas
	batch  *Batch
	camera *sprite.Camera
	pose   func(p P) (x, y, rotation float32)
	reader ecs.Reader2[P, sprite.Sprite]
	order  []placed
}

type placed struct {
	sprite         *Picture
	layer          int16
	index          int32
	x, y, rotation float32
	tint           sprite.Color
	scale, glow    float32
}

// NewSprites makes a layer that draws with pictures of a built atlas, seen through a camera whose Width and Height it
// keeps at those of the screen. P is the component that says where an entity is, on a networked client
// replicate.View[Position]; pose reads it. Entities whose picture the atlas does not have are left out.
func NewSprites[P any](a *Atlas, c *sprite.Camera, pose func(p P) (x, y, rotation float32)) *Sprites[P] {
	return &Sprites[P]{atlas: a, batch: NewBatch(a), camera: c, pose: pose}
}

// Init makes the layer's filter.
func (l *Sprites[P]) Init(s *ecs.Sim) { l.reader = ecs.Read2[P, sprite.Sprite](s.All()) }

// Draw draws the sprites, lower layers first; within a layer in the order of the entities in the world.
func (l *Sprites[P]) Draw(screen *ebiten.Image, _ engine.Frame) {
	l.camera.Width, l.camera.Height = float32(screen.Bounds().Dx()), float32(screen.Bounds().Dy())
	l.order = l.order[:0]
	q := l.reader.Query()
	for q.Next() {
		p, s := q.Get()
		picture := l.atlas.Picture(s.Name)
		if picture == nil || s.Name == "" {
			continue
		}
		x, y, rotation := l.pose(p)
		if s.Scale == 0 {
			s.Scale = 1
		}
		l.order = append(l.order, placed{
			picture, s.Layer, int32(len(l.order)), x, y, rotation + s.Rotation, s.Tint, s.Scale, s.Glow,
		})
	}
	slices.SortFunc(l.order, func(a, b placed) int {
		if a.layer != b.layer {
			return int(a.layer) - int(b.layer)
		}
		return int(a.index - b.index)
	})
	l.batch.World(*l.camera)
	for i := range l.order {
		o := &l.order[i]
		l.batch.Draw(o.sprite, Quad{
			X: o.x, Y: o.y, Rotation: o.rotation, Tint: o.tint, Glow: o.glow,
			Width: o.sprite.Width * o.scale, Height: o.sprite.Height * o.scale,
		})
	}
	l.batch.Flush(screen)
}
