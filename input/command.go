package input

import (
	"fmt"
	"reflect"
	"slices"
	"unsafe"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/wire"
)

// Command makes T the game's command: what one player orders in one tick. Plugins that both sides share call it.
//
// T is a struct with net tags, of fixed size: no strings and no slices. It is a component too: before the Simulate phase
// each entity that carries T and is steered by a player gets that player's command of this tick, on the server for every
// player, on a client for its own.
//
// Calling it again with the same type does nothing. It panics if the app has a command of another type, or if T cannot
// be a command.
func Command[T any](app *engine.App) {
	w, typ := app.World(), reflect.TypeFor[T]()
	if c := ecs.Resource[Commands](w); c != nil {
		if c.typ != typ {
			panic(fmt.Sprintf("input: the game's command is %v already: put the fields of %v into it", c.typ, typ))
		}
		return
	}
	codec, err := wire.Of[T](wire.Quantised)
	if err != nil {
		panic(fmt.Sprintf("input: %v cannot be a command: %v", typ, err))
	}
	if !codec.Fixed() {
		panic(fmt.Sprintf("input: %v cannot be a command, because its size varies: "+
			"replace strings and slices by numbers, enums or arrays", typ))
	}
	c := &Commands{
		typ:   typ,
		id:    ecs.Register[T](w, typ.String()).ID,
		codec: codec,
		lanes: make([]uint32, codec.Lanes()),
		other: make([]uint32, codec.Lanes()),
		copy:  func(dst, src unsafe.Pointer) { *(*T)(dst) = *(*T)(src) },
		clear: func(p unsafe.Pointer) { clear(unsafe.Slice((*T)(p), 1)) },
		alloc: func(n int) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(make([]T, n))) },
	}
	c.presses = findPresses(typ, 0, nil)
	c.totals, c.news, c.kept = make([]uint8, len(c.presses)), make([]uint8, len(c.presses)), make([]uint8, len(c.presses))
	if bits := c.MaxBits(); bits > MaxCommandBits {
		panic(fmt.Sprintf("input: %v takes up to %d bits, a command at most %d: send less, or more coarsely", typ, bits, MaxCommandBits))
	}
	ecs.SetResource(w, c)
}

// Sample sets where the local player's command comes from: f is called once a tick, on clients, never for replayed
// ticks. Without it the command is zero. It panics unless T is the game's command.
func Sample[T any](app *engine.App, f func(t engine.Tick) T) {
	c, typ := ecs.Resource[Commands](app.World()), reflect.TypeFor[T]()
	switch {
	case c == nil:
		panic(fmt.Sprintf("input: Sample[%v] before Command[%v]: add the plugin that the sides share first", typ, typ))
	case c.typ != typ:
		panic(fmt.Sprintf("input: Sample[%v], but the game's command is %v: return that", typ, c.typ))
	}
	c.sample = func(t engine.Tick, p unsafe.Pointer) { *(*T)(p) = f(t) }
}

// Commands is the resource through which networking handles commands without knowing their type. Pointers point at
// values of the type that [Command] was given.
type Commands struct {
	typ          reflect.Type
	id           ecs.ID
	codec        *wire.Codec
	lanes, other []uint32
	copy         func(dst, src unsafe.Pointer)
	clear        func(p unsafe.Pointer)
	alloc        func(n int) unsafe.Pointer
	sample       func(t engine.Tick, p unsafe.Pointer)

	presses      []uintptr // where they lie in a command
	totals, news []uint8   // a press: so far, and in the tick that is sampled
	kept         []uint8   // scratch
}

// Type returns the Go type of a command.
func (c *Commands) Type() reflect.Type { return c.typ }

// Component returns the component through which entities receive commands.
func (c *Commands) Component() ecs.ID { return c.id }

// Schema returns the canonical text of a command's wire form: equal text means compatible.
func (c *Commands) Schema() string { return c.codec.Schema() }

// MaxBits returns the bits that one command takes on the wire at most.
func (c *Commands) MaxBits() int {
	bits := 0
	for i := range c.codec.Lanes() {
		bits += int(c.codec.LaneBits(i))
	}
	return bits
}

// MaxCommandBits bounds the commands of a game: one must fit a message.
const MaxCommandBits = 900 * 8

// Size returns the bytes that one command takes in memory, which is also the distance between two that [Commands.Alloc]
// returned.
func (c *Commands) Size() uintptr { return c.typ.Size() }

// Alloc returns memory for n commands in a row, all zero.
func (c *Commands) Alloc(n int) unsafe.Pointer { return c.alloc(n) }

// Copy copies a command.
func (c *Commands) Copy(dst, src unsafe.Pointer) { c.copy(dst, src) }

// Clear makes a command zero.
func (c *Commands) Clear(p unsafe.Pointer) { c.clear(p) }

// Put gives an entity a command, if it is alive and carries the component, and reports whether it does.
func (c *Commands) Put(w *ecs.World, e ecs.Entity, p unsafe.Pointer) bool {
	dst := w.Pointer(e, c.id)
	if dst == nil {
		return false
	}
	c.copy(dst, p)
	return true
}

// Sample asks for the local player's command of this tick. What it writes to p is what the server will read from the
// wire, rounded and clamped as the net tags say, so that both sides simulate the same. Presses are counted on from the last
// call.
func (c *Commands) Sample(t engine.Tick, p unsafe.Pointer) {
	c.clear(p)
	if c.sample == nil {
		return
	}
	c.sample(t, p)
	c.count(p)
	c.codec.Quantise(c.lanes, p)
	c.clear(p) // fields that do not travel are zero on both sides
	c.codec.Dequantise(p, c.lanes)
	c.write(p)
}

// Equal reports whether two commands look the same on the wire.
func (c *Commands) Equal(a, b unsafe.Pointer) bool {
	c.codec.Quantise(c.lanes, a)
	c.codec.Quantise(c.other, b)
	return slices.Equal(c.lanes, c.other)
}

// Encode appends a command.
func (c *Commands) Encode(w *wire.Writer, p unsafe.Pointer) {
	c.codec.Quantise(c.lanes, p)
	c.codec.WriteLanes(w, c.lanes)
}

// Decode takes a command. If the bits are not one, the error says why, it is kept by the Reader too, and the command is
// zero.
func (c *Commands) Decode(r *wire.Reader, p unsafe.Pointer) error {
	c.clear(p)
	if err := c.codec.ReadLanes(r, c.lanes); err != nil {
		return err
	}
	c.codec.Dequantise(p, c.lanes)
	return nil
}
