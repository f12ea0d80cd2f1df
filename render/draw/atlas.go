package draw

import (
	"fmt"
	"image"
	"image/draw"
	"sort"

	"github.com/hajimehoshi/ebiten/v2"
)

// AtlasMax is the greatest width and height of an atlas, in pixels.
const AtlasMax = 4096

// Atlas is one texture that holds many pictures. Fill one with Add and AddLit, then Build it; it must not change after.
//
// Every picture is kept at several sizes, each half of the one before (Williams 1983, "Pyramidal Parametrics"), so that
// a small drawing of a large picture neither flickers nor looks jagged.
type Atlas struct {
	pictures map[string]*Picture
	waiting  []source
	image    *ebiten.Image
	surface  *ebiten.Image
	blank    *Picture
}

// Picture is a named picture in an Atlas.
type Picture struct {
	Width, Height float32 // pixels at full size
	levels        []level
}

// level is one size of a picture in the texture, in pixels.
type level struct{ x, y, w, h float32 }

type source struct {
	picture  *Picture
	size     int // levels below this one
	albedo   *image.RGBA
	surface  *image.RGBA
	position image.Point
}

// smallest is the size in pixels below which a picture gets no smaller level: less would not hold its shape.
const smallest = 8

// NewAtlas makes an empty atlas. It holds one picture from the start: the empty name is a white square, for lines and
// filled shapes.
func NewAtlas() *Atlas {
	a := &Atlas{pictures: map[string]*Picture{}}
	white := image.NewRGBA(image.Rect(0, 0, 4, 4))
	for i := range white.Pix {
		white.Pix[i] = 255
	}
	a.Add("", white)
	a.blank = a.pictures[""]
	// Lines are drawn from its inside, so that they have no soft ends.
	return a
}

// Add puts a picture into the atlas. It panics if the name is taken or the atlas is built.
func (a *Atlas) Add(name string, picture image.Image) { a.add(name, picture, nil) }

// AddLit puts a picture into the atlas that is drawn by [Batch.FlushLit]. surface has the same size; its red and green
// are the x and y of the surface's normal (0..255 for -1..1), its blue is how much of the tint a pixel takes.
func (a *Atlas) AddLit(name string, albedo, surface image.Image) {
	if albedo.Bounds().Size() != surface.Bounds().Size() {
		panic(fmt.Sprintf("draw: picture %q is %v and its surface %v: give both the same size",
			name, albedo.Bounds().Size(), surface.Bounds().Size()))
	}
	a.add(name, albedo, surface)
}

func (a *Atlas) add(name string, albedo, surface image.Image) {
	if a.image != nil {
		panic(fmt.Sprintf("draw: picture %q is added to an atlas that is built: add all pictures before Build", name))
	}
	if _, taken := a.pictures[name]; taken {
		panic(fmt.Sprintf("draw: two pictures are named %q in one atlas: rename one", name))
	}
	size := albedo.Bounds().Size()
	p := &Picture{Width: float32(size.X), Height: float32(size.Y)}
	a.pictures[name] = p
	flat, relief := toRGBA(albedo), toRGBA(surface)
	for n := 0; ; n++ {
		p.levels = append(p.levels, level{w: float32(flat.Rect.Dx()), h: float32(flat.Rect.Dy())})
		a.waiting = append(a.waiting, source{picture: p, size: n, albedo: flat, surface: relief})
		if min(flat.Rect.Dx(), flat.Rect.Dy())/2 < smallest {
			return
		}
		flat, relief = half(flat), half(relief)
	}
}

// Build packs the pictures and makes the textures. It panics if they do not fit into AtlasMax × AtlasMax pixels.
func (a *Atlas) Build() {
	size := a.pack()
	albedo := image.NewRGBA(image.Rectangle{Max: size})
	var surface *image.RGBA
	for _, s := range a.waiting {
		at := s.albedo.Rect.Add(s.position)
		draw.Draw(albedo, at, s.albedo, image.Point{}, draw.Src)
		if s.surface != nil {
			if surface == nil {
				surface = image.NewRGBA(albedo.Rect)
			}
			draw.Draw(surface, at, s.surface, image.Point{}, draw.Src)
		}
	}
	a.image = texture(albedo)
	if surface != nil {
		a.surface = texture(surface)
	}
	a.waiting = nil
}

