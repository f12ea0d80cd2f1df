package window

import (
	"fmt"
	"time"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/inpututil"
	"github.com/tandem-engine/tandem/input"
)

// hotkeys are the keys that every game has, on the keyboard.
func (s *shell) hotkeys() {
	if ebiten.IsKeyPressed(ebiten.KeyAlt) && inpututil.IsKeyJustPressed(ebiten.KeyEnter) {
		s.hotkey(input.KeyF11)
	}
	for _, k := range watched {
		if inpututil.IsKeyJustPressed(k.pressed) {
			s.hotkey(k.means)
		}
	}
	if padPressed(ebiten.StandardGamepadButtonCenterRight) {
		s.hotkey(input.KeyEscape)
	}
}

// watched are the keys that are the window's own.
var watched = [...]struct {
	pressed ebiten.Key
	means   input.Key
}{
	{ebiten.KeyF3, input.KeyF3},
	{ebiten.KeyF11, input.KeyF11},
	{ebiten.KeyF12, input.KeyF12},
	{ebiten.KeyEscape, input.KeyEscape},
}

// hotkey does what a key that was pressed is for.
func (s *shell) hotkey(k input.Key) {
	switch p := s.playing; {
	case k == input.KeyF11:
		ebiten.SetFullscreen(!ebiten.IsFullscreen())
	case k == input.KeyF12:
		s.shot = fmt.Sprintf("%s-%s.png", s.program.Game.Name, time.Now().Format("20060102-150405"))
	case p == nil || s.failure != nil:
	case k == input.KeyF3:
		p.graph.open = !p.graph.open
	case k == input.KeyEscape && s.menu == nil:
		s.menu = s.pauseMenu()
	case k == input.KeyEscape:
		s.menu.back(s)
	}
}

func padPressed(b ebiten.StandardGamepadButton) bool {
	for _, id := range ebiten.AppendGamepadIDs(nil) {
		if inpututil.IsStandardGamepadButtonJustPressed(id, b) {
			return true
		}
	}
	return false
}

// anyKey reports whether anything was pressed in this frame.
func anyKey() bool {
	for _, b := range [...]ebiten.MouseButton{ebiten.MouseButtonLeft, ebiten.MouseButtonRight} {
		if inpututil.IsMouseButtonJustPressed(b) {
			return true
		}
	}
	return len(inpututil.AppendJustPressedKeys(nil)) > 0 || padPressed(ebiten.StandardGamepadButtonRightBottom)
}
