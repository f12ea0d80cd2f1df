package hud

import (
	"image"
	"image/color"
	"math"

	"github.com/tandem-engine/tandem/render/draw"
)

const (
	shapePixels  = 64 // size of the pictures of shapes
	cornerPixels = 20 // radius of their corners
	cornerPoints = 5  // what that is on the screen
	borderPixels = 4  // width of an outline
)

func newShapes() (*draw.Atlas, shapes) {
	const edge = shapePixels/2 - 1.5
	box := func(x, y float64) float64 { // fills the picture to its border, so that panels end on whole pixels
		const inner = shapePixels/2 - cornerPixels
		dx, dy := math.Abs(x)-inner, math.Abs(y)-inner
		return math.Hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - cornerPixels
	}
	round := func(x, y float64) float64 { return math.Hypot(x, y) - edge }
	outline := func(s func(x, y float64) float64, width float64) func(x, y float64) float64 {
		return func(x, y float64) float64 { d := s(x, y); return max(d, -d-width) }
	}
	arrow := func(x, y float64) float64 { // a triangle with a notch
		x, y = x/edge, math.Abs(y)/edge
		side := 0.43*(x-1) + 0.9*y
		notch := 0.82*(-0.45-x) + 0.57*y*0.8
		return max(side, notch-0.12) * edge
	}
	a := draw.NewAtlas()
	a.Add("panel", shape(box))
	a.Add("border", shape(outline(box, borderPixels)))
	a.Add("disc", shape(round))
	a.Add("circle", shape(outline(round, borderPixels)))
	a.Add("arrow", shape(arrow))
	a.Add("glow", mask(func(x, y float64) float64 {
		d := 1 - min(math.Hypot(x, y)/edge, 1)
		return d * d * d
	}))
	a.Build()
	return a, shapes{
		a.MustPicture("panel"), a.MustPicture("border"), a.MustPicture("disc"), a.MustPicture("circle"),
		a.MustPicture("arrow"), a.MustPicture("glow"),
	}
}

// shape is a white picture of what has a negative distance, with smooth borders.
func shape(distance func(x, y float64) float64) *image.NRGBA {
	return mask(func(x, y float64) float64 { return 0.5 - distance(x, y) })
}

func mask(alpha func(x, y float64) float64) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, shapePixels, shapePixels))
	for j := range shapePixels {
		for i := range shapePixels {
			a := alpha(float64(i)+0.5-shapePixels/2, float64(j)+0.5-shapePixels/2)
			img.SetNRGBA(i, j, color.NRGBA{255, 255, 255, uint8(min(max(a, 0), 1)*255 + 0.5)})
		}
	}
	return img
}
