package art

import (
	"image"
	"math"
	"runtime"
	"sync"
)

// rgb is a colour, each part 0..1.
type rgb struct{ r, g, b float64 }

func hex(v uint32) rgb {
	return rgb{float64(v>>16&255) / 255, float64(v>>8&255) / 255, float64(v&255) / 255}
}

func (c rgb) mix(d rgb, t float64) rgb {
	t = clamp(t)
	return rgb{lerp(t, c.r, d.r), lerp(t, c.g, d.g), lerp(t, c.b, d.b)}
}

func (c rgb) scale(s float64) rgb { return rgb{c.r * s, c.g * s, c.b * s} }

func (c rgb) plus(d rgb) rgb { return rgb{c.r + d.r, c.g + d.g, c.b + d.b} }

var white = rgb{1, 1, 1}

// Lit is a picture to be lit while it is drawn. Both images have the same size.
type Lit struct {
	// Albedo is what the surface looks like in even white light.
	Albedo *image.NRGBA
	// Surface holds, per pixel: red and green, the x and y of the surface's normal, 0..255 for -1..1; blue, how much
	// of a player's colour the pixel takes. Alpha is always 255.
	Surface *image.NRGBA
}

// paint fills an image pixel by pixel, in parallel rows. x and y run over -1..1 along the longer side.
func paint(w, h int, pixel func(x, y float64) (rgb, float64)) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	half := float64(max(w, h)) / 2
	rows(h, func(j int) {
		for i := range w {
			c, a := pixel((float64(i)+0.5-float64(w)/2)/half, (float64(j)+0.5-float64(h)/2)/half)
			put(img, i, j, c, a)
		}
	})
	return img
}

// rows calls f for every row, spread over the processors.
func rows(h int, f func(j int)) {
	var group sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for k := range workers {
		group.Go(func() {
			for j := k; j < h; j += workers {
				f(j)
			}
		})
	}
	group.Wait()
}

func put(img *image.NRGBA, i, j int, c rgb, a float64) {
	o := img.PixOffset(i, j)
	img.Pix[o], img.Pix[o+1], img.Pix[o+2], img.Pix[o+3] = byte8(c.r), byte8(c.g), byte8(c.b), byte8(a)
}

func byte8(v float64) uint8 { return uint8(clamp(v)*255 + 0.5) }

// relief is a height field, from which a Lit gets its normals.
type relief struct {
	size   int
	height []float64 // in pixels
}

func newRelief(size int) *relief { return &relief{size: size, height: make([]float64, size*size)} }

func (r *relief) at(i, j int) float64 {
	i, j = min(max(i, 0), r.size-1), min(max(j, 0), r.size-1)
	return r.height[j*r.size+i]
}

// normal is the unit normal at a pixel, by central differences.
func (r *relief) normal(i, j int) (x, y, z float64) {
	x = (r.at(i-1, j) - r.at(i+1, j)) / 2
	y = (r.at(i, j-1) - r.at(i, j+1)) / 2
	n := math.Sqrt(x*x + y*y + 1)
	return x / n, y / n, 1 / n
}

// hollow is how much lower a pixel lies than those around it, in pixels: what gets less light from the sky.
func (r *relief) hollow(i, j, reach int) float64 {
	sum := 0.0
	for k := range 8 {
		sin, cos := math.Sincos(float64(k) * math.Pi / 4)
		sum += r.at(i+int(math.Round(cos*float64(reach))), j+int(math.Round(sin*float64(reach))))
	}
	return sum/8 - r.at(i, j)
}

func (r *relief) surface(mask func(i, j int) float64) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, r.size, r.size))
	rows(r.size, func(j int) {
		for i := range r.size {
			x, y, _ := r.normal(i, j)
			put(img, i, j, rgb{x/2 + 0.5, y/2 + 0.5, mask(i, j)}, 1)
		}
	})
	return img
}
