package client

import (
	"fmt"
	"image"
	"sync"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/tandem-engine/tandem/games/arena/client/art"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/render/draw"
)

// pictures are all that the arena draws with. They take about a second to calculate, which loading does beside the
// first frames.
type pictures struct {
	lit, fx        *draw.Atlas
	nebula, planet *ebiten.Image

	ships  [art.Hulls]*draw.Picture
	rocks  [3][]*draw.Picture // by size
	crates [2]*draw.Picture

	glow, disc, circle, shock, spark, flare, star, flame, bolt, shield, beam, edge *draw.Picture
}

// Sizes of pictures in pixels. Twice what they take in a window of 720 lines, for denser screens.
const (
	shipPixels   = 128
	cratePixels  = 96
	nebulaPixels = 512
	planetPixels = 512
)

// rockPixels and rockShapes are the size and number of the pictures of rocks, by sim.RockSize.
var (
	rockPixels = [3]int{96, 160, 288}
	rockShapes = [3]int{6, 6, 5}
)

// artwork is loaded once a process, however many worlds are shown: a menu has one of its own.
var artwork = sync.OnceValue(load)

// loading calculates pictures in the background.
type loading struct {
	done chan *drawn
	got  *pictures
}

// drawn is what can be had without a graphics card.
type drawn struct {
	lit, fx        *draw.Atlas
	nebula, planet *image.NRGBA
}

func load() *loading {
	l := &loading{done: make(chan *drawn, 1)}
	go func() { l.done <- paint() }()
	return l
}

// ready returns the pictures, or nil while they are not ready. Call it where the screen is drawn.
func (l *loading) ready() *pictures {
	if l.got == nil {
		select {
		case d := <-l.done:
			l.got = d.upload()
		default:
		}
	}
	return l.got
}

// wait returns the pictures as soon as they are ready.
func (l *loading) wait() *pictures {
	if l.got == nil {
		l.got = (<-l.done).upload()
	}
	return l.got
}

func paint() *drawn {
	d := &drawn{lit: draw.NewAtlas(), fx: draw.NewAtlas()}
	addLit := func(name string, l art.Lit) { d.lit.AddLit(name, l.Albedo, l.Surface) }
	for hull := range art.Hulls {
		addLit(fmt.Sprint("ship", hull), art.Ship(shipPixels, hull))
	}
	for size, shapes := range rockShapes {
		for shape := range shapes {
			addLit(fmt.Sprint("rock", size, "-", shape), art.Rock(rockPixels[size], uint64(size*16+shape)))
		}
	}
	for kind := range 2 {
		addLit(fmt.Sprint("crate", kind), art.Crate(cratePixels, kind))
	}
	for name, img := range map[string]image.Image{
		"glow": art.Glow(128), "haze": art.Haze(64), "disc": art.Disc(64), "circle": art.Circle(128, 0.05), "shock": art.Shock(256),
		"spark": art.Spark(64, 16), "flare": art.Flare(128), "star": art.Star(24), "flame": art.Flame(128, 64),
		"bolt": art.Bolt(128, 32), "shield": art.Shield(192), "beam": art.Beam(64, 64), "edge": art.Edge(64, 16),
		"smoke0": art.Smoke(96, 1), "smoke1": art.Smoke(96, 2),
		"shard0": art.Shard(32, 1), "shard1": art.Shard(32, 2), "shard2": art.Shard(32, 3),
	} {
		d.fx.Add(name, img)
	}
	d.nebula = art.Nebula(nebulaPixels, 1)
	d.planet = art.Planet(planetPixels, 1)
	return d
}

func (d *drawn) upload() *pictures {
	d.lit.Build()
	d.fx.Build()
	p := &pictures{lit: d.lit, fx: d.fx, nebula: ebiten.NewImageFromImage(framed(d.nebula)), planet: ebiten.NewImageFromImage(d.planet)}
	for hull := range p.ships {
		p.ships[hull] = d.lit.MustPicture(fmt.Sprint("ship", hull))
	}
	for size, shapes := range rockShapes {
		for shape := range shapes {
			p.rocks[size] = append(p.rocks[size], d.lit.MustPicture(fmt.Sprint("rock", size, "-", shape)))
		}
	}
	for kind := range p.crates {
		p.crates[kind] = d.lit.MustPicture(fmt.Sprint("crate", kind))
	}
	for name, at := range map[string]**draw.Picture{
		"glow": &p.glow, "disc": &p.disc, "circle": &p.circle, "shock": &p.shock, "spark": &p.spark, "flare": &p.flare,
		"star": &p.star, "flame": &p.flame, "bolt": &p.bolt, "shield": &p.shield, "beam": &p.beam, "edge": &p.edge,
	} {
		*at = d.fx.MustPicture(name)
	}
	return p
}

// frame is how many pixels of the opposite side lie around the nebula, so that its repetitions have no seam.
const frame = 2

func framed(img *image.NRGBA) *image.NRGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := image.NewNRGBA(image.Rect(0, 0, w+2*frame, h+2*frame))
	for y := range h + 2*frame {
		for x := range w + 2*frame {
			out.SetNRGBA(x, y, img.NRGBAAt((x+w-frame)%w, (y+h-frame)%h))
		}
	}
	return out
}

// rock is the picture of a rock, and how wide it is drawn so that its mean outline is its circle.
func (p *pictures) rock(r sim.Rock) (picture *draw.Picture, width float32) {
	shapes := p.rocks[r.Size]
	return shapes[int(r.Shape)%len(shapes)], 2 * sim.Rocks[r.Size].Radius / 0.86
}
