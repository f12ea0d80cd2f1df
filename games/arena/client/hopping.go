package client

import (
	"time"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/games/arena/sim"
	"github.com/tandem-engine/tandem/input"
	"github.com/tandem-engine/tandem/net/message"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/render/hud"
)

// hopping takes the local player to another arena of the server, and tells of it. It is a system of the Receive phase:
// the keys of the tick are still there.
type hopping struct {
	stage   *stage
	keys    *input.State
	ask     message.Caller[sim.Hop, sim.Hopped]
	entered *ecs.Events[session.Entered]
	call    message.Call
	text    string
	since   float32 // seconds that the text has been shown
}

// Init implements engine.Initer.
func (h *hopping) Init(s *ecs.Sim) {
	h.ask = message.Calls[sim.Hop, sim.Hopped](s)
	h.entered = ecs.EventsOf[session.Entered](s.World())
}

// Update implements engine.System.
func (h *hopping) Update(t engine.Tick) {
	for _, e := range h.entered.Read() {
		if e.Moved {
			h.stage.enter()
		}
		if e.Room != "" {
			h.say("ARENA " + e.Room)
		}
	}
	for _, e := range h.ask.Read(t) {
		switch {
		case e.Call != h.call:
		case e.Status == message.Answered && e.Reply.Alone:
			h.say("this server has no other arena")
		case e.Status == message.Answered:
			h.say("all other arenas are full")
		case e.Status == message.TimedOut:
			h.say("no answer: press N again")
		}
	}
	if h.keys.Pressed(Hop) {
		if _, status := h.ask.Poll(h.call); status != message.Pending {
			h.call = h.ask.Ask(0, sim.Hop{}, hopTimeout)
		}
	}
}

// hopTimeout is how long an answer may take.
const hopTimeout = 3 * time.Second

func (h *hopping) say(text string) { h.text, h.since = text, 0 }

// sayTime is for how many seconds a text is shown.
const sayTime = 2.6

// draw shows where the player is now, for a moment.
func (h *hopping) draw(c *hud.Canvas) {
	if h.text == "" || h.since >= sayTime {
		return
	}
	x, y := c.Bounds().Center()
	c.Text(x, y-150, h.text, middle(tinted(heading, ink.Fade(min(1, (sayTime-h.since)*2)))))
}

// enter begins anew in another arena: nothing of the last one has ended there, it is only out of sight.
func (s *stage) enter() {
	s.watch = newWatch()
	s.feed.clear()
	s.effects.clear()
	canvas, hint := s.dash.canvas, s.dash.hint
	s.dash = newDash()
	s.dash.canvas, s.dash.hint = canvas, hint
	s.seeking, s.lost, s.alarm, s.mark = nobody, -1, 0, hitMark{}
}

// clear ends everything at once.
func (e *effects) clear() {
	e.below.Clear()
	e.above.Clear()
	e.lights, e.blasts, e.waves, e.words = e.lights[:0], e.blasts[:0], e.waves[:0], e.words[:0]
}
