package window

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/tandem-engine/tandem/render/hud"
)

// field is a text that can be entered. The end of the text is where letters go.
type field struct {
	text  *string
	most  int // bytes
	empty string
	next  *field // takes what follows a space in what is pasted
}

func newField(text *string, most int, empty string) *field {
	return &field{text: text, most: most, empty: empty}
}

// update takes typed letters, and reports whether the text has changed.
func (f *field) update(s *shell) bool {
	before := *f.text
	control := ebiten.IsKeyPressed(ebiten.KeyControl) || ebiten.IsKeyPressed(ebiten.KeyMeta)
	switch {
	case control && repeats(ebiten.KeyV):
		text, err := paste()
		if err != nil {
			s.say(oneLine(err))
		}
		f.paste(text)
	case control && repeats(ebiten.KeyBackspace):
		*f.text = ""
	case repeats(ebiten.KeyBackspace):
		_, n := utf8.DecodeLastRuneInString(*f.text)
		*f.text = (*f.text)[:len(*f.text)-n]
	case !control:
		f.add(string(ebiten.AppendInputChars(nil)))
	}
	return *f.text != before
}

// add appends letters as far as they fit.
func (f *field) add(letters string) {
	for _, r := range letters {
		if !unicode.IsPrint(r) || r == utf8.RuneError || len(*f.text)+utf8.RuneLen(r) > f.most {
			continue
		}
		*f.text += string(r)
	}
}

// paste replaces the text. An address and a key in one line fill two fields.
func (f *field) paste(text string) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return
	}
	*f.text = ""
	if f.next == nil {
		f.add(strings.Join(words, " "))
		return
	}
	f.add(words[0])
	if len(words) > 1 {
		*f.next.text = ""
		f.next.add(words[len(words)-1])
	}
}

func (f *field) draw(c *hud.Canvas, r hud.Rect, focused bool, now time.Duration) {
	t := hud.Text{Font: hud.Medium, Size: 16, Color: ink}
	y, text := r.Y+r.H/2, *f.text
	if text == "" && !focused {
		t.Color = faint.Fade(0.6)
		c.Text(r.X, y, c.Fit(f.empty, t, r.W), t)
		return
	}
	text = tail(c, text, t, r.W-6)
	c.Text(r.X, y, text, t)
	if focused && now/(500*time.Millisecond)%2 == 0 {
		c.Fill(hud.Rect{X: r.X + c.Width(text, t) + 2, Y: y - 10, W: 2, H: 20}, accent)
	}
}

// tail is as much of the end of a text as fits.
func tail(c *hud.Canvas, text string, t hud.Text, w float32) string {
	for text != "" && c.Width(text, t) > w {
		_, n := utf8.DecodeRuneInString(text)
		text = text[n:]
	}
	return text
}
