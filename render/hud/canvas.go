package hud

import (
	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/text/v2"
	"github.com/tandem-engine/tandem/render/draw"
	"github.com/tandem-engine/tandem/render/sprite"
)

// Text says how text looks. The zero value is small, regular and white.
type Text struct {
	Font   Font
	Size   float32      // points; 0 means 14
	Color  sprite.Color // the zero value means sprite.White
	Align  float32      // 0: x is the left end, 0.5: the middle, 1: the right end
	Shadow float32      // how dark a shadow lies under it, 0..1; needed over the world, not over panels
}

// Canvas collects what a frame shows. Make one with NewCanvas.
type Canvas struct {
	faces  *faces
	atlas  *draw.Atlas
	batch  *draw.Batch
	screen *ebiten.Image
	scale  float32
	x, y   float32 // where the point (0, 0) is, in pixels
	texts  []line
	option text.DrawOptions
	shapes shapes
}

type shapes struct{ panel, border, disc, circle, arrow, glow *draw.Picture }

// line is a text that waits to be drawn, in pixels.
type line struct {
	text   string
	face   *text.GoTextFace
	x, y   float32
	color  sprite.Color
	shadow float32
}

// NewCanvas makes a canvas. Making one takes some milliseconds; a game needs one or two.
func NewCanvas() *Canvas {
	atlas, shapes := newShapes()
	return &Canvas{faces: newFaces(), atlas: atlas, batch: draw.NewBatch(atlas), shapes: shapes, scale: 1}
}

// Begin starts a frame on a screen. What was not flushed is forgotten.
func (c *Canvas) Begin(screen *ebiten.Image) {
	c.batch.Reset()
	c.reset()
	c.screen = screen
	c.scale = pointSize(float32(screen.Bounds().Dx()), float32(screen.Bounds().Dy()))
	c.x, c.y = 0, 0
}

// BeginBoard starts a frame on a board of w × h points, as large as the screen has room for, in its middle. Its left
// upper corner is (0, 0).
func (c *Canvas) BeginBoard(screen *ebiten.Image, w, h float32) {
	c.Begin(screen)
	width, height := float32(screen.Bounds().Dx()), float32(screen.Bounds().Dy())
	c.scale = min(width/w, height/h)
	c.x, c.y = (width-w*c.scale)/2, (height-h*c.scale)/2
}

// Scale is the number of pixels that a point takes in this frame.
func (c *Canvas) Scale() float32 { return c.scale }

// Bounds is the whole screen, in points; beyond a board, too.
func (c *Canvas) Bounds() Rect {
	return Rect{-c.x / c.scale, -c.y / c.scale, float32(c.screen.Bounds().Dx()) / c.scale, float32(c.screen.Bounds().Dy()) / c.scale}
}

// Fill draws a rectangle with hard corners.
func (c *Canvas) Fill(r Rect, color sprite.Color) {
	s := c.scale
	c.batch.Fill(c.x+r.X*s, c.y+r.Y*s, r.W*s, r.H*s, color, 0)
}

// Round draws a rectangle with round corners, up to half as high as it is.
func (c *Canvas) Round(r Rect, color sprite.Color) { c.nine(c.shapes.panel, r, color) }

// Border draws the outline of a rectangle with round corners.
func (c *Canvas) Border(r Rect, color sprite.Color) { c.nine(c.shapes.border, r, color) }

// Panel draws a rectangle with a border: what text lies on.
func (c *Canvas) Panel(r Rect, fill, border sprite.Color) {
	c.Round(r, fill)
	c.Border(r, border)
}

// Bar draws a horizontal bar of which a share of 0..1 is full.
func (c *Canvas) Bar(r Rect, share float32, full, empty sprite.Color) {
	c.Round(r, empty)
	share = min(max(share, 0), 1)
	if share > 0 {
		c.Round(Rect{r.X, r.Y, max(r.W*share, min(r.H, r.W)), r.H}, full)
	}
}

// Disc draws a full circle.
func (c *Canvas) Disc(x, y, radius float32, color sprite.Color) {
	c.picture(c.shapes.disc, x, y, radius, 0, color, 0)
}

