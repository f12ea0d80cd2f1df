package input

import (
	"fmt"
	"strings"
)

// Key is anything that is up or down: a key of the keyboard, named by its place and not by the letter that the layout
// puts there, or a button of mouse or gamepad. The zero value is no key.
type Key uint8

// All keys. Their names in text are the same without the prefix Key.
const (
	_ Key = iota

	// letters
	KeyA
	KeyB
	KeyC
	KeyD
	KeyE
	KeyF
	KeyG
	KeyH
	KeyI
	KeyJ
	KeyK
	KeyL
	KeyM
	KeyN
	KeyO
	KeyP
	KeyQ
	KeyR
	KeyS
	KeyT
	KeyU
	KeyV
	KeyW
	KeyX
	KeyY
	KeyZ

	// digits above the letters
	KeyDigit0
	KeyDigit1
	KeyDigit2
	KeyDigit3
	KeyDigit4
	KeyDigit5
	KeyDigit6
	KeyDigit7
	KeyDigit8
	KeyDigit9

	// the numeric pad
	KeyNumpad0
	KeyNumpad1
	KeyNumpad2
	KeyNumpad3
	KeyNumpad4
	KeyNumpad5
	KeyNumpad6
	KeyNumpad7
	KeyNumpad8
	KeyNumpad9
	KeyNumpadAdd
	KeyNumpadSubtract
	KeyNumpadMultiply
	KeyNumpadDivide
	KeyNumpadDecimal
	KeyNumpadEnter

	// function keys
	KeyF1
	KeyF2
	KeyF3
	KeyF4
	KeyF5
	KeyF6
	KeyF7
	KeyF8
	KeyF9
	KeyF10
	KeyF11
	KeyF12

	// arrows
	KeyArrowUp
	KeyArrowDown
	KeyArrowLeft
	KeyArrowRight

	// white space and editing
	KeySpace
	KeyEnter
	KeyEscape
	KeyTab
	KeyBackspace
	KeyDelete
	KeyInsert
	KeyHome
	KeyEnd
	KeyPageUp
	KeyPageDown

	// held with others
	KeyShiftLeft
	KeyShiftRight
	KeyControlLeft
	KeyControlRight
	KeyAltLeft
	KeyAltRight
	KeyMetaLeft
	KeyMetaRight
	KeyCapsLock

	// signs, named by their place on an American keyboard
	KeyMinus
	KeyEqual
	KeyBracketLeft
	KeyBracketRight
	KeyBackslash
	KeySemicolon
	KeyQuote
	KeyBackquote
	KeyComma
	KeyPeriod
	KeySlash

	// mouse buttons
	MouseLeft
	MouseRight
	MouseMiddle
	MouseBack
	MouseForward

	// buttons of the standard gamepad, as an Xbox pad labels them
	PadA
	PadB
	PadX
	PadY
	PadLeftBumper
	PadRightBumper
	PadLeftTrigger
	PadRightTrigger
	PadBack
	PadStart
	PadHome
	PadLeftStick
	PadRightStick
	PadUp
	PadDown
	PadLeft
	PadRight

	keyCount
)

var keyNames = [keyCount]string{
	"",
	"A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q", "R", "S", "T", "U", "V", "W",
	"X", "Y", "Z",
	"Digit0", "Digit1", "Digit2", "Digit3", "Digit4", "Digit5", "Digit6", "Digit7", "Digit8", "Digit9",
	"Numpad0", "Numpad1", "Numpad2", "Numpad3", "Numpad4", "Numpad5", "Numpad6", "Numpad7", "Numpad8", "Numpad9",
	"NumpadAdd", "NumpadSubtract", "NumpadMultiply", "NumpadDivide", "NumpadDecimal", "NumpadEnter",
	"F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10", "F11", "F12",
	"ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight",
	"Space", "Enter", "Escape", "Tab", "Backspace", "Delete", "Insert", "Home", "End", "PageUp", "PageDown",
	"ShiftLeft", "ShiftRight", "ControlLeft", "ControlRight", "AltLeft", "AltRight", "MetaLeft", "MetaRight",
	"CapsLock",
	"Minus", "Equal", "BracketLeft", "BracketRight", "Backslash", "Semicolon", "Quote", "Backquote", "Comma", "Period",
	"Slash",
	"MouseLeft", "MouseRight", "MouseMiddle", "MouseBack", "MouseForward",
	"PadA", "PadB", "PadX", "PadY", "PadLeftBumper", "PadRightBumper", "PadLeftTrigger", "PadRightTrigger", "PadBack",
	"PadStart", "PadHome", "PadLeftStick", "PadRightStick", "PadUp", "PadDown", "PadLeft", "PadRight",
}

// Keys returns all keys, in no order that means anything.
func Keys() []Key {
	list := make([]Key, 0, keyCount-1)
	for k := Key(1); k < keyCount; k++ {
		list = append(list, k)
	}
	return list
}

// String returns the key's name.
func (k Key) String() string {
	if k < keyCount {
		return keyNames[k]
	}
	return fmt.Sprintf("Key(%d)", uint8(k))
}

// ParseKey finds a key by its name. Capitals do not matter.
func ParseKey(name string) (Key, error) {
	for k := Key(1); k < keyCount; k++ {
		if strings.EqualFold(keyNames[k], name) {
			return k, nil
		}
	}
	return 0, fmt.Errorf("%w: %q is no key; keys are called like A, Digit1, Space, ArrowUp, ShiftLeft, MouseLeft, PadA",
		ErrBinding, name)
}

// Axis is a stick of a gamepad in one direction: from -1 (left, up) to 1 (right, down). The zero value is no axis.
type Axis uint8

// All axes. Their names in text are the same.
const (
	_ Axis = iota
	PadLeftX
	PadLeftY
	PadRightX
	PadRightY

	axisCount
)

var axisNames = [axisCount]string{"", "PadLeftX", "PadLeftY", "PadRightX", "PadRightY"}

// String returns the axis's name.
func (a Axis) String() string {
	if a < axisCount {
		return axisNames[a]
	}
	return fmt.Sprintf("Axis(%d)", uint8(a))
}
