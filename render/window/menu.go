package window

import (
	"strconv"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/inpututil"
	"github.com/tandem-engine/tandem/net/secure"
	"github.com/tandem-engine/tandem/render/hud"
)

// menu is a list of things to choose from. Pages lie on each other.
type menu struct {
	title, subtitle string
	items           []item
	focus           int
	problem         string // why what was chosen did not work
	under           *menu  // the page to go back to; nil: the menu closes
	paused          bool   // it lies over a running game
	mouseX, mouseY  int
	pointed         bool // mouseX and mouseY are known
}

// item is a line of a menu: something to do, a text to enter, or a number to choose.
type item struct {
	name string
	hint string
	do   func(s *shell) error

	text   *field
	number *int
	from   int
	to     int
	step   int    // of the arrows; 0: 1
	none   string // stands for a number below 0
}

func (s *shell) titleMenu() *menu {
	m := &menu{title: s.program.Title, subtitle: "built on Tandem"}
	m.items = []item{
		{name: "Play alone", hint: "against the computer", do: func(s *shell) error { return s.show(s.soloMenu(m)) }},
		{name: "Host a game", hint: "play and let others join", do: func(s *shell) error { return s.show(s.hostMenu(m)) }},
		{name: "Join a game", hint: "on a server, by its address and key", do: func(s *shell) error { return s.show(s.joinMenu(m)) }},
		{name: "Your name", text: newField(&s.settings.Name, 24, "Pilot")},
		{name: "Quit", do: func(s *shell) error { s.ending = true; return nil }},
	}
	if s.program.Bots == nil {
		m.items[0].hint = "to try it out"
	}
	return m
}

// show puts a page on top.
func (s *shell) show(m *menu) error {
	s.menu = m
	return nil
}

func (s *shell) soloMenu(under *menu) *menu {
	m := &menu{title: "Play alone", under: under}
	if s.program.Bots != nil {
		m.items = append(m.items, item{name: "Computer players", number: &s.settings.Bots, to: maxBots})
	}
	m.items = append(m.items,
		item{name: "Start", do: func(s *shell) error {
			j, err := s.host("", s.settings.Bots)
			return s.start(j, err)
		}},
		item{name: "Back", do: func(s *shell) error { m.back(s); return nil }})
	m.focus = len(m.items) - 2
	return m
}

func (s *shell) hostMenu(under *menu) *menu {
	m := &menu{title: "Host a game", subtitle: "others join with the address and key that you will see", under: under}
	if s.program.Bots != nil {
		m.items = append(m.items, item{name: "Computer players", number: &s.settings.Bots, to: maxBots})
	}
	m.items = append(m.items,
		item{name: "UDP port", number: &s.settings.Port, from: 1, to: 65535},
		item{name: "Start", do: func(s *shell) error {
			j, err := s.host(":"+strconv.Itoa(s.settings.Port), s.settings.Bots)
			return s.start(j, err)
		}},
		item{name: "Back", do: func(s *shell) error { m.back(s); return nil }})
	m.focus = len(m.items) - 2
	return m
}

func (s *shell) joinMenu(under *menu) *menu {
	m := &menu{title: "Join a game", subtitle: "the server prints both; Ctrl+V pastes", under: under}
	address := newField(&s.settings.Address, 255, "host:"+strconv.Itoa(DefaultPort))
	key := newField(&s.settings.Key, secure.KeyTextLen, "the key that the server prints")
	address.next = key // "ADDRESS KEY" pasted into the first fills both
	m.items = []item{
		{name: "Address", text: address},
		{name: "Key", text: key},
		{name: "Input delay, ms", number: &s.settings.Delay, from: gameDelay, step: delayStep, to: maxDelay, none: "game's"},
		{name: "Join", do: func(s *shell) error {
			if err := checkAddress(s.settings.Address); err != nil {
				return err
			}
			j, err := s.join(s.settings.Address, s.settings.Key)
			return s.start(j, err)
		}},
		{name: "Back", do: func(s *shell) error { m.back(s); return nil }},
	}
	if s.settings.Address != "" && s.settings.Key != "" {
		m.focus = 3
	}
	return m
}

