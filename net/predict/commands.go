package predict

import (
	"unsafe"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/wire"
)

// commandRing is how many ticks of commands each side keeps.
const commandRing = 256

// maxRedundancy is how many commands one message carries at most. At 60 ticks
// a second it rides over half a second without an answer.
const maxRedundancy = 32

// playheadSteps is how finely a playhead travels, in steps a tick.
const playheadSteps = 256

// tickBits is how much of the newest tick travels in a message: the receiver
// completes it to the nearest to its own.
const tickBits = 28

// messageBits is what a command message has room for: its channel takes 1 KiB.
const messageBits = 1000 * 8

// Commands is a client's record of its own player's commands.
type Commands struct {
	player input.PlayerID
	world  *ecs.World
	kind   *input.Commands // nil: the game has no commands
	memory unsafe.Pointer
	ticks  [commandRing]uint32
	newest uint32
	most   uint32 // commands in one message
	writer wire.Writer
}

func newCommands(app *engine.App) *Commands {
	c := &Commands{world: app.World(), kind: ecs.Resource[input.Commands](app.World())}
	if c.kind != nil {
		c.memory = c.kind.Alloc(commandRing)
		c.most = uint32(min(max((messageBits-64)/(c.kind.MaxBits()+1), 1), maxRedundancy))
	}
	return c
}

func (c *Commands) at(tick uint32) unsafe.Pointer {
	return unsafe.Add(c.memory, uintptr(tick%commandRing)*c.kind.Size())
}

// reset forgets everything that was commanded: another server will be told.
func (c *Commands) reset() {
	clear(c.ticks[:])
	c.newest = 0
}

// sample asks the game for the command of the tick.
func (c *Commands) sample(t engine.Tick) {
	if c.kind == nil {
		return
	}
	c.kind.Sample(t, c.at(t.Number))
	c.ticks[t.Number%commandRing] = t.Number
	c.newest = t.Number
}

// put gives an entity the command of the tick, if it takes commands.
func (c *Commands) put(e ecs.Entity, tick uint32) {
	if c.kind != nil && c.ticks[tick%commandRing] == tick {
		c.kind.Put(c.world, e, c.at(tick))
	}
}

// Message writes the commands that the server has not confirmed, newest last;
// valid until the next call. nil: there is none. playhead is the moment of the
// server's past that was shown in the newest tick, in ticks; 0: none yet.
//
//	28 bits newest tick, low bits
//	4 bits  zero: the session's
//	uvarint 1 + how far the playhead is behind that, in 1/256 tick; 0: none
//	5 bits  number of commands - 1
//	commands, oldest first: the first whole; then 1 bit, the same as the last,
//	or 0 and the command
func (c *Commands) Message(confirmed uint32, playhead float64) []byte {
	if c.kind == nil || c.newest == 0 {
		return nil
	}
	first := c.newest
	for first > confirmed+1 && c.newest-first+1 < c.most && c.ticks[(first-1)%commandRing] == first-1 {
		first--
	}
	w := &c.writer
	w.Reset(w.Finish()[:0])
	w.Bits(uint64(c.newest), tickBits)
	w.Bits(0, 32-tickBits)
	behind := uint64(0)
	if playhead > 0 {
		behind = 1 + uint64(max(float64(c.newest)-playhead, 0)*playheadSteps+0.5)
	}
	w.Uvarint(behind)
	w.Bits(uint64(c.newest-first), 5)
	for n := first; n <= c.newest; n++ {
		if n > first {
			same := c.kind.Equal(c.at(n), c.at(n-1))
			w.Bool(same)
			if same {
				continue
			}
		}
		c.kind.Encode(w, c.at(n))
	}
	return w.Finish()
}