// Picture returns the picture of that name, or nil if there is none.
func (a *Atlas) Picture(name string) *Picture { return a.pictures[name] }

// MustPicture returns the picture of that name. It panics if there is none.
func (a *Atlas) MustPicture(name string) *Picture {
	p := a.pictures[name]
	if p == nil {
		panic(fmt.Sprintf("draw: the atlas has no picture %q: add it before Build, or correct the name", name))
	}
	return p
}

// Size returns the size of the texture in pixels; zero before Build.
func (a *Atlas) Size() image.Point {
	if a.image == nil {
		return image.Point{}
	}
	return a.image.Bounds().Size()
}

// gap is the free space around each picture, so that soft sampling takes nothing from its neighbours.
const gap = 2

// pack gives every picture its place on shelves, tallest first, and returns the size of the texture.
func (a *Atlas) pack() image.Point {
	order := make([]*source, len(a.waiting))
	for i := range a.waiting {
		order[i] = &a.waiting[i]
	}
	sort.SliceStable(order, func(i, j int) bool { return order[i].albedo.Rect.Dy() > order[j].albedo.Rect.Dy() })
	for width := 256; width <= AtlasMax; width *= 2 {
		if height := shelves(order, width); height <= width {
			for _, s := range order {
				l := &s.picture.levels[s.size]
				l.x, l.y = float32(s.position.X), float32(s.position.Y)
			}
			return image.Pt(width, height)
		}
	}
	panic(fmt.Sprintf("draw: the %d pictures of the atlas do not fit into %d × %d pixels: make them smaller or use "+
		"two atlases", len(a.pictures), AtlasMax, AtlasMax))
}

// shelves places the pictures in rows of a given width and returns the height, or more than any width if one is too wide.
func shelves(order []*source, width int) int {
	x, y, row := gap, gap, 0
	for _, s := range order {
		w, h := s.albedo.Rect.Dx()+gap, s.albedo.Rect.Dy()+gap
		if gap+w > width {
			return AtlasMax + 1
		}
		if x+w > width {
			x, y, row = gap, y+row, 0
		}
		s.position = image.Pt(x, y)
		x, row = x+w, max(row, h)
	}
	return y + row
}

// texture uploads pixels as they are into a texture of their own.
func texture(img *image.RGBA) *ebiten.Image {
	t := ebiten.NewImageWithOptions(img.Rect, &ebiten.NewImageOptions{Unmanaged: true})
	t.WritePixels(img.Pix)
	return t
}

func toRGBA(img image.Image) *image.RGBA {
	if img == nil {
		return nil
	}
	out := image.NewRGBA(image.Rectangle{Max: img.Bounds().Size()})
	draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Src)
	return out
}

// half shrinks a picture to half its size, each pixel the mean of four; with premultiplied alpha no colour bleeds in.
func half(img *image.RGBA) *image.RGBA {
	if img == nil {
		return nil
	}
	out := image.NewRGBA(image.Rect(0, 0, img.Rect.Dx()/2, img.Rect.Dy()/2))
	for y := range out.Rect.Dy() {
		a, b := img.Pix[2*y*img.Stride:], img.Pix[(2*y+1)*img.Stride:]
		for x := range out.Rect.Dx() {
			for c := range 4 {
				sum := int(a[8*x+c]) + int(a[8*x+4+c]) + int(b[8*x+c]) + int(b[8*x+4+c])
				out.Pix[y*out.Stride+4*x+c] = uint8((sum + 2) / 4)
			}
		}
	}
	return out
}

// level returns the smallest size that is still at least as large as what is asked for, in pixels.
func (p *Picture) level(w, h float32) level {
	for i := len(p.levels) - 1; i > 0; i-- {
		if l := p.levels[i]; l.w >= w && l.h >= h {
			return l
		}
	}
	return p.levels[0]
}
