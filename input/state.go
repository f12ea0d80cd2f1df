package input

import "fmt"

// DeadZone is how far a stick must be from its middle to count. Worn sticks rest that far off.
const DeadZone = 0.15

// State is what keys, buttons, sticks and the mouse of one player do. A device writes it whenever it is read; the game
// reads it once a tick and then calls EndTick. What happens in between is never lost: a key that was pressed and
// released between two ticks counts as pressed, as down, and as released in the next.
type State struct {
	bindings Bindings
	down     keySet
	pressed  keySet // since the last EndTick
	released keySet
	axes     [axisCount]float32
	mouseX   float32
	mouseY   float32
	wheelX   float32
	wheelY   float32
}

// keySet is a set of keys.
type keySet [(keyCount + 63) / 64]uint64

func (s *keySet) has(k Key) bool { return s[k/64]&(1<<(k%64)) != 0 }

func (s *keySet) add(k Key) { s[k/64] |= 1 << (k % 64) }

func (s *keySet) remove(k Key) { s[k/64] &^= 1 << (k % 64) }

// NewState returns a state with nothing pressed. It keeps the bindings, which must not be changed any more.
func NewState(b Bindings) *State { return &State{bindings: b} }

// Bind replaces the bindings.
func (s *State) Bind(b Bindings) { s.bindings = b }

// Bindings returns the bindings.
func (s *State) Bindings() Bindings { return s.bindings }

// SetKey says whether a key is down.
func (s *State) SetKey(k Key, down bool) {
	if k == 0 || k >= keyCount || down == s.down.has(k) {
		return
	}
	if down {
		s.down.add(k)
		s.pressed.add(k)
	} else {
		s.down.remove(k)
		s.released.add(k)
	}
}

// SetAxis says where a stick is: -1 to 1, outside of which it clamps.
func (s *State) SetAxis(a Axis, v float32) {
	if a == 0 || a >= axisCount || v != v {
		return
	}
	s.axes[a] = min(max(v, -1), 1)
}

// SetMouse says where the mouse is, in pixels from the upper left corner of the game's screen.
func (s *State) SetMouse(x, y float32) { s.mouseX, s.mouseY = x, y }

// AddWheel says how far the mouse wheel was turned.
func (s *State) AddWheel(x, y float32) {
	s.wheelX += x
	s.wheelY += y
}

// ReleaseAll lets go of everything, as when the window loses focus: what is pressed elsewhere is not heard of here.
func (s *State) ReleaseAll() {
	for k := Key(1); k < keyCount; k++ {
		s.SetKey(k, false)
	}
	s.axes = [axisCount]float32{}
}

// EndTick forgets presses, releases and wheel turns: they have been read.
func (s *State) EndTick() {
	s.pressed, s.released = keySet{}, keySet{}
	s.wheelX, s.wheelY = 0, 0
}

// KeyDown reports whether a key is down, or was since the last EndTick.
func (s *State) KeyDown(k Key) bool { return k < keyCount && (s.down.has(k) || s.pressed.has(k)) }

// Down reports whether something that is bound to the action is down, or was since the last EndTick. A stick is down
// beyond half its way.
func (s *State) Down(a Action) bool {
	for _, source := range s.sources(a) {
		if s.KeyDown(source.key) || s.KeyDown(source.opposite) || abs(s.stick(source)) > 0.5 {
			return true
		}
	}
	return false
}

// Pressed reports whether a key that is bound to the action went down since the last EndTick.
func (s *State) Pressed(a Action) bool { return s.any(a, &s.pressed) }

// Released reports whether a key that is bound to the action went up since the last EndTick.
func (s *State) Released(a Action) bool { return s.any(a, &s.released) }

// Axis returns how far the action is pushed, from -1 to 1: of its sources the one that is pushed furthest.
func (s *State) Axis(a Action) float32 {
	var furthest float32
	for _, source := range s.sources(a) {
		if v := s.value(source); abs(v) > abs(furthest) {
			furthest = v
		}
	}
	return furthest
}

// Mouse returns where the mouse is, in pixels from the upper left corner of the game's screen.
func (s *State) Mouse() (x, y float32) { return s.mouseX, s.mouseY }

// Wheel returns how far the mouse wheel was turned since the last EndTick.
func (s *State) Wheel() (x, y float32) { return s.wheelX, s.wheelY }

func (s *State) sources(a Action) []Source {
	sources, ok := s.bindings[a]
	if !ok {
		panic(fmt.Sprintf("input: no action %q: add it to the bindings that NewState was given", a))
	}
	return sources
}

func (s *State) any(a Action, set *keySet) bool {
	for _, source := range s.sources(a) {
		if set.has(source.key) || set.has(source.opposite) {
			return true
		}
	}
	return false
}

// value returns how far a source is pushed.
func (s *State) value(source Source) float32 {
	v := s.stick(source)
	if s.KeyDown(source.key) {
		v++
	}
	if s.KeyDown(source.opposite) {
		v--
	}
	return v
}

// stick returns how far the stick of a source is pushed: 0 inside the dead zone, and evenly more from there to 1. It is
// 0 if the source has no stick.
func (s *State) stick(source Source) float32 {
	v := s.axes[source.axis]
	if source.invert {
		v = -v
	}
	switch {
	case v > DeadZone:
		return (v - DeadZone) / (1 - DeadZone)
	case v < -DeadZone:
		return (v + DeadZone) / (1 - DeadZone)
	default:
		return 0
	}
}

func abs(x float32) float32 { return max(x, -x) }
