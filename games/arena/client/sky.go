package client

import (
	"image"
	"math"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/tandem-engine/tandem/render/draw"
	"github.com/tandem-engine/tandem/render/sprite"
)

// sky is what lies behind the arena, each layer further away and so slower than the one before.
type sky struct {
	options ebiten.DrawTrianglesOptions
	copy    ebiten.DrawImageOptions
	corners [4]ebiten.Vertex
	nebula  *ebiten.Image // one repetition at the size that it has on the screen
}

// starLayer is one depth of stars. Its stars have their places by chance, but always the same ones: they follow from the
// cell that they lie in.
type starLayer struct {
	depth    float32 // how much they move with the camera: 0 is infinitely far
	cell     float32 // points on the screen
	stars    int     // in a cell
	low, top float32 // sizes in points
	light    float32
}

var starLayers = []starLayer{
	{depth: 0.03, cell: 150, stars: 16, low: 1.9, top: 3, light: 0.8},
	{depth: 0.08, cell: 210, stars: 7, low: 2.4, top: 4.2, light: 1},
	{depth: 0.16, cell: 420, stars: 4, low: 3.4, top: 6, light: 1},
}

var starColors = sprite.Ramp{
	{At: 0, Color: sprite.Hex(0x9db8ff)},
	{At: 0.5, Color: sprite.Hex(0xf2f5ff)},
	{At: 0.8, Color: sprite.Hex(0xffe7c4)},
	{At: 1, Color: sprite.Hex(0xffb48a)},
}

const (
	nebulaDepth = 0.05
	nebulaSize  = 1150 // points that one repetition takes
	planetDepth = 0.11
	planetSize  = 430
)

func (s *stage) drawSky(screen *ebiten.Image) {
	// Sizes in the sky are points of a window of 720 lines, so that it looks the same in all.
	unit := s.camera.Height / 720
	s.drawNebula(screen, unit)
	for i := range starLayers {
		s.drawStars(&starLayers[i], unit, uint64(i))
	}
	s.fx.Flush(screen)
	s.drawPlanet(screen, unit)
	s.drawDust()
	s.fx.Flush(screen)
}

// drawNebula covers the screen. It copies from a picture of the right size, pixel by pixel: most of what a frame costs a
// computer without a graphics card would go into this layer.
func (s *stage) drawNebula(screen *ebiten.Image, unit float32) {
	n := s.nebulaOf(min(int(nebulaSize*unit), nebulaMost))
	size := n.Bounds().Dx()
	x0 := -int(wrapped(s.camera.X*nebulaDepth*unit, float32(size)))
	y0 := -int(wrapped(s.camera.Y*nebulaDepth*unit, float32(size)))
	options := &s.sky.copy
	options.Blend = ebiten.BlendCopy
	for y := y0; y < screen.Bounds().Dy(); y += size {
		for x := x0; x < screen.Bounds().Dx(); x += size {
			options.GeoM.Reset()
			options.GeoM.Translate(float64(x), float64(y))
			screen.DrawImage(n, options)
		}
	}
}

// nebulaMost bounds the memory that the scaled nebula takes, in pixels.
const nebulaMost = 3000

func (s *stage) nebulaOf(size int) *ebiten.Image {
	if n := s.sky.nebula; n != nil {
		if n.Bounds().Dx() == size {
			return n
		}
		n.Deallocate()
	}
	n := ebiten.NewImageWithOptions(image.Rect(0, 0, size, size), &ebiten.NewImageOptions{Unmanaged: true})
	s.sky.picture(n, s.pictures.nebula, 0, 0, float32(size), frame, 1)
	s.sky.nebula = n
	return n
}

func (s *stage) drawPlanet(screen *ebiten.Image, unit float32) {
	size := planetSize * unit
	x := s.camera.Width*0.77 - s.camera.X*planetDepth*unit - size/2
	y := s.camera.Height*0.66 - s.camera.Y*planetDepth*unit - size/2
	if x+size < 0 || y+size < 0 || x > s.camera.Width || y > s.camera.Height {
		return
	}
	s.sky.picture(screen, s.pictures.planet, x, y, size, 0, 0.62)
}

