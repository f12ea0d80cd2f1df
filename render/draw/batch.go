package draw

import (
	"math"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/tandem-engine/tandem/render/sprite"
)

// Batch collects quads of one atlas and draws them, in the order of the calls, with one draw call. It keeps its memory,
// so that a steady scene allocates nothing. Make one with NewBatch.
type Batch struct {
	atlas    *Atlas
	camera   sprite.Camera
	world    bool
	sin, cos float32 // of the camera's rotation
	vertices []ebiten.Vertex
	indices  []uint32
}

// Quad is one drawing of a picture.
type Quad struct {
	X, Y          float32      // its middle
	Width, Height float32      // 0: see Batch.Draw
	Rotation      float32      // radians
	Tint          sprite.Color // multiplies the picture; the zero value means sprite.White
	Glow          float32      // 0: covers what is beneath; 1: adds its light to it
	Flash         float32      // lit pictures only: 0..1, how far the surface shines white by itself
}

// NewBatch makes an empty batch of quads of an atlas, which must be built.
func NewBatch(a *Atlas) *Batch {
	if a.image == nil {
		panic("draw: NewBatch with an atlas that is not built: call Build first")
	}
	return &Batch{atlas: a, cos: 1}
}

// World makes the coordinates and sizes that follow those of the world, seen through a camera.
func (b *Batch) World(c sprite.Camera) {
	b.camera, b.world = c, true
	sin, cos := math.Sincos(float64(-c.Rotation))
	b.sin, b.cos = float32(sin), float32(cos)
}

// Screen makes the coordinates and sizes that follow pixels from the top left of the screen.
func (b *Batch) Screen() { b.world = false }

// Len is the number of quads that wait to be drawn.
func (b *Batch) Len() int { return len(b.vertices) / 4 }

// Draw adds a quad. Without a width and a height it has the picture's own size, one pixel a unit; with one of them the
// other follows from the picture's shape. A nil picture draws nothing.
func (b *Batch) Draw(p *Picture, q Quad) {
	if p == nil {
		return
	}
	switch {
	case q.Width == 0 && q.Height == 0:
		q.Width, q.Height = p.Width, p.Height
	case q.Width == 0:
		q.Width = q.Height * p.Width / p.Height
	case q.Height == 0:
		q.Height = q.Width * p.Height / p.Width
	}
	sin, cos := float32(0), float32(1)
	if b.world {
		zoom := b.camera.Scale()
		q.X, q.Y = b.toScreen(q.X, q.Y)
		q.Width, q.Height = q.Width*zoom, q.Height*zoom
		q.Rotation -= b.camera.Rotation
		if !b.visible(q.X, q.Y, q.Width+q.Height) {
			return
		}
	}
	if q.Rotation != 0 {
		s, c := math.Sincos(float64(q.Rotation))
		sin, cos = float32(s), float32(c)
	}
	l := p.level(abs(q.Width), abs(q.Height))
	ux, uy, vx, vy := cos*q.Width/2, sin*q.Width/2, -sin*q.Height/2, cos*q.Height/2
	b.quad(l, q, sin, cos, [4][2]float32{
		{q.X - ux - vx, q.Y - uy - vy},
		{q.X + ux - vx, q.Y + uy - vy},
		{q.X + ux + vx, q.Y + uy + vy},
		{q.X - ux + vx, q.Y - uy + vy},
	})
}

// Line adds a straight line from one point to another. Its sides and ends are hard.
func (b *Batch) Line(x0, y0, x1, y1, width float32, tint sprite.Color, glow float32) {
	b.Strip(b.atlas.blank, x0, y0, x1, y1, width, tint, glow)
}

// Strip adds a picture that is stretched along a line, its x axis from the first point to the second.
func (b *Batch) Strip(p *Picture, x0, y0, x1, y1, width float32, tint sprite.Color, glow float32) {
	if p == nil {
		return
	}
	if b.world {
		x0, y0 = b.toScreen(x0, y0)
		x1, y1 = b.toScreen(x1, y1)
		width *= b.camera.Scale()
	}
	dx, dy := x1-x0, y1-y0
	n := float32(math.Sqrt(float64(dx*dx + dy*dy)))
	if n == 0 || b.world && !b.visible((x0+x1)/2, (y0+y1)/2, n+width) {
		return
	}
	vx, vy := -dy/n*width/2, dx/n*width/2
	l := p.level(n, width)
	l.x, l.w = l.x+0.5, l.w-1 // strips that follow each other must not soften at their ends
	b.quad(l, Quad{Tint: tint, Glow: glow}, dy/n, dx/n, [4][2]float32{
		{x0 - vx, y0 - vy},
		{x1 - vx, y1 - vy},
		{x1 + vx, y1 + vy},
		{x0 + vx, y0 + vy},
	})
}

