package client

import (
	"math"

	"github.com/tandem-engine/tandem/render/hud"
)

// losses are the lines of the feed, beneath the radar.
func (d *dash) losses(s *stage) {
	r := d.radarRect()
	y := r.Y + r.H + 20
	for i := range s.feed.lines {
		l := &s.feed.lines[i]
		fade := min(1, feedTime-l.age) * min(1, l.age*5)
		d.lossLine(r.X+r.W, y, l, fade)
		y += 22
	}
}

func (d *dash) lossLine(end, y float32, l *feedLine, fade float32) {
	c := d.canvas
	t := hud.Text{Font: hud.Bold, Size: 12, Shadow: 0.5}
	victim, killer := l.Victim.Name, l.By.Name
	wide := c.Width(victim, t) + 16
	if killer != "" {
		wide += c.Width(killer, t) + 26
	} else {
		wide += 20
	}
	back := night.Fade(0.5 * fade)
	if l.own {
		back = accent.Mix(night, 0.72).Fade(0.75 * fade)
	}
	c.Round(hud.Rect{X: end - wide, Y: y - 10, W: wide, H: 20}, back)
	x := end - 8
	c.Text(x, y, victim, right(tinted(t, pilotColor(l.Victim.Hue).Mix(ink, 0.25).Fade(fade))))
	x -= c.Width(victim, t) + 13
	mark := faint
	if killer != "" {
		mark = ink
	}
	c.Arrow(x, y, 5.5, 0, mark.Fade(0.8*fade))
	if killer != "" {
		c.Text(x-13, y, killer, right(tinted(t, pilotColor(l.By.Hue).Mix(ink, 0.25).Fade(fade))))
	}
}

// notices are what the local player must know now.
func (d *dash) notices(s *stage) {
	c := d.canvas
	x, y := c.Bounds().Center()
	if f := s.feed; f.since < 2.4 {
		text := d.kill.get(f.killed, func(name string) string { return "You destroyed " + name })
		fade := min(1, (2.4-f.since)*2)
		c.Text(x, y+118, text, middle(hud.Text{Font: hud.Bold, Size: 19, Color: warning.Fade(fade), Shadow: 0.7}))
	}
	me := s.scene.pilot
	if me == nil || s.scene.own != nil {
		d.lostTo = ""
		return
	}
	switch {
	case s.lost < 0:
		c.Text(x, y-60, "launching …", middle(tinted(heading, faint)))
	case s.lost > wreckPause:
		d.wreck(s, x, y-40)
	}
}

// wreckPause is how long the explosion is left alone before words lie over it, in seconds.
const wreckPause = 0.6

// wreck is shown while there is no ship: who shot it down, and when there will be a new one.
func (d *dash) wreck(s *stage, x, y float32) {
	c := d.canvas
	left := max(0, float32(int64(s.scene.pilot.Back)-int64(s.scene.tick))/60)
	for i := range s.feed.lines {
		l := &s.feed.lines[i]
		if l.own && l.Victim.ID == s.scene.me {
			d.lostTo = l.By.Name
		}
	}
	c.Text(x, y-86, "SHIP LOST", middle(tinted(heading, danger)))
	if d.lostTo != "" {
		text := d.killer.get(d.lostTo, func(name string) string { return "shot down by " + name })
		c.Text(x, y-56, text, middle(hud.Text{Font: hud.Medium, Size: 16, Color: ink, Shadow: 0.7}))
	}
	if left == 0 {
		return // the server has not said yet
	}
	const radius = 30
	const dots = 40
	for k := range dots {
		sin, cos := math.Sincos(float64(k)/dots*2*math.Pi - math.Pi/2)
		tint := edge.Fade(0.35)
		if float32(k)/dots < left/3 {
			tint = accent
		}
		c.Disc(x+radius*float32(cos), y+radius*float32(sin), 2, tint)
	}
	c.Text(x, y, d.back.get(int(left*10), tenths), middle(hud.Text{Font: hud.Bold, Size: 18, Color: ink, Shadow: 0.7}))
	c.Text(x, y+46, "new ship", middle(tinted(label, faint)))
}
