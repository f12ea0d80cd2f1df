package client

import (
	"slices"
	"strconv"

	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/render/hud"
)

// row keeps the texts of a pilot's lines.
func (d *dash) row(id input.PlayerID) *row {
	r := d.rows[id]
	if r == nil {
		r = &row{}
		d.rows[id] = r
	}
	return r
}

// ranking is the short scoreboard: the best and oneself.
func (d *dash) ranking(s *stage) {
	const best, high = 5, 20
	pilots := s.scene.pilots
	if len(pilots) == 0 {
		return
	}
	shown := min(len(pilots), best)
	mine := slices.IndexFunc(pilots, func(p pilot) bool { return p.own })
	lines := shown
	if mine >= shown {
		lines++
	}
	c := d.canvas
	r := c.Bounds().Place(hud.TopLeft, 214, float32(lines)*high+14, 12)
	c.Panel(r, panel, border)
	area := r.Inset(7)
	var strip hud.Rect
	for i := range shown {
		strip, area = area.Top(high)
		d.rankLine(strip, i, &pilots[i])
	}
	if mine >= shown {
		strip, _ = area.Top(high)
		d.rankLine(strip, mine, &pilots[mine])
	}
}

func (d *dash) rankLine(r hud.Rect, place int, p *pilot) {
	c, texts := d.canvas, d.row(p.ID)
	y := r.Y + r.H/2
	t := body14
	if p.own {
		c.Round(hud.Rect{X: r.X - 2, Y: r.Y + 1, W: r.W + 4, H: r.H - 2}, accent.Fade(0.16))
		t = tinted(figure, ink)
	} else if !p.alive {
		t.Color = faint.Fade(0.75)
	}
	c.Text(r.X+16, y, texts.place.get(place+1, strconv.Itoa), right(tinted(label, faint)))
	c.Disc(r.X+27, y, 4.2, p.color)
	c.Text(r.X+38, y, c.Fit(p.Name, t, r.W-90), t)
	c.Text(r.X+r.W-2, y, texts.score.get(p.Score(), strconv.Itoa), right(tinted(figure, t.Color)))
}

// table is the whole scoreboard.
func (d *dash) table(s *stage) {
	const most, high = 16, 25
	c := d.canvas
	pilots := s.scene.pilots[:min(len(s.scene.pilots), most)]
	r := c.Bounds().Place(hud.Middle, 620, float32(len(pilots))*high+96, 0)
	c.Fill(c.Bounds(), night.Fade(0.45))
	c.Panel(r, night.Fade(0.9), edge.Fade(0.6))
	area := r.Inset(16)
	title, area := area.Top(34)
	c.Text(title.X, title.Y+12, "SCOREBOARD", hud.Text{Font: hud.Bold, Size: 20, Color: ink})
	if s.scene.match.Over(s.scene.tick) {
		c.Text(title.X+title.W, title.Y+12, d.winner.get(s.scene.match.Winner, func(id input.PlayerID) string {
			if p := s.scene.find(id); p != nil {
				return p.Name + " wins the round"
			}
			return "the round is over"
		}), right(hud.Text{Font: hud.Bold, Size: 16, Color: warning}))
	}
	head, area := area.Top(22)
	columns := [...]string{"SCORE", "KILLS", "LOST", "ROCKS"}
	for k, name := range columns {
		c.Text(columnX(head, k), head.Y+8, name, right(label))
	}
	c.Text(head.X+44, head.Y+8, "PILOT", label)
	c.Fill(hud.Rect{X: head.X, Y: head.Y + 18, W: head.W, H: 1}, edge.Fade(0.5))
	var strip hud.Rect
	for i := range pilots {
		strip, area = area.Top(high)
		d.tableLine(strip, i, &pilots[i])
	}
}

// columnX is the right end of a column of figures.
func columnX(r hud.Rect, column int) float32 { return r.X + r.W - 8 - float32(3-column)*82 }

func (d *dash) tableLine(r hud.Rect, place int, p *pilot) {
	c, texts := d.canvas, d.row(p.ID)
	y := r.Y + r.H/2
	t := hud.Text{Font: hud.Medium, Size: 14, Color: ink}
	if p.own {
		c.Round(hud.Rect{X: r.X - 6, Y: r.Y + 1, W: r.W + 12, H: r.H - 2}, accent.Fade(0.2))
		t.Font = hud.Bold
	} else if place%2 == 1 {
		c.Round(hud.Rect{X: r.X - 6, Y: r.Y + 1, W: r.W + 12, H: r.H - 2}, ink.Fade(0.035))
	}
	if !p.alive {
		t.Color = faint.Fade(0.8)
	}
	c.Text(r.X+18, y, texts.place.get(place+1, strconv.Itoa), right(tinted(label, faint)))
	c.Disc(r.X+30, y, 5, p.color)
	name := c.Fit(p.Name, t, 190)
	c.Text(r.X+44, y, name, t)
	if p.ID >= sim.FirstBot {
		c.Text(r.X+52+c.Width(name, t), y, "BOT", tinted(label, faint.Fade(0.6)))
	}
	c.Text(columnX(r, 0), y, texts.score.get(p.Score(), strconv.Itoa), right(tinted(hud.Text{Font: hud.Bold, Size: 14}, t.Color)))
	c.Text(columnX(r, 1), y, texts.kills.get(int(p.Kills), strconv.Itoa), right(t))
	c.Text(columnX(r, 2), y, texts.deaths.get(int(p.Deaths), strconv.Itoa), right(t))
	c.Text(columnX(r, 3), y, texts.rocks.get(int(p.Rocks), strconv.Itoa), right(t))
}
