package client

import (
	"fmt"
	"math"
	"strconv"

	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/render/hud"
	"github.com/tandem-engine/tandem/render/sprite"
)

// gauges are the bars of the own ship.
func (d *dash) gauges(s *stage) {
	own := s.scene.own
	if own == nil {
		return
	}
	c := d.canvas
	r := c.Bounds().Place(hud.Bottom, 380, 52, 14)
	c.Panel(r, panel, border)
	top, bottom := r.Inset(9).Top(17)
	d.gauge(top, "HULL", own.hull/sim.FullHull, d.hull.get(int(own.hull+0.5), strconv.Itoa), hull(s, own))
	if s.scene.tick < own.overload {
		left := float32(own.overload-s.scene.tick) / 60
		d.gauge(bottom, "OVERLOAD", left/sim.OverloadTime, d.boost.get(int(left*10), tenths), gaugeLook{fill: overload, text: overload})
		return
	}
	look := gaugeLook{fill: accent.Fade(0.9), text: faint}
	if own.energy < sim.ShotEnergy {
		look.fill = warning
	}
	d.gauge(bottom, "ENERGY", own.energy/sim.FullEnergy, d.energy.get(int(own.energy+0.5), strconv.Itoa), look)
}

type gaugeLook struct{ fill, text sprite.Color }

func hull(s *stage, own *ship) gaugeLook {
	look := gaugeLook{fill: healthColor(own.hull), text: faint}
	if own.hull < 25 {
		look.text = danger
		look.fill = danger.Mix(hot, 0.4*wave2(s.time*8))
	}
	return look
}

func (d *dash) gauge(r hud.Rect, name string, share float32, value string, look gaugeLook) {
	c := d.canvas
	left, rest := r.Left(74)
	y := r.Y + 8
	c.Text(left.X, y, name, tinted(label, look.text))
	c.Text(r.X+r.W, y, value, right(figure))
	bar := hud.Rect{X: rest.X, Y: y - 4.5, W: rest.W - 40, H: 9}
	c.Bar(bar, share, look.fill, trough)
	for k := 1; k < 5; k++ { // marks at each fifth
		c.Fill(hud.Rect{X: bar.X + bar.W*float32(k)/5, Y: bar.Y, W: 1, H: bar.H}, night.Fade(0.6))
	}
}

// reticle shows where the guns point, and marks what they have struck.
func (d *dash) reticle(s *stage) {
	own := s.scene.own
	if own == nil {
		return
	}
	sin, cos := math.Sincos(float64(own.angle))
	fx, fy := float32(cos), float32(sin)
	c := d.canvas
	for k := range 4 {
		ahead := 90 + 60*float32(k)
		x, y := d.place(s, own.x+ahead*fx, own.y+ahead*fy)
		c.Disc(x, y, 1.5, own.color.Mix(ink, 0.5).Fade(0.5-0.1*float32(k)))
	}
	mark := &s.mark
	if mark.bright <= 0 {
		return
	}
	x, y := d.place(s, mark.x, mark.y)
	for k := range 4 {
		sin, cos := math.Sincos(float64(k)*math.Pi/2 + math.Pi/4)
		in, out := 8+5*(1-mark.bright), 17+5*(1-mark.bright)
		c.Line(x+in*float32(cos), y+in*float32(sin), x+out*float32(cos), y+out*float32(sin), 2, ink.Fade(mark.bright))
	}
}

// clockAndRound shows what is left of the round.
func (d *dash) clockAndRound(s *stage) {
	m := &s.scene.match
	if m.Ends == 0 {
		return
	}
	c := d.canvas
	r := c.Bounds().Place(hud.Top, 112, 46, 12)
	c.Panel(r, panel, border)
	x, _ := r.Center()
	end, name := m.Ends, "ROUND"
	if m.Over(s.scene.tick) {
		end, name = m.Next, "NEXT IN"
	}
	left := max(0, int64(end)-int64(s.scene.tick))
	t := middle(hud.Text{Font: hud.Bold, Size: 21, Color: ink})
	if left < 15*60 && end == m.Ends {
		t.Color = danger.Mix(ink, 0.5+0.5*wave2(s.time*6))
	}
	c.Text(x, r.Y+29, d.clock.get(int((left+59)/60), func(v int) string { return fmt.Sprintf("%d:%02d", v/60, v%60) }), t)
	if name == "ROUND" {
		name = d.round.get(m.Round, func(v uint16) string { return fmt.Sprintf("ROUND %d", v) })
	}
	c.Text(x, r.Y+11, name, middle(label))
}

func tenths(v int) string { return fmt.Sprintf("%d.%d", v/10, v%10) }

// wave2 swings from 0 to 1 and back.
func wave2(t float32) float32 { return 0.5 + 0.5*float32(math.Sin(float64(t))) }
