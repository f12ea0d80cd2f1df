package predict

import (
	"errors"
	"fmt"
	"math"
	"unsafe"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/replicate"
	"github.com/tandem-engine/tandem/net/wire"
)

// commandWindow is how many ticks ahead of the server a command may be.
const commandWindow = 128

// holdTicks is for how long the last command is repeated when the next does
// not come, in ticks. After that the player lets go of everything.
const holdTicks = 30

// ErrCommands is wrapped by errors about command messages that no client of
// this version writes.
var ErrCommands = errors.New("predict: malformed command message")

// CommandBuffer holds one player's commands on the server until their ticks
// come. A command counts as given once it has arrived: a later message cannot
// change it.
type CommandBuffer struct {
	kind     *input.Commands
	memory   unsafe.Pointer
	scratch  unsafe.Pointer
	hold     unsafe.Pointer
	missing  uint32 // ticks in a row without a command
	newest   uint32
	margin   int32 // smallest of the commands that arrived since the last snapshot, in 1/256 tick
	measured bool
	started  bool
	late     uint32
	taken    uint32  // newest tick of Take
	head     float64 // playhead of the tick that was taken last; 0: none
	log      TickLog
	ticks    [commandRing]uint32
	heads    [commandRing]float64 // playheads, in ticks; 0: none
}

// NewCommandBuffer makes the buffer of one player of an app's game.
func NewCommandBuffer(w *ecs.World) *CommandBuffer {
	b := &CommandBuffer{kind: ecs.Resource[input.Commands](w)}
	if b.kind != nil {
		b.memory, b.scratch, b.hold = b.kind.Alloc(commandRing), b.kind.Alloc(1), b.kind.Alloc(1)
	}
	return b
}

func (b *CommandBuffer) at(tick uint32) unsafe.Pointer {
	return unsafe.Add(b.memory, uintptr(tick%commandRing)*b.kind.Size())
}

// Receive takes a message of [Commands.Message]. next is the next tick to be
// simulated, early how long before that the message arrived, in ticks.
func (b *CommandBuffer) Receive(data []byte, next uint32, early float64) error {
	if b.kind == nil {
		return fmt.Errorf("%w: this game has no commands", ErrCommands)
	}
	var r wire.Reader
	r.Reset(data)
	newest := nearest(next, uint32(r.Bits(tickBits)))
	r.Bits(roomBits)
	behind := r.Uvarint()
	count := uint32(r.Bits(5)) + 1
	if r.Err() != nil || newest < int64(count) || newest > math.MaxUint32 {
		return ErrCommands
	}
	return b.receive(&r, uint32(newest), count, next, early, behind)
}

// receive takes the commands of a message.
func (b *CommandBuffer) receive(r *wire.Reader, newest, count, next uint32, early float64, behind uint64) error {
	for n := newest - count + 1; n != newest+1; {
		if err := b.kind.Decode(r, b.scratch); err != nil {
			return fmt.Errorf("%w: %w", ErrCommands, err)
		}
		run, ok := readRun(r, newest-n+1)
		if !ok {
			return fmt.Errorf("%w: a run longer than the message", ErrCommands)
		}
		for end := n + run; n != end; n++ {
			if b.fresh(n, next) {
				b.measure(int32(n-next), early)
				b.accept(n, next, playheadAt(n, newest, behind))
			}
		}
	}
	if newest > b.newest && int32(newest-next) < commandWindow {
		b.newest = newest
	}
	return nil
}

// fresh reports whether the command of a tick has come for the first time, be it
// too late, and notes that it has.
func (b *CommandBuffer) fresh(tick, next uint32) bool {
	if d := int32(tick - next); d >= commandWindow || d <= -commandWindow || b.ticks[tick%commandRing] == tick {
		return false
	}
	b.ticks[tick%commandRing] = tick
	return true
}

// measure notes how early a command has come: ahead whole ticks and the time
// that it will wait for the next, at most a tick of it.
func (b *CommandBuffer) measure(ahead int32, early float64) {
	m := ahead*256 + int32(min(max(early, 0), 1)*256)
	if !b.measured || m < b.margin {
		b.margin, b.measured = m, true
	}
}

// accept stores the scratch command under its tick, if that is not over.
func (b *CommandBuffer) accept(tick, next uint32, playhead float64) {
	if int32(tick-next) < 0 {
		if s, ok := b.log.At(tick); ok && (s == Repeated || s == Missing) {
			b.log.set(tick, Late)
		}
		return
	}
	b.kind.Copy(b.at(tick), b.scratch)
	b.heads[tick%commandRing] = playhead
	b.started = true
}

// playheadAt is what a message says about the playhead in tick n: it is told
// for the newest tick, and moves a tick a tick.
func playheadAt(n, newest uint32, behind uint64) float64 {
	if behind == 0 {
		return 0
	}
	return max(float64(n)-float64(behind-1)/playheadSteps, 0)
}

// Take is the player's command for the tick that is about to be simulated,
// nil for none. Without one the last is held for a while.
func (b *CommandBuffer) Take(tick uint32) unsafe.Pointer {
	if !b.started {
		return nil
	}
	b.taken = tick
	if b.head > 0 {
		b.head++
	}
	if b.ticks[tick%commandRing] == tick {
		b.missing, b.head = 0, b.heads[tick%commandRing]
		now := b.at(tick)
		b.kind.Since(now, b.hold)
		b.kind.Copy(b.hold, now)
		b.log.set(tick, InTime)
		return b.hold
	}
	b.late++
	b.missing++
	b.log.set(tick, hold(b.kind, b.hold, b.missing))
	return b.hold
}

// hold makes the last command stand for a tick that has none, the missing-th in
// a row.
func hold(kind *input.Commands, last unsafe.Pointer, missing uint32) CommandStatus {
	if missing > holdTicks {
		kind.Release(last)
		return Missing
	}
	kind.Repeat(last)
	return Repeated
}

// Log is what became of the player's commands, tick by tick.
func (b *CommandBuffer) Log() *TickLog { return &b.log }

// Playhead is the moment of the server's past that the client showed, as it
// says itself, when it gave the command that was taken last; in ticks. 0: none.
// Where a command is missing it is taken to have moved on by a tick.
func (b *CommandBuffer) Playhead() float64 { return b.head }

// Reported begins a new measurement of the margin: a snapshot has told the
// client of the last one.
func (b *CommandBuffer) Reported() { b.measured = false }

// Status is what the client needs to know to keep its clock right.
func (b *CommandBuffer) Status() replicate.Status {
	return replicate.Status{Command: b.newest, Margin: b.margin, Late: b.late, Recent: b.log.recent(b.taken)}
}