// picture draws a square picture without its outermost pixels.
func (k *sky) picture(screen, img *ebiten.Image, x, y, size, border, light float32) {
	k.options.Filter = ebiten.FilterLinear
	w := float32(img.Bounds().Dx())
	for i := range k.corners {
		v := &k.corners[i]
		*v = ebiten.Vertex{DstX: x, DstY: y, SrcX: border, SrcY: border, ColorR: light, ColorG: light, ColorB: light, ColorA: 1}
		if i&1 != 0 {
			v.DstX, v.SrcX = x+size, w-border
		}
		if i&2 != 0 {
			v.DstY, v.SrcY = y+size, w-border
		}
	}
	screen.DrawTriangles32(k.corners[:], quadIndices, img, &k.options)
}

var quadIndices = []uint32{0, 1, 2, 1, 3, 2}

func (s *stage) drawStars(l *starLayer, unit float32, seed uint64) {
	s.fx.Screen()
	cell := l.cell * unit
	ox, oy := s.camera.X*l.depth*unit, s.camera.Y*l.depth*unit
	for cy := floor((oy - 8) / cell); float32(cy)*cell < oy+s.camera.Height+8; cy++ {
		for cx := floor((ox - 8) / cell); float32(cx)*cell < ox+s.camera.Width+8; cx++ {
			h := scramble(seed<<56 ^ uint64(uint32(cx))<<28 ^ uint64(uint32(cy)))
			for range l.stars {
				s.drawStar(l, h, unit, (float32(cx)+part(h, 0))*cell-ox, (float32(cy)+part(h, 12))*cell-oy)
				h = scramble(h)
			}
		}
	}
}

func (s *stage) drawStar(l *starLayer, h uint64, unit, x, y float32) {
	bright := part(h, 24)
	bright *= bright * bright
	size := (l.low + (l.top-l.low)*bright) * unit
	twinkle := 1 - 0.3*part(h, 36)*(0.5+0.5*float32(math.Sin(float64(s.time*(1+3*part(h, 40))+6.3*part(h, 44)))))
	c := starColors.At(part(h, 48)).Fade(l.light * (0.45 + 0.55*bright) * twinkle)
	if l.top > 4 && bright > 0.55 {
		s.fx.Draw(s.pictures.flare, draw.Quad{X: x, Y: y, Width: size * 6, Tint: c, Glow: 1})
		return
	}
	s.fx.Draw(s.pictures.star, draw.Quad{X: x, Y: y, Width: size * 2.2, Tint: c, Glow: 1})
}

// drawDust shows the speed of flight: specks that lie still in the arena and smear when they pass.
func (s *stage) drawDust() {
	const cell, specks = 170, 2
	var vx, vy float32
	if own := s.scene.own; own != nil {
		vx, vy = own.vx, own.vy
	}
	s.fx.World(s.camera)
	x0, y0, x1, y1 := s.camera.View()
	for cy := floor(y0 / cell); float32(cy)*cell < y1; cy++ {
		for cx := floor(x0 / cell); float32(cx)*cell < x1; cx++ {
			h := scramble(77<<56 ^ uint64(uint32(cx))<<28 ^ uint64(uint32(cy)))
			for range specks {
				x, y := (float32(cx)+part(h, 0))*cell, (float32(cy)+part(h, 12))*cell
				const smear = 0.022
				c := sprite.Hex(0xa8c4ff).Fade(0.10 + 0.16*part(h, 24))
				s.fx.Strip(s.pictures.spark, x-1.5-vx*smear, y-vy*smear, x+1.5+vx*smear, y+vy*smear, 2.2, c, 1)
				h = scramble(h)
			}
		}
	}
}

func floor(v float32) int { return int(math.Floor(float64(v))) }

// wrapped is v modulo size, from 0 up to size.
func wrapped(v, size float32) float32 { return v - size*float32(floor(v/size)) }

// scramble is the finisher of SplitMix64 (Steele, Lea, Flood 2014).
func scramble(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// part is 12 bits of h as a number of 0..1.
func part(h uint64, bit uint) float32 { return float32(h>>bit&0xfff) / 0xfff }