func (s *shell) pauseMenu() *menu {
	m := &menu{title: s.program.Title, paused: true}
	if s.playing.invite != "" {
		m.subtitle = "others join with  " + s.playing.invite
	}
	m.items = []item{
		{name: "Go on", do: func(s *shell) error { m.back(s); return nil }},
		{name: "Network", hint: "F3", do: func(s *shell) error {
			s.playing.graph.open = !s.playing.graph.open
			m.back(s)
			return nil
		}},
		{name: "Full screen", hint: "F11", do: func(*shell) error {
			ebiten.SetFullscreen(!ebiten.IsFullscreen())
			return nil
		}},
		{name: "Leave the game", do: func(s *shell) error {
			if !s.playing.fromMenu {
				s.ending = true
				return nil
			}
			s.leave()
			s.menu = s.titleMenu()
			return nil
		}},
	}
	return m
}

// start enters a session that was begun, or says why it was not.
func (s *shell) start(j joined, err error) error {
	if err != nil {
		return err
	}
	if err := s.settings.save(); err != nil {
		s.say("the settings cannot be kept: " + err.Error())
	}
	s.enter(j)
	return nil
}

// back goes to the page beneath.
func (m *menu) back(s *shell) {
	if m.under != nil || m.paused {
		s.menu = m.under
	}
}

// update reads keys, mouse and gamepad.
func (m *menu) update(s *shell) {
	if s.playing == nil && (inpututil.IsKeyJustPressed(ebiten.KeyEscape) || padPressed(ebiten.StandardGamepadButtonRightRight)) {
		m.back(s)
		return
	}
	focused := &m.items[m.focus]
	if focused.text != nil && focused.text.update(s) {
		m.problem = ""
	}
	switch {
	case repeats(ebiten.KeyArrowDown) || tabbed(false) || padPressed(ebiten.StandardGamepadButtonLeftBottom):
		m.focus = (m.focus + 1) % len(m.items)
	case repeats(ebiten.KeyArrowUp) || tabbed(true) || padPressed(ebiten.StandardGamepadButtonLeftTop):
		m.focus = (m.focus + len(m.items) - 1) % len(m.items)
	case focused.number != nil && (repeats(ebiten.KeyArrowLeft) || padPressed(ebiten.StandardGamepadButtonLeftLeft)):
		focused.change(-1)
	case focused.number != nil && (repeats(ebiten.KeyArrowRight) || padPressed(ebiten.StandardGamepadButtonLeftRight)):
		focused.change(1)
	case focused.number != nil:
		focused.typeNumber()
	}
	if inpututil.IsKeyJustPressed(ebiten.KeyEnter) && !ebiten.IsKeyPressed(ebiten.KeyAlt) || inpututil.IsKeyJustPressed(ebiten.KeyNumpadEnter) ||
		padPressed(ebiten.StandardGamepadButtonRightBottom) {
		m.choose(s)
		return
	}
	m.mouse(s)
}

// choose does what the focused line is for; from a line to fill in it goes on to the next.
func (m *menu) choose(s *shell) {
	it := &m.items[m.focus]
	if it.do == nil {
		m.focus = (m.focus + 1) % len(m.items)
		return
	}
	m.problem = ""
	if err := it.do(s); err != nil {
		m.problem = oneLine(err)
	}
}

// mouse lets the line under the mouse have the focus as soon as the mouse moves, and chooses it by a click.
func (m *menu) mouse(s *shell) {
	x, y := ebiten.CursorPosition()
	clicked := inpututil.IsMouseButtonJustPressed(ebiten.MouseButtonLeft)
	moved := m.pointed && (x != m.mouseX || y != m.mouseY)
	m.mouseX, m.mouseY, m.pointed = x, y, true
	if !moved && !clicked || s.canvas == nil {
		return
	}
	px, py := float32(x)/s.canvas.Scale(), float32(y)/s.canvas.Scale()
	for i := range m.items {
		r := m.line(s.canvas, i)
		if !r.Contains(px, py) {
			continue
		}
		m.focus = i
		if !clicked {
			return
		}
		if it := &m.items[i]; it.number != nil {
			half := 1
			if px < r.X+r.W-75 {
				half = -1
			}
			if px > r.X+r.W-150 {
				it.change(half)
			}
			return
		}
		if m.items[i].do != nil {
			m.choose(s)
		}
	}
}

func (it *item) change(by int) {
	*it.number = min(max(*it.number+by*max(it.step, 1), it.from), it.to)
}