// Fill adds an upright rectangle of one colour, given by its top left corner.
func (b *Batch) Fill(x, y, w, h float32, tint sprite.Color, glow float32) {
	b.Draw(b.atlas.blank, Quad{X: x + w/2, Y: y + h/2, Width: w, Height: h, Tint: tint, Glow: glow})
}

// Nine adds a picture whose corners of `corner` pixels keep their size while its middle stretches: panels and buttons.
// The rectangle is given by its top left corner; size is how many units a pixel of the picture takes.
func (b *Batch) Nine(p *Picture, x, y, w, h, corner, size float32, tint sprite.Color) {
	if p == nil {
		return
	}
	l := p.levels[0]
	edge := min(corner*size, w/2, h/2)
	xs, ys := [4]float32{x, x + edge, x + w - edge, x + w}, [4]float32{y, y + edge, y + h - edge, y + h}
	us, vs := [4]float32{0, corner, l.w - corner, l.w}, [4]float32{0, corner, l.h - corner, l.h}
	for j := range 3 {
		for i := range 3 {
			part := level{l.x + us[i], l.y + vs[j], us[i+1] - us[i], vs[j+1] - vs[j]}
			corners := [4][2]float32{{xs[i], ys[j]}, {xs[i+1], ys[j]}, {xs[i+1], ys[j+1]}, {xs[i], ys[j+1]}}
			if b.world {
				for k, c := range corners {
					corners[k][0], corners[k][1] = b.toScreen(c[0], c[1])
				}
			}
			b.quad(part, Quad{Tint: tint}, 0, 1, corners)
		}
	}
}

// quad adds four corners, clockwise from the top left of the picture.
func (b *Batch) quad(l level, q Quad, sin, cos float32, at [4][2]float32) {
	if q.Tint == (sprite.Color{}) {
		q.Tint = sprite.White
	}
	if l.w <= 4 && l.h <= 4 { // the white square: from its middle, where no soft sampling reaches its border
		l = level{l.x + 1, l.y + 1, 2, 2}
	}
	// With premultiplied alpha, a colour without alpha adds to what is beneath: so covering and glowing quads share
	// one draw call (Forsyth 2005, "Premultiplied alpha").
	a := q.Tint.A
	v := ebiten.Vertex{
		ColorR: q.Tint.R * a, ColorG: q.Tint.G * a, ColorB: q.Tint.B * a, ColorA: a * (1 - q.Glow),
		Custom0: cos, Custom1: sin, Custom2: q.Flash, Custom3: a,
	}
	first := uint32(len(b.vertices))
	for k, p := range at {
		v.DstX, v.DstY = p[0], p[1]
		v.SrcX, v.SrcY = l.x, l.y
		if k == 1 || k == 2 {
			v.SrcX += l.w
		}
		if k >= 2 {
			v.SrcY += l.h
		}
		b.vertices = append(b.vertices, v)
	}
	b.indices = append(b.indices, first, first+1, first+2, first, first+2, first+3)
}

var batchOptions = ebiten.DrawTrianglesOptions{
	ColorScaleMode: ebiten.ColorScaleModePremultipliedAlpha,
	Filter:         ebiten.FilterLinear,
}

// Flush draws what was added and empties the batch.
func (b *Batch) Flush(screen *ebiten.Image) {
	if len(b.indices) > 0 {
		screen.DrawTriangles32(b.vertices, b.indices, b.atlas.image, &batchOptions)
	}
	b.Reset()
}

// Reset empties the batch without drawing.
func (b *Batch) Reset() { b.vertices, b.indices = b.vertices[:0], b.indices[:0] }

func (b *Batch) toScreen(x, y float32) (float32, float32) {
	zoom := b.camera.Scale()
	x, y = (x-b.camera.X)*zoom, (y-b.camera.Y)*zoom
	return x*b.cos - y*b.sin + b.camera.Width/2, x*b.sin + y*b.cos + b.camera.Height/2
}

// visible reports whether a thing of that size around a pixel touches the screen.
func (b *Batch) visible(x, y, size float32) bool {
	size = abs(size) / 2
	return x+size >= 0 && y+size >= 0 && x-size <= b.camera.Width && y-size <= b.camera.Height
}

func abs(v float32) float32 {
	if v < 0 {
		return -v
	}
	return v
}
