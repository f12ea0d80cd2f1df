package client

import (
	"fmt"
	"math"

	"github.com/tandem-engine/tandem/ecs"
	"github.com/tandem-engine/tandem/engine"
	"github.com/tandem-engine/tandem/net/session"
	"github.com/tandem-engine/tandem/render/hud"
)

// closing tells the player that the server closes, and when. It is a system of the Receive phase.
type closing struct {
	news  *ecs.Events[session.ServerCloses]
	text  string  // empty: it does not
	timed bool    // there is a limit
	left  float32 // seconds until then
	line  memo[int]
}

// Init implements engine.Initer.
func (c *closing) Init(s *ecs.Sim) { c.news = ecs.EventsOf[session.ServerCloses](s.World()) }

// Update implements engine.System.
func (c *closing) Update(engine.Tick) {
	for _, e := range c.news.Read() {
		c.text, c.timed, c.left, c.line = e.Text, e.Left > 0, float32(e.Left.Seconds()), memo[int]{}
		if c.text == "" {
			c.text = "the server closes"
		}
	}
}

// notice is what the player reads, empty while the server stays open.
func (c *closing) notice() string {
	if c.text == "" || !c.timed {
		return c.text
	}
	return c.line.get(int(math.Ceil(float64(max(0, c.left)))), func(v int) string { return fmt.Sprintf("%s · %d:%02d", c.text, v/60, v%60) })
}

// draw shows it beneath the clock of the round.
func (c *closing) draw(canvas *hud.Canvas) {
	text := c.notice()
	if text == "" {
		return
	}
	look := hud.Text{Font: hud.Bold, Size: 14, Color: warning, Shadow: 0.7}
	x, _ := canvas.Bounds().Center()
	canvas.Text(x, 76, canvas.Fit(text, look, canvas.Bounds().W-40), middle(look))
}