// Circle draws the outline of a circle.
func (c *Canvas) Circle(x, y, radius float32, color sprite.Color) {
	c.picture(c.shapes.circle, x, y, radius, 0, color, 0)
}

// Arrow draws an arrowhead that points in a direction: radians, 0 is to the right, clockwise.
func (c *Canvas) Arrow(x, y, radius, direction float32, color sprite.Color) {
	c.picture(c.shapes.arrow, x, y, radius, direction, color, 0)
}

// Glow draws a soft light that adds to what is beneath.
func (c *Canvas) Glow(x, y, radius float32, color sprite.Color) {
	c.picture(c.shapes.glow, x, y, radius, 0, color, 1)
}

// Line draws a straight line.
func (c *Canvas) Line(x0, y0, x1, y1, width float32, color sprite.Color) {
	s := c.scale
	c.batch.Line(c.x+x0*s, c.y+y0*s, c.x+x1*s, c.y+y1*s, width*s, color, 0)
}

func (c *Canvas) picture(p *draw.Picture, x, y, radius, rotation float32, color sprite.Color, glow float32) {
	s := c.scale
	c.batch.Draw(p, draw.Quad{
		X: c.x + x*s, Y: c.y + y*s, Width: 2 * radius * s, Height: 2 * radius * s, Rotation: rotation, Tint: color, Glow: glow,
	})
}

func (c *Canvas) nine(p *draw.Picture, r Rect, color sprite.Color) {
	s := c.scale
	c.batch.Nine(p, c.x+r.X*s, c.y+r.Y*s, r.W*s, r.H*s, cornerPixels, s*cornerPoints/cornerPixels, color)
}

// Text writes one line with its vertical middle at y.
func (c *Canvas) Text(x, y float32, s string, t Text) {
	if s == "" {
		return
	}
	face := c.face(t)
	if t.Color == (sprite.Color{}) {
		t.Color = sprite.White
	}
	px := c.x + x*c.scale
	if t.Align != 0 {
		px -= float32(text.Advance(s, face)) * t.Align
	}
	m := face.Metrics()
	// The middle between the baseline and the top of capitals is what the eye takes for the middle of a line.
	py := c.y + y*c.scale - float32(m.HAscent) + float32(m.CapHeight)/2
	c.texts = append(c.texts, line{s, face, px, py, t.Color, t.Shadow})
}

// Width is the length of a line in points.
func (c *Canvas) Width(s string, t Text) float32 {
	return float32(text.Advance(s, c.face(t))) / c.scale
}

// Fit returns the line, or as much of its beginning as fits into w points with an ellipsis. Only a line that does not
// fit allocates.
func (c *Canvas) Fit(s string, t Text, w float32) string {
	if c.Width(s, t) <= w {
		return s
	}
	runes := []rune(s)
	for n := len(runes) - 1; n > 0; n-- {
		if short := string(runes[:n]) + "…"; c.Width(short, t) <= w {
			return short
		}
	}
	return ""
}

func (c *Canvas) face(t Text) *text.GoTextFace {
	if t.Size == 0 {
		t.Size = 14
	}
	return c.faces.get(t.Font, t.Size*c.scale)
}

// Flush draws what was collected.
func (c *Canvas) Flush() {
	c.batch.Flush(c.screen)
	for i := range c.texts {
		l := &c.texts[i]
		if l.shadow > 0 {
			offset := max(1, c.scale)
			shadow := sprite.Color{A: l.shadow * l.color.A}
			c.write(l, l.x+offset, l.y+offset, shadow)
		}
		c.write(l, l.x, l.y, l.color)
	}
	c.reset()
}

func (c *Canvas) reset() {
	clear(c.texts) // lets go of the strings
	c.texts = c.texts[:0]
}

func (c *Canvas) write(l *line, x, y float32, color sprite.Color) {
	c.option.GeoM.Reset()
	c.option.GeoM.Translate(float64(int(x+0.5)), float64(int(y+0.5))) // whole pixels keep text sharp
	c.option.ColorScale.Reset()
	c.option.ColorScale.Scale(color.R, color.G, color.B, 1)
	c.option.ColorScale.ScaleAlpha(color.A)
	text.Draw(c.screen, l.text, l.face, &c.option)
}
