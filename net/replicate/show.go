package replicate

import (
	"slices"
	"time"
	"unsafe"

	"github.com/tandem-engine/tandem/engine"
)

// Begin moves the client's timeline to now. It comes before the messages that
// have arrived by now are handed over.
func (c *Client) Begin(now time.Duration) { c.timeline.advance(now) }

// Playhead is the moment of the server's past that is shown, in ticks.
func (c *Client) Playhead() float64 { return c.timeline.playhead }

// Delay is how far interpolated entities are shown behind the newest snapshot,
// in ticks.
func (c *Client) Delay() float64 { return c.timeline.delay() }

// Update puts interpolated entities into the pose of the playhead: spawns and
// despawns whose time has come, then values. It comes last in the Receive
// phase, so that the pose is the same during every replay of the tick.
func (c *Client) Update(engine.Tick) {
	x := c.timeline.playhead
	c.shown = slices.DeleteFunc(c.shown, func(rep *Replica) bool { return c.unfold(rep, x) })
	if c.table.parent >= 0 {
		c.shown = slices.DeleteFunc(c.shown, c.bereave)
	}
	for _, rep := range c.shown {
		if !rep.Entity.IsZero() && !rep.settled {
			c.pose(rep, x)
		}
	}
	c.rewireAll()
	c.worldly.Scatter()
}

// unfold applies the structure changes whose time has come. It reports whether
// the replica is gone.
func (c *Client) unfold(rep *Replica, x float64) bool {
	n := 0
	for ; n < len(rep.events) && float64(rep.events[n].tick) <= x; n++ {
		ev := rep.events[n]
		if ev.despawn {
			c.end(rep, ev.leaves)
			return true
		}
		if rep.Entity.IsZero() {
			c.materialise(rep)
		}
		c.setShape(rep, ev.mask, ^Mask(0))
		if ev.refs != nil {
			rep.shown, c.rewire = ev.refs, true
		}
		c.look(rep, ev.sight)
		rep.unsettle()
	}
	rep.events = slices.Delete(rep.events, 0, n)
	return false
}

// bereave ends what has lost its parent and is to go too. Its parent is
// predicted, and so has gone at once, ahead of the timeline.
func (c *Client) bereave(rep *Replica) bool {
	if !rep.gone || !c.orphaned(rep) {
		return false
	}
	c.end(rep, rep.events[len(rep.events)-1].leaves)
	return true
}

// pose writes the values of the moment x into the entity.
func (c *Client) pose(rep *Replica, x float64) {
	rep.settled = true
	for t, typ := range c.table.Types {
		tr := rep.tracks[t]
		if tr == nil || tr.posed {
			continue
		}
		dst := c.world.Pointer(rep.Entity, typ.Component.ID)
		if dst == nil {
			continue
		}
		i := tr.passed(x)
		c.sample(tr, i, typ, dst, x)
		rep.point(t, dst, rep.shown)
		tr.drop(i - 1) // the one before the last says where it was going
		last := float64(tr.ticks[len(tr.ticks)-1])
		tr.posed = last <= x && x <= max(last, float64(c.timeline.newest))
		rep.settled = rep.settled && tr.posed
	}
}

// passed is how many samples lie before the last one that x has reached.
func (t *track) passed(x float64) int {
	i := 0
	for i+1 < len(t.ticks) && float64(t.ticks[i+1]) <= x {
		i++
	}
	return i
}

// sample writes the value of the moment x, which lies in or after sample i, to
// dst.
func (c *Client) sample(tr *track, i int, typ *Type, dst unsafe.Pointer, x float64) {
	tr.values.Copy(dst, tr.at(i))
	if x <= float64(tr.ticks[i]) {
		return
	}
	if i+1 == len(tr.ticks) {
		c.guess(tr, i, typ, dst, x)
		return
	}
	from, to := float64(tr.ticks[i]), float64(tr.ticks[i+1])
	// Values that stand still are not sent. When one comes after a long pause
	// it began to move an interval ago, not when the last one was sent.
	if gap := c.timeline.interval; to-from > stillIntervals*gap {
		from = to - gap
	}
	if x > from {
		typ.blend.lerp(dst, tr.at(i), tr.at(i+1), (x-from)/(to-from))
	}
}

// guess goes on as before for a while where the next snapshot is missing. What
// the newest one did not tell of stands still.
func (c *Client) guess(tr *track, i int, typ *Type, dst unsafe.Pointer, x float64) {
	if i == 0 || x <= float64(c.timeline.newest) || tr.ticks[i] < c.timeline.newest {
		return
	}
	last, way := float64(tr.ticks[i]), float64(tr.ticks[i]-tr.ticks[i-1])
	if way <= stillIntervals*c.timeline.interval {
		typ.blend.lerp(dst, tr.at(i-1), tr.at(i), 1+min(x-last, guessIntervals*c.timeline.interval)/way)
	}
}

// guessIntervals bounds for how long values go on without being told, in snapshot
// intervals.
const guessIntervals = 2

// stillIntervals is the pause, in snapshot intervals, from which a value is
// taken to have stood still rather than lost on the way.
const stillIntervals = 4

// Present writes the views of interpolated entities at the frame's moment.
func (c *Client) Present(f engine.Frame) {
	x := c.timeline.playhead
	for _, rep := range c.shown {
		slides := rep.carried || rep.slides != nil
		if rep.Entity.IsZero() || rep.viewed && !slides {
			continue
		}
		for t, typ := range c.table.Types {
			tr := rep.tracks[t]
			if tr == nil || typ.view == nil || tr.viewed && !slides {
				continue
			}
			if dst := c.world.Pointer(rep.Entity, typ.view.id); dst != nil {
				c.scratch[t].Copy(c.scratch[t].At(0), dst)
				c.sample(tr, tr.passed(x), typ, dst, x)
				rep.point(t, dst, rep.shown)
				if slides {
					c.slide(rep, t, float64(f.Dt))
				}
			}
			tr.viewed = tr.posed
		}
		if rep.viewed, rep.carried = rep.settled, false; rep.slides != nil && !rep.sliding() {
			rep.slides = nil
		}
	}
}
