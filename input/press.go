package input

import (
	"fmt"
	"reflect"
	"strings"
	"unsafe"
)

// Press is a field of a command for what happens once each time a key goes down: a shot, a jump. A bool that is true for
// one tick is gone when that tick's command does not arrive in time; presses are counted, so that those of a lost tick
// come with the next one that arrives, once.
//
//	type Controls struct {
//		Turn int8 `net:"min=-1,max=1"`
//		Jump input.Press
//	}
//
//	input.Sample(app, func(engine.Tick) Controls { return Controls{Jump: keys.Press("jump")} })
//
//	if controls.Jump.Pressed() { … } // in a system of either side
type Press struct {
	Total uint8 // presses so far, modulo 256; kept by networking
	New   uint8 `net:"-"` // presses in this tick, with those of ticks before it that were lost
}

// Presses is n new presses, for the function that was given to [Sample].
func Presses(n int) Press { return Press{New: uint8(min(max(n, 0), 255))} }

// Pressed reports whether there was at least one.
func (p Press) Pressed() bool { return p.New > 0 }

// Press is a press if a key that is bound to the action went down since the last EndTick.
func (s *State) Press(a Action) Press {
	if s.Pressed(a) {
		return Presses(1)
	}
	return Press{}
}

// findPresses lists where in a command its presses lie.
func findPresses(in reflect.Type, at uintptr, found []uintptr) []uintptr {
	switch {
	case in == reflect.TypeFor[Press]():
		return append(found, at)
	case in.Kind() == reflect.Array:
		for i := range in.Len() {
			found = findPresses(in.Elem(), at+uintptr(i)*in.Elem().Size(), found)
		}
	case in.Kind() == reflect.Struct:
		before := len(found)
		for i := range in.NumField() {
			found = findPresses(in.Field(i).Type, at+in.Field(i).Offset, found)
		}
		if len(found) > before && strings.HasPrefix(in.Name(), "Optional[") {
			panic(fmt.Sprintf("input: %v: presses are counted all the time, so none can be optional: take it out of there", in))
		}
	}
	return found
}

func press(p unsafe.Pointer, at uintptr) *Press { return (*Press)(unsafe.Add(p, at)) }

// count adds the new presses of the tick to those of all ticks.
func (c *Commands) count(p unsafe.Pointer) {
	for i, at := range c.presses {
		c.news[i] = press(p, at).New
		c.totals[i] += c.news[i]
	}
}

// Restart counts presses from 0: somebody else will be told of them.
func (c *Commands) Restart() { clear(c.totals) }

// write puts the counters into the tick's command.
func (c *Commands) write(p unsafe.Pointer) {
	for i, at := range c.presses {
		*press(p, at) = Press{Total: c.totals[i], New: c.news[i]}
	}
}

// Since makes the new presses of a command those since an earlier one: up to 127. A command that counts fewer than the
// earlier one has none, and counts as many from now on: it was given before.
func (c *Commands) Since(p, before unsafe.Pointer) {
	for _, at := range c.presses {
		now, then := press(p, at), press(before, at)
		if d := now.Total - then.Total; d < 128 {
			now.New = d
		} else {
			*now = Press{Total: then.Total}
		}
	}
}

// Repeat makes a command fit to stand for the tick after its own: what is held
// stays held, what was pressed was pressed.
func (c *Commands) Repeat(p unsafe.Pointer) { c.Since(p, p) }

// Release lets go of everything. What was pressed so far stays counted.
func (c *Commands) Release(p unsafe.Pointer) {
	for i, at := range c.presses {
		c.kept[i] = press(p, at).Total
	}
	c.clear(p)
	for i, at := range c.presses {
		press(p, at).Total = c.kept[i]
	}
}
