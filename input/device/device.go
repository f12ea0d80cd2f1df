// Package device reads keyboard, mouse and gamepads into an input.State.
//
// It reads through Ebitengine, so it works only while a window is open; package input itself needs no device.
package device

import (
	"fmt"
	"strings"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/inpututil"
	"github.com/tandem-engine/tandem/input"
)

// Reader reads the devices of this machine. All gamepads act as one. The zero value is ready.
type Reader struct {
	pads []ebiten.GamepadID
	held bool // the window had the focus at the last Poll
}

// Poll writes what the devices do into a state. Call it in every Update of the window. While the window does not have
// the focus nothing is held.
func (r *Reader) Poll(s *input.State) {
	if !ebiten.IsFocused() {
		if r.held {
			s.ReleaseAll()
			r.held = false
		}
		return
	}
	r.held = true
	for _, k := range keyboard {
		set(s, k.key, ebiten.IsKeyPressed(k.ebiten), inpututil.IsKeyJustPressed(k.ebiten))
	}
	for _, b := range mouse {
		set(s, b.key, ebiten.IsMouseButtonPressed(b.button), inpututil.IsMouseButtonJustPressed(b.button))
	}
	x, y := ebiten.CursorPosition()
	s.SetMouse(float32(x), float32(y))
	wx, wy := ebiten.Wheel()
	s.AddWheel(float32(wx), float32(wy))
	r.gamepads(s)
}

// set keeps a press that was over before the window was asked again.
func set(s *input.State, k input.Key, down, pressed bool) {
	if pressed && !down {
		s.SetKey(k, true)
	}
	s.SetKey(k, down)
}

func (r *Reader) gamepads(s *input.State) {
	r.pads = ebiten.AppendGamepadIDs(r.pads[:0])
	for _, b := range padButtons {
		down := false
		for _, id := range r.pads {
			down = down || ebiten.IsStandardGamepadButtonPressed(id, b.button)
		}
		s.SetKey(b.key, down)
	}
	for _, a := range padAxes {
		furthest := 0.0
		for _, id := range r.pads {
			if v := ebiten.StandardGamepadAxisValue(id, a.ebiten); max(v, -v) > max(furthest, -furthest) {
				furthest = v
			}
		}
		s.SetAxis(a.axis, float32(furthest))
	}
}

type keyOf struct {
	key    input.Key
	ebiten ebiten.Key
}

// keyboard has every key of the keyboard. The two packages name keys by the same standard, that of browsers (W3C "UI
// Events KeyboardEvent code Values").
var keyboard = func() []keyOf {
	var list []keyOf
	for _, k := range input.Keys() {
		name := k.String()
		if strings.HasPrefix(name, "Mouse") || strings.HasPrefix(name, "Pad") {
			continue
		}
		var key ebiten.Key
		if err := key.UnmarshalText([]byte(name)); err != nil {
			panic(fmt.Sprintf("device: Ebitengine has no key %q: name it in package input as browsers do", name))
		}
		list = append(list, keyOf{k, key})
	}
	return list
}()

var mouse = []struct {
	key    input.Key
	button ebiten.MouseButton
}{
	{input.MouseLeft, ebiten.MouseButtonLeft},
	{input.MouseRight, ebiten.MouseButtonRight},
	{input.MouseMiddle, ebiten.MouseButtonMiddle},
	{input.MouseBack, ebiten.MouseButton3},
	{input.MouseForward, ebiten.MouseButton4},
}

var padButtons = []struct {
	key    input.Key
	button ebiten.StandardGamepadButton
}{
	{input.PadA, ebiten.StandardGamepadButtonRightBottom},
	{input.PadB, ebiten.StandardGamepadButtonRightRight},
	{input.PadX, ebiten.StandardGamepadButtonRightLeft},
	{input.PadY, ebiten.StandardGamepadButtonRightTop},
	{input.PadLeftBumper, ebiten.StandardGamepadButtonFrontTopLeft},
	{input.PadRightBumper, ebiten.StandardGamepadButtonFrontTopRight},
	{input.PadLeftTrigger, ebiten.StandardGamepadButtonFrontBottomLeft},
	{input.PadRightTrigger, ebiten.StandardGamepadButtonFrontBottomRight},
	{input.PadBack, ebiten.StandardGamepadButtonCenterLeft},
	{input.PadStart, ebiten.StandardGamepadButtonCenterRight},
	{input.PadHome, ebiten.StandardGamepadButtonCenterCenter},
	{input.PadLeftStick, ebiten.StandardGamepadButtonLeftStick},
	{input.PadRightStick, ebiten.StandardGamepadButtonRightStick},
	{input.PadUp, ebiten.StandardGamepadButtonLeftTop},
	{input.PadDown, ebiten.StandardGamepadButtonLeftBottom},
	{input.PadLeft, ebiten.StandardGamepadButtonLeftLeft},
	{input.PadRight, ebiten.StandardGamepadButtonLeftRight},
}

var padAxes = []struct {
	axis   input.Axis
	ebiten ebiten.StandardGamepadAxis
}{
	{input.PadLeftX, ebiten.StandardGamepadAxisLeftStickHorizontal},
	{input.PadLeftY, ebiten.StandardGamepadAxisLeftStickVertical},
	{input.PadRightX, ebiten.StandardGamepadAxisRightStickHorizontal},
	{input.PadRightY, ebiten.StandardGamepadAxisRightStickVertical},
}
