package predict

import (
	"cmp"
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
const tickBits = 12

// roomBits follow them: they are the session's.
const roomBits = 4

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
	first  uint32 // the first tick of all that had a command
	most   uint32 // commands in one message
	writer wire.Writer
	log    TickLog
	now    unsafe.Pointer // the command that is being sampled
	jumped bool           // ticks may be given once more
}

// NewCommands makes the record of a player who predicts nothing; a [Predictor]
// has one of its own. Give and Jump are for such a player.
func NewCommands(app *engine.App) *Commands { return newCommands(app) }

// Give asks the game for the command of a tick.
func (c *Commands) Give(t engine.Tick) { c.sample(t, 0) }

// Jump says that the next tick to be given is not the one after the last: the
// clock has jumped.
func (c *Commands) Jump() { c.jumped = true }

func newCommands(app *engine.App) *Commands {
	c := &Commands{world: app.World(), kind: ecs.Resource[input.Commands](app.World())}
	if c.kind != nil {
		c.memory, c.now = c.kind.Alloc(commandRing), c.kind.Alloc(1)
		c.most = uint32(min(max((messageBits-64)/(c.kind.MaxBits()+runBits), 1), maxRedundancy))
	}
	return c
}

func (c *Commands) at(tick uint32) unsafe.Pointer {
	return unsafe.Add(c.memory, uintptr(tick%commandRing)*c.kind.Size())
}

// reset forgets everything that was commanded: another server will be told.
func (c *Commands) reset() {
	clear(c.ticks[:])
	c.newest, c.first, c.jumped, c.log = 0, 0, false, TickLog{}
	if c.kind != nil {
		c.kind.Restart()
	}
}

// sample asks the game for the command of the tick, which is for the tick so
// many later.
func (c *Commands) sample(t engine.Tick, delay uint32) {
	if c.kind == nil {
		return
	}
	n := t.Number + delay
	c.kind.Sample(t, c.now)
	if c.jumped || c.newest == 0 {
		c.jumped, c.first = false, cmp.Or(c.first, n)
	} else if n <= c.newest {
		return // the delay became shorter: that tick has its command. Presses go with the next
	} else if n-c.newest <= maxFill {
		for at := c.newest + 1; at < n; at++ { // it became longer
			c.kind.Copy(c.at(at), c.at(c.newest))
			c.kind.Repeat(c.at(at))
			c.ticks[at%commandRing] = at
		}
	}
	c.store(n)
}

// maxFill is the longest gap that a longer delay leaves, in ticks. Longer ones
// are of a clock that jumped.
const maxFill = 16

// store keeps the command that was sampled as that of tick n.
func (c *Commands) store(n uint32) {
	last := c.at(n - 1)
	if c.ticks[(n-1)%commandRing] != n-1 {
		last = c.at(c.newest)
	}
	if c.newest != 0 {
		c.kind.Since(c.now, last)
	}
	c.kind.Copy(c.at(n), c.now)
	c.ticks[n%commandRing], c.newest = n, n
}

// heard takes what the server says of the commands of the last ticks, up to
// tick. Presses of ticks whose commands it did not have in time come with the
// first one after tick.
func (c *Commands) heard(tick uint32, recent uint64) {
	if c.kind == nil || c.first == 0 {
		return
	}
	c.log.take(tick, recent, c.first)
	next := tick + 1
	if c.ticks[next%commandRing] != next {
		return
	}
	for n := tick; n >= c.first && next-n < toldTicks; n-- {
		if s, ok := c.log.At(n); ok && s == InTime && c.ticks[n%commandRing] == n {
			c.kind.Since(c.at(next), c.at(n))
			return
		}
	}
}

// Log is what became of the player's commands, as the server says.
func (c *Commands) Log() *TickLog { return &c.log }

// put gives an entity the command of the tick, if it takes commands. Where there
// is none it keeps its last, without the presses.
func (c *Commands) put(e ecs.Entity, tick uint32) {
	switch {
	case c.kind == nil:
	case c.ticks[tick%commandRing] == tick:
		c.kind.Put(c.world, e, c.at(tick))
	default:
		if p := c.world.Pointer(e, c.kind.Component()); p != nil {
			c.kind.Repeat(p)
		}
	}
}

// Message writes the commands that the server has not confirmed, newest last;
// valid until the next call. nil: there is none. playhead is the moment of the
// server's past that was shown in the newest tick, in ticks; 0: none yet.
//
//	12 bits newest tick, low bits
//	4 bits  zero: the session's
//	uvarint 1 + how far the playhead is behind that, in 1/256 tick; 0: none
//	5 bits  number of commands - 1
//	runs of equal commands, oldest first: the command, and how long it runs
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
	w.Bits(uint64(c.newest)&(1<<tickBits-1), tickBits)
	w.Bits(0, roomBits)
	behind := uint64(0)
	if playhead > 0 {
		behind = 1 + uint64(max(float64(c.newest)-playhead, 0)*playheadSteps+0.5)
	}
	w.Uvarint(behind)
	w.Bits(uint64(c.newest-first), 5)
	for n := first; n <= c.newest; {
		run := uint32(1)
		for n+run <= c.newest && c.kind.Equal(c.at(n), c.at(n+run)) {
			run++
		}
		c.kind.Encode(w, c.at(n))
		writeRun(w, run, c.newest-n+1)
		n += run
	}
	return w.Finish()
}
