package window

import (
	"fmt"
	"strings"
	"time"

	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/render/hud"
)

// oneLine is the text of an error without line breaks.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// wrap breaks a text into lines of at most w points. A word that is longer than a line is cut.
func wrap(c *hud.Canvas, text string, t hud.Text, w float32) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		for c.Width(word, t) > w {
			n := fits(c, word, t, w)
			if line != "" {
				lines, line = append(lines, line), ""
			}
			lines, word = append(lines, word[:n]), word[n:]
		}
		next := word
		if line != "" {
			next = line + " " + word
		}
		if line != "" && c.Width(next, t) > w {
			lines, next = append(lines, line), word
		}
		line = next
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// fits is how many bytes of a text, at least those of one letter, fit into w points.
func fits(c *hud.Canvas, text string, t hud.Text, w float32) int {
	n := len(text)
	for i := range text {
		if i == 0 {
			continue
		}
		if c.Width(text[:i], t) > w {
			return n
		}
		n = i
	}
	return n
}

// drawFailure shows what has gone wrong.
func (s *shell) drawFailure() {
	c := s.canvas
	t := hud.Text{Font: hud.Medium, Size: 17, Color: ink}
	lines := wrap(c, oneLine(s.failure), t, 620)
	r := c.Bounds().Place(hud.Middle, 700, float32(len(lines))*26+120, 20)
	c.Fill(c.Bounds(), night.Fade(0.55))
	c.Panel(r, night.Fade(0.95), danger.Fade(0.8))
	c.Fill(hud.Rect{X: r.X + 1, Y: r.Y + 5, W: 4, H: r.H - 10}, danger)
	y := r.Y + 36
	c.Text(r.X+36, y, "That did not work", hud.Text{Font: hud.Bold, Size: 20, Color: danger})
	y += 40
	for _, line := range lines {
		c.Text(r.X+36, y, line, t)
		y += 26
	}
	if s.options.attended() {
		c.Text(r.X+36, r.Y+r.H-24, "press any key", hud.Text{Size: 13, Color: faint})
	}
}

// drawStatus shows how the session is: what is being waited for, the network, who can join.
func (s *shell) drawStatus() {
	p := s.playing
	if p.began {
		p.graph.draw(s.canvas, p.driver.Stats())
		s.drawInvite()
		return
	}
	if s.failure != nil {
		return
	}
	c := s.canvas
	r := c.Bounds().Place(hud.Middle, 460, 110, 0)
	c.Panel(r, night.Fade(0.85), edge.Fade(0.5))
	x, y := r.Center()
	dots := int(s.now/(400*time.Millisecond)) % 4
	text := p.what
	if p.driver.State() == session.LoggingIn {
		text = "joining the game"
	}
	if p.driver.State() == session.Playing {
		text = fmt.Sprintf("loading the world: %d %%", int(100*p.driver.Stats().Progress))
	}
	t := hud.Text{Font: hud.Medium, Size: 17, Color: ink, Align: 0.5}
	c.Text(x, y-12, c.Fit(text, t, 420), t)
	for k := range 3 {
		shade := faint.Fade(0.3)
		if k < dots {
			shade = accent
		}
		c.Disc(x-14+14*float32(k), y+22, 3.5, shade)
	}
	if s.options.attended() {
		c.Text(x, r.Y+r.H+18, "Escape to give up", hud.Text{Size: 12, Color: faint, Align: 0.5})
	}
}

// inviteTime is how long a host's screen says how others join; the menu says it too.
const inviteTime = 12 * time.Second

func (s *shell) drawInvite() {
	p := s.playing
	if p.invite == "" || s.menu != nil || s.now-p.since > inviteTime {
		return
	}
	c := s.canvas
	r := c.Bounds().Place(hud.Top, 720, 46, 70)
	c.Panel(r, night.Fade(0.75), accent.Fade(0.5))
	x, _ := r.Center()
	c.Text(x, r.Y+14, "others join with this address and key (Escape shows it again)", hud.Text{Size: 12, Color: faint, Align: 0.5})
	t := mono(11, ink)
	t.Align = 0.5
	c.Text(x, r.Y+32, p.invite, t)
}

// toastTime is how long a short message stays.
const toastTime = 4 * time.Second

func (s *shell) drawToast() {
	if s.toast == "" || s.now-s.toastAt > toastTime {
		return
	}
	c := s.canvas
	t := hud.Text{Font: hud.Medium, Size: 13, Color: ink}
	w := min(c.Width(s.toast, t)+24, c.Bounds().W-40)
	r := c.Bounds().Place(hud.Top, w, 26, 122) // under the clock of a game, and under an invitation
	c.Round(r, night.Fade(0.8))
	c.Text(r.X+12, r.Y+13, c.Fit(s.toast, t, w-20), t)
}