// typeNumber lets digits be typed.
func (it *item) typeNumber() {
	for _, r := range ebiten.AppendInputChars(nil) {
		if r < '0' || r > '9' {
			continue
		}
		n := max(*it.number, 0)*10 + int(r-'0')
		if n > it.to {
			n = int(r - '0')
		}
		*it.number = max(n, it.from)
	}
	if repeats(ebiten.KeyBackspace) {
		if *it.number > 0 {
			*it.number = max(*it.number/10, it.from)
		} else {
			*it.number = it.from
		}
	}
}

// value is what is shown of a number.
func (it *item) value() string {
	if *it.number < 0 {
		return it.none
	}
	return strconv.Itoa(*it.number)
}

// repeats reports a key that went down, and again and again while it is held.
func repeats(k ebiten.Key) bool {
	d := inpututil.KeyPressDuration(k)
	return d == 1 || d > 24 && d%4 == 0
}

func tabbed(back bool) bool {
	return repeats(ebiten.KeyTab) && ebiten.IsKeyPressed(ebiten.KeyShift) == back
}

const (
	menuWidth = 470
	lineHigh  = 50
)

// line is where a line of the menu lies.
func (m *menu) line(c *hud.Canvas, i int) hud.Rect {
	high := float32(len(m.items)) * lineHigh
	all := c.Bounds().Place(hud.Middle, menuWidth, high, 0)
	all.Y += 50
	return hud.Rect{X: all.X, Y: all.Y + float32(i)*lineHigh, W: all.W, H: lineHigh - 8}
}

func (m *menu) draw(s *shell) {
	c := s.canvas
	if m.paused {
		c.Fill(c.Bounds(), night.Fade(0.6))
	}
	first := m.line(c, 0)
	x, _ := first.Center()
	size := float32(34)
	if m.under == nil && !m.paused {
		size = 60
	}
	c.Text(x, first.Y-92, m.title, hud.Text{Font: hud.Bold, Size: size, Color: ink, Align: 0.5, Shadow: 0.6})
	if m.subtitle != "" {
		t := hud.Text{Font: hud.Medium, Size: 13, Color: faint, Align: 0.5, Shadow: 0.6}
		c.Text(x, first.Y-44, c.Fit(m.subtitle, t, c.Bounds().W-40), t)
	}
	for i := range m.items {
		m.drawItem(c, m.line(c, i), &m.items[i], i == m.focus, s)
	}
	if m.problem != "" {
		m.drawProblem(c)
	}
}

func (m *menu) drawItem(c *hud.Canvas, r hud.Rect, it *item, focused bool, s *shell) {
	fill, border := night.Fade(0.7), edge.Fade(0.35)
	if focused {
		fill, border = accent.Mix(night, 0.8).Fade(0.85), accent.Fade(0.9)
	}
	c.Panel(r, fill, border)
	y := r.Y + r.H/2
	c.Text(r.X+20, y, it.name, hud.Text{Font: hud.Bold, Size: 17, Color: ink})
	end := r.X + r.W - 20
	switch {
	case it.text != nil:
		it.text.draw(c, hud.Rect{X: r.X + 130, Y: r.Y, W: r.W - 150, H: r.H}, focused, s.now)
	case it.number != nil:
		tint := faint
		if focused {
			tint = accent
		}
		c.Arrow(end-110, y, 7, 3.14159265, tint)
		c.Arrow(end-4, y, 7, 0, tint)
		c.Text(end-57, y, it.value(), hud.Text{Font: hud.Bold, Size: 17, Color: ink, Align: 0.5})
	case it.hint != "":
		c.Text(end, y, it.hint, hud.Text{Size: 13, Color: faint, Align: 1})
	}
}

func (m *menu) drawProblem(c *hud.Canvas) {
	t := hud.Text{Font: hud.Medium, Size: 14, Color: ink}
	last := m.line(c, len(m.items)-1)
	lines := wrap(c, m.problem, t, menuWidth+130)
	r := hud.Rect{X: last.X - 80, Y: last.Y + last.H + 18, W: menuWidth + 160, H: float32(len(lines))*20 + 20}
	c.Panel(r, night.Fade(0.92), danger.Fade(0.8))
	for i, line := range lines {
		c.Text(r.X+18, r.Y+20+float32(i)*20, line, t)
	}
}
