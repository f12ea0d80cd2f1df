package client

import (
	"github.com/hajimehoshi/ebiten/v2"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/render/hud"
	"github.com/tandem-engine/tandem/render/sprite"
)

// dash is what lies flat on the screen: instruments, names, scores, notices. It keeps the texts that it has made, so
// that only what changes is written anew.
type dash struct {
	canvas *hud.Canvas

	clock, energy, hull, back, boost memo[int]
	round                            memo[uint16]
	rows                             map[input.PlayerID]*row
	hint                             float32 // seconds that the help is still shown
	winner                           memo[input.PlayerID]
	kill                             memo[string]
	killer                           memo[string]
	lostTo                           string
}

// row is a line of the scoreboard.
type row struct {
	place, score, kills, deaths, rocks memo[int]
}

// memo is a text that is made anew only when what it says changes.
type memo[K comparable] struct {
	key  K
	text string
	made bool
}

func (m *memo[K]) get(key K, make func(K) string) string {
	if !m.made || m.key != key {
		m.key, m.text, m.made = key, make(key), true
	}
	return m.text
}

const hintTime = 11

func newDash() *dash { return &dash{rows: map[input.PlayerID]*row{}, hint: hintTime} }

// The looks of text.
var (
	label   = hud.Text{Font: hud.Bold, Size: 10.5, Color: faint}
	body14  = hud.Text{Font: hud.Medium, Size: 13, Color: ink}
	figure  = hud.Text{Font: hud.Bold, Size: 13, Color: ink}
	heading = hud.Text{Font: hud.Bold, Size: 26, Color: ink, Shadow: 0.6}
	panel   = night.Fade(0.62)
	border  = edge.Fade(0.35)
	trough  = edge.Fade(0.22) // the empty part of a bar
)

func right(t hud.Text) hud.Text  { t.Align = 1; return t }
func middle(t hud.Text) hud.Text { t.Align = 0.5; return t }

func tinted(t hud.Text, c sprite.Color) hud.Text { t.Color = c; return t }

func (d *dash) draw(s *stage, screen *ebiten.Image, f engine.Frame) {
	if d.canvas == nil {
		d.canvas = hud.NewCanvas()
	}
	c := d.canvas
	c.Begin(screen)
	if s.pictures == nil {
		c.Text(c.Bounds().W/2, c.Bounds().H/2, "preparing the arena …", middle(tinted(body14, faint)))
		c.Flush()
		return
	}
	if s.scene.me == nobody {
		return // not in the game yet
	}
	d.drawAlarm(s, screen)
	d.names(s)
	d.words(s)
	d.pointers(s)
	d.reticle(s)
	d.gauges(s)
	d.ranking(s)
	d.clockAndRound(s)
	d.radar(s)
	d.losses(s)
	d.notices(s)
	s.hopping.draw(c)
	s.closing.draw(c)
	d.help(s, f.Dt)
	c.Flush()
	if s.keys.Down(Scores) || s.scene.match.Over(s.scene.tick) {
		d.table(s)
		c.Flush()
	}
}

// drawAlarm reddens the borders of the screen after a wound, and slowly while the hull is about to give way.
func (d *dash) drawAlarm(s *stage, screen *ebiten.Image) {
	power := s.alarm * 0.75
	if own := s.scene.own; own != nil && own.hull < 25 {
		power = max(power, 0.28+0.18*wave2(s.time*6))
	}
	if s.scene.own == nil && s.scene.pilot != nil {
		power = max(power, 0.3)
	}
	if power <= 0.01 {
		return
	}
	w, h := s.camera.Width, s.camera.Height
	deep, c := h*0.22, danger.Fade(power*0.6)
	s.fx.Screen()
	s.fx.Strip(s.pictures.edge, 0, h/2, deep, h/2, h, c, 0)
	s.fx.Strip(s.pictures.edge, w, h/2, w-deep, h/2, h, c, 0)
	s.fx.Strip(s.pictures.edge, w/2, 0, w/2, deep, w, c, 0)
	s.fx.Strip(s.pictures.edge, w/2, h, w/2, h-deep, w, c, 0)
	s.fx.Flush(screen)
}

// place maps a place of the arena to points on the screen.
func (d *dash) place(s *stage, x, y float32) (float32, float32) {
	px, py := s.camera.ToScreen(x, y)
	return px / d.canvas.Scale(), py / d.canvas.Scale()
}

// names are what ships are called and how they are.
func (d *dash) names(s *stage) {
	for i := range s.scene.ships {
		sh := &s.scene.ships[i]
		if sh.own || !s.camera.Sees(sh.x, sh.y, 40) {
			continue
		}
		x, y := d.place(s, sh.x, sh.y)
		y -= 34 * s.camera.Scale() / d.canvas.Scale()
		t := middle(hud.Text{Font: hud.Bold, Size: 11.5, Color: sh.color.Mix(ink, 0.45), Shadow: 0.75})
		d.canvas.Text(x, y-5, sh.name, t)
		const w = 44
		c := d.canvas
		c.Fill(hud.Rect{X: x - w/2 - 1, Y: y + 3, W: w + 2, H: 5}, night.Fade(0.75))
		c.Fill(hud.Rect{X: x - w/2, Y: y + 4, W: w * sh.hull / 100, H: 3}, healthColor(sh.hull))
	}
}

func healthColor(points float32) sprite.Color {
	if points > 50 {
		return warning.Mix(good, (points-50)/40)
	}
	return danger.Mix(warning, (points-15)/35)
}

func (d *dash) words(s *stage) {
	for i := range s.effects.words {
		w := &s.effects.words[i]
		x, y := d.place(s, w.x, w.y)
		fade := min(1, 2*(1-w.age/wordTime))
		d.canvas.Text(x, y, w.text, middle(hud.Text{Font: hud.Bold, Size: 14, Color: w.color.Fade(fade), Shadow: 0.7}))
	}
}

// help tells a newcomer the keys.
func (d *dash) help(s *stage, dt float32) {
	d.hint -= dt
	if d.hint <= 0 {
		return
	}
	c := d.canvas
	r := c.Bounds().Place(hud.Bottom, 560, 26, 84)
	fade := min(1, d.hint/1.5)
	c.Round(r, night.Fade(0.5*fade))
	x, y := r.Center()
	keys := "A / D  turn      W  thrust      Space  fire      Tab  scores      F3  network      F11  full screen"
	if s.scene.local.Room != "" {
		keys = "A / D  turn      W  thrust      Space  fire      Tab  scores      N  other arena      F3  network"
	}
	c.Text(x, y, keys, middle(tinted(hud.Text{Font: hud.Medium, Size: 12}, ink.Fade(0.9*fade))))
}
