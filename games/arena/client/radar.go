package client

import (
	"math"

	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/render/hud"
)

// radarSize is the length of the radar's sides in points.
const radarSize = 168

func (d *dash) radarRect() hud.Rect {
	return d.canvas.Bounds().Place(hud.TopRight, radarSize, radarSize, 12)
}

// radar is the map of the whole arena.
func (d *dash) radar(s *stage) {
	c := d.canvas
	r := d.radarRect()
	c.Panel(r, panel, barrier.Fade(0.7))
	in := r.Inset(5)
	at := func(x, y float32) (float32, float32) {
		return in.X + in.W*(x/sim.Side+0.5), in.Y + in.H*(y/sim.Side+0.5)
	}
	x0, y0, x1, y1 := s.camera.View()
	const h = sim.Half
	ax, ay := at(max(x0, -h), max(y0, -h))
	bx, by := at(min(x1, h), min(y1, h))
	c.Border(hud.Rect{X: ax, Y: ay, W: bx - ax, H: by - ay}, ink.Fade(0.25))
	for i := range s.scene.rocks {
		k := &s.scene.rocks[i]
		x, y := at(k.x, k.y)
		c.Disc(x, y, 1+0.7*float32(k.rock.Size), faint.Fade(0.55))
	}
	for i := range s.scene.crates {
		k := &s.scene.crates[i]
		x, y := at(k.x, k.y)
		c.Disc(x, y, 2+0.6*wave2(s.time*5), crateColor(k.kind))
	}
	for i := range s.scene.ships {
		k := &s.scene.ships[i]
		x, y := at(k.x, k.y)
		if k.own {
			c.Glow(x, y, 9, accent)
			c.Arrow(x, y, 5.5, k.angle, ink)
			continue
		}
		c.Disc(x, y, 2.8, k.color)
	}
}

// pointers show where ships are that are not on the screen.
func (d *dash) pointers(s *stage) {
	own := s.scene.own
	if own == nil {
		return
	}
	c := d.canvas
	area := c.Bounds().Inset(26)
	cx, cy := area.Center()
	for i := range s.scene.ships {
		k := &s.scene.ships[i]
		if k.own || s.camera.Sees(k.x, k.y, -6) {
			continue
		}
		dx, dy := k.x-own.x, k.y-own.y
		distance := float32(math.Sqrt(float64(dx*dx + dy*dy)))
		x, y := d.place(s, k.x, k.y)
		x, y = x-cx, y-cy
		// Out from the middle to the border that comes first.
		shrink := min(area.W/2/max(abs(x), 1), area.H/2/max(abs(y), 1))
		x, y = cx+x*shrink, cy+y*shrink
		near := max(0, 1-distance/2400)
		direction := float32(math.Atan2(float64(dy), float64(dx)))
		c.Arrow(x, y, 6+5*near, direction, k.color.Fade(0.35+0.6*near))
	}
}

func abs(v float32) float32 { return max(v, -v) }
