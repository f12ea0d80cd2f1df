package client

import (
	"math"

	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/render/draw"
	"github.com/tandem-engine/tandem/render/sprite"
)

// fenceStep is the length of the pieces that the fence is drawn in, in units.
const fenceStep = 32

// drawFence draws the four sides of the arena as far as they are seen, and the dark beyond them.
func (s *stage) drawFence() {
	x0, y0, x1, y1 := s.camera.View()
	const h = sim.Half
	beyond := sprite.Hex(0x02030a).Fade(0.62)
	s.outside(x0, y0, min(x1, -h), y1, beyond)
	s.outside(max(x0, h), y0, x1, y1, beyond)
	s.outside(max(x0, -h), y0, min(x1, h), min(y1, -h), beyond)
	s.outside(max(x0, -h), max(y0, h), min(x1, h), y1, beyond)
	for _, side := range [2]float32{-h, h} {
		if side > y0-60 && side < y1+60 {
			s.fenceSide(max(x0, -h), min(x1, h), func(t float32) (float32, float32) { return t, side })
		}
		if side > x0-60 && side < x1+60 {
			s.fenceSide(max(y0, -h), min(y1, h), func(t float32) (float32, float32) { return side, t })
		}
	}
}

func (s *stage) outside(x0, y0, x1, y1 float32, c sprite.Color) {
	if x1 > x0 && y1 > y0 {
		s.fx.Fill(x0, y0, x1-x0, y1-y0, c, 0)
	}
}

// fenceSide draws one side between two places along it.
func (s *stage) fenceSide(from, to float32, at func(t float32) (x, y float32)) {
	for i := floor(from / fenceStep); float32(i)*fenceStep < to; i++ {
		t := float32(i) * fenceStep
		ax, ay := at(t)
		bx, by := at(t + fenceStep)
		mx, my := at(t + fenceStep/2)
		heat := s.fenceHeat(mx, my)
		flow := 0.5 + 0.5*float32(math.Sin(float64(t*0.02-s.time*2.2)))*float32(math.Sin(float64(t*0.0061+s.time*1.1)))
		c := barrier.Mix(accent, heat)
		s.fx.Strip(s.pictures.beam, ax, ay, bx, by, 46+50*heat, c.Fade(0.20+0.14*flow+0.5*heat), 1)
		s.fx.Strip(s.pictures.beam, ax, ay, bx, by, 9+6*heat, c.Mix(hot, 0.55).Fade(0.65+0.35*heat), 1)
		if i%8 == 0 {
			s.fencePost(ax, ay, heat)
		}
	}
}

func (s *stage) fencePost(x, y, heat float32) {
	pulse := 0.75 + 0.25*float32(math.Sin(float64(s.time*3+x*0.01+y*0.013)))
	s.fx.Draw(s.pictures.glow, draw.Quad{X: x, Y: y, Width: 64 + 30*heat, Tint: accent.Fade(0.7 * pulse), Glow: 1})
	s.fx.Draw(s.pictures.disc, draw.Quad{X: x, Y: y, Width: 11, Tint: sprite.Hex(0x22304f)})
	s.fx.Draw(s.pictures.disc, draw.Quad{X: x, Y: y, Width: 6, Tint: accent.Mix(hot, 0.5)})
}

// fenceHeat is how bright the fence is at a place, 0..1: ships near it and waves that run along it.
func (s *stage) fenceHeat(x, y float32) float32 {
	heat := float32(0)
	for i := range s.scene.ships {
		dx, dy := s.scene.ships[i].x-x, s.scene.ships[i].y-y
		if d := dx*dx + dy*dy; d < 170*170 {
			heat += 0.7 * (1 - d/(170*170))
		}
	}
	for i := range s.effects.waves {
		w := &s.effects.waves[i]
		dx, dy := w.x-x, w.y-y
		distance := float32(math.Sqrt(float64(dx*dx + dy*dy)))
		front := distance - w.age*520
		heat += max(0, 1-front*front/(70*70)) * (1 - w.age/waveTime)
	}
	return min(heat, 1)
}
